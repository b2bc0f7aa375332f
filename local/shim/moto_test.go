//go:build unix

package shim

import (
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim/moto/mototest"
)

// TestMoto_IsAsTheCorrectionsAssume checks the assumptions about moto with moto itself.
func TestMoto_IsAsTheCorrectionsAssume(t *testing.T) {
	c := newClient(t, mototest.Start(t).URL().String())

	t.Run("missing actions", func(t *testing.T) {
		c.query("rds", "DescribePendingMaintenanceActions").refused(t, http.StatusBadRequest, "InvalidAction")
		c.json("nonsense", "Foo", "{}").refused(t, http.StatusBadRequest, "UnknownOperationException")
		c.do("GET", "/2013-04-01/nonsense", "route53", "", "", "").refused(t, http.StatusBadRequest,
			"UnknownOperationException")
	})

	t.Run("services", func(t *testing.T) {
		ecs := func(action, in string) string {
			t.Helper()
			a := c.do("POST", "/", "ecs", ecsTarget+action, "application/x-amz-json-1.1", in)
			require.Equal(t, http.StatusOK, a.status, a.body)
			return a.body
		}
		ecs("CreateCluster", `{"clusterName":"c"}`)
		ecs("PutClusterCapacityProviders",
			`{"cluster":"c","capacityProviders":["FARGATE"],"defaultCapacityProviderStrategy":[]}`)
		ecs("RegisterTaskDefinition", `{"family":"f","networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256",
"memory":"512","containerDefinitions":[{"name":"app","image":"app"}]}`)
		ecs("CreateService", `{"cluster":"c","serviceName":"s","taskDefinition":"f","desiredCount":1,
"capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1,"base":0}],"enableExecuteCommand":true}`)
		got := ecs("DescribeServices", `{"cluster":"c","services":["s"]}`)
		for _, want := range []string{`"runningCount":1`, `"enableExecuteCommand":true`, `"capacityProvider":"FARGATE"`,
			`"rolloutState":"COMPLETED"`} {
			assert.Contains(t, got, want)
		}

		ecs("DeleteService", `{"cluster":"c","service":"s","force":true}`)
		ecs("DeleteCluster", `{"cluster":"c"}`)
		assert.JSONEq(t, `{"clusterArns":[]}`, ecs("ListClusters", `{}`), "what is deleted is no longer listed")
	})

	t.Run("budgets", func(t *testing.T) {
		budgets := func(action, in string) string {
			t.Helper()
			return c.accepted("budgets", action, `{"AccountId":"123456789012",`+in+`}`)
		}
		budgets("CreateBudget", testBudget)
		budgets("CreateNotification", `"BudgetName":"b",`+testNotification+","+testSubscribers)
		budgets("UpdateBudget", strings.NewReplacer(`"Budget"`, `"NewBudget"`, `"50"`, `"60"`).Replace(testBudget))
		assert.Contains(t, budgets("DescribeBudget", `"BudgetName":"b"`), `"Amount": "60"`)
		assert.Contains(t, budgets("DescribeNotificationsForBudget", `"BudgetName":"b"`), `"Threshold": 80`)
		assert.JSONEq(t, "{"+testSubscribers+"}",
			budgets("DescribeSubscribersForNotification", `"BudgetName":"b",`+readNotification))
		budgets("DeleteBudget", `"BudgetName":"b"`)
		c.json("budgets", "UpdateBudget", `{"AccountId":"123456789012","NewBudget":{"BudgetName":"b"}}`).
			refused(t, http.StatusBadRequest, "NotFoundException")
	})

	t.Run("instances and final snapshots", func(t *testing.T) {
		ids := map[string]string{}
		create := func(name string) {
			t.Helper()
			created := c.query("rds", "CreateDBInstance", "DBInstanceIdentifier", name, "Engine", "postgres", "EngineVersion",
				"17",
				"DBInstanceClass", "db.t4g.micro", "AllocatedStorage", "20",
				"MasterUsername", "threa", "MasterUserPassword", "long-enough")
			ids[name] = single(t, created, "DBInstance").value("DbiResourceId")
		}
		create("one")
		create("two")
		filtered := c.query("rds", "DescribeDBInstances", "Filters.Filter.1.Name", "dbi-resource-id",
			"Filters.Filter.1.Values.Value.1", ids["two"])
		assert.Equal(t, "two", single(t, filtered, "DBInstance").value("DBInstanceIdentifier"))

		remove := func(name string) answer {
			return c.query("rds", "DeleteDBInstance", "DBInstanceIdentifier", name, "FinalDBSnapshotIdentifier", "final")
		}
		assert.Equal(t, http.StatusOK, remove("one").status)
		remove("two").refused(t, http.StatusBadRequest, "DBSnapshotAlreadyExists")
	})

	t.Run("reset parameters", func(t *testing.T) {
		args := []string{"DBParameterGroupName", "g", "DBParameterGroupFamily", "postgres17", "Description", "d",
			"Parameters.Parameter.1.ParameterName", "work_mem", "Parameters.Parameter.1.ParameterValue", "4096",
			"Parameters.Parameter.1.ApplyMethod", "immediate"}
		shown := func() string {
			return c.query("rds", "DescribeDBParameters", "DBParameterGroupName", "g", "Source", "user").body
		}
		for _, action := range []string{"CreateDBParameterGroup", "ModifyDBParameterGroup"} {
			require.Equal(t, http.StatusOK, c.query("rds", action, args...).status)
		}
		assert.Contains(t, shown(), "work_mem")
		require.Equal(t, http.StatusOK, c.query("rds", "ResetDBParameterGroup", args...).status)
		assert.NotContains(t, shown(), "work_mem")
	})

	t.Run("buckets with suspended versioning", func(t *testing.T) {
		s3 := func(method, path, body string) answer {
			t.Helper()
			got := c.do(method, "/bucket-of-the-test"+path, "s3", "", "application/xml", body)
			require.Less(t, got.status, 300, got.body)
			return got
		}
		versioning := func(status string) {
			t.Helper()
			body := `<VersioningConfiguration xmlns="http://s3.amazonaws.com/doc/2006-03-01/"><Status>` + status +
				`</Status></VersioningConfiguration>`
			s3("PUT", "?versioning", body)
			assert.Contains(t, s3("GET", "?versioning", "").body, "<Status>"+status+"</Status>")
		}
		s3(
			"PUT",
			"",
			`<CreateBucketConfiguration><LocationConstraint>eu-central-1</LocationConstraint></CreateBucketConfiguration>`,
		)
		versioning("Enabled")
		s3("PUT", "/state.json", "a state")
		s3("DELETE", "/state.json", "")
		versioning("Suspended")
		ids := regexp.MustCompile("<VersionId>([^<]+)").FindAllStringSubmatch(s3("GET", "?versions", "").body, -1)
		require.Len(t, ids, 2, "the version and its delete marker")
		for _, id := range ids {
			s3("POST", "?delete", `<Delete><Object><Key>state.json</Key><VersionId>`+id[1]+`</VersionId></Object></Delete>`)
		}
		s3("DELETE", "", "")
	})

	t.Run("DNS records", func(t *testing.T) {
		zone := c.do("POST", "/2013-04-01/hostedzone", "route53", "", "application/xml",
			`<CreateHostedZoneRequest><Name>example.com</Name><CallerReference>once</CallerReference></CreateHostedZoneRequest>`)
		id := regexp.MustCompile("<Id>(/hostedzone/[^<]+)").FindStringSubmatch(zone.body)[1]
		change := func(action, name string) answer {
			return c.do(
				"POST",
				"/2013-04-01"+id+"/rrset",
				"route53",
				"",
				"application/xml",
				`<ChangeResourceRecordSetsRequest><ChangeBatch><Changes><Change><Action>`+action+`</Action><ResourceRecordSet><Name>`+name+
					`</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>192.0.2.1</Value></ResourceRecord></ResourceRecords>`+
					`</ResourceRecordSet></Change></Changes></ChangeBatch></ChangeResourceRecordSetsRequest>`,
			)
		}
		require.Equal(t, http.StatusOK, change("CREATE", "www.example.com").status)
		for range 2 {
			require.Equal(t, http.StatusOK, change("CREATE", "app.example.com").status)
			change("CREATE", "app.example.com.").refused(t, http.StatusBadRequest, "InvalidChangeBatch")
			require.Equal(t, http.StatusOK, change("DELETE", "app.example.com").status)
		}
	})

	t.Run("subnet groups", func(t *testing.T) {
		id := every(t, c.query("ec2", "DescribeSubnets"), "subnetId")[0].Text()
		created := c.query("elasticache", "CreateCacheSubnetGroup", "CacheSubnetGroupName", "g",
			"SubnetIds.SubnetIdentifier.1", id)
		assert.Regexp(t, "^vpc-", single(t, created, "CacheSubnetGroup").value("VpcId"))
		c.query("elasticache", "CreateCacheSubnetGroup", "CacheSubnetGroupName", "h", "SubnetIds.SubnetIdentifier.1",
			"subnet-0").
			refused(t, http.StatusBadRequest, "InvalidSubnet")
	})
}
