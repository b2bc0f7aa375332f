package shim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRDS_Checks(t *testing.T) {
	create := func(args ...string) []string {
		return append([]string{"DBInstanceIdentifier", "other", "Engine", "postgres"}, args...)
	}
	modify := func(args ...string) []string { return append([]string{"DBInstanceIdentifier", "threa"}, args...) }
	parameter := func(name, method string) []string {
		return []string{"DBParameterGroupName", "g", "Parameters.Parameter.1.ParameterName", name,
			"Parameters.Parameter.1.ParameterValue", "v", "Parameters.Parameter.1.ApplyMethod", method}
	}
	for name, test := range map[string]struct {
		action string
		args   []string
		want   string
	}{
		"unknown version":       {"CreateDBInstance", create("EngineVersion", "18.9"), "Cannot find version 18.9"},
		"retired version":       {"CreateDBInstance", create("EngineVersion", "16.4"), "Cannot find version 16.4"},
		"short password":        {"CreateDBInstance", create("MasterUserPassword", "short"), "InvalidParameterValue"},
		"password with a slash": {"CreateDBInstance", create("MasterUserPassword", "long/enough"), "InvalidParameterValue"},
		"new password":          {"ModifyDBInstance", modify("MasterUserPassword", "long@enough"), "InvalidParameterValue"},
		"major version":         {"ModifyDBInstance", modify("EngineVersion", "17"), "AllowMajorVersionUpgrade"},
		"no snapshot":           {"DeleteDBInstance", modify(), "FinalDBSnapshotIdentifier is required"},
		"snapshot and none": {"DeleteDBInstance", modify("SkipFinalSnapshot", "true", "FinalDBSnapshotIdentifier", "s"),
			"InvalidParameterCombination"},
		"static parameter": {"ModifyDBParameterGroup", parameter("shared_preload_libraries", "immediate"),
			"cannot use immediate apply method"},
	} {
		t.Run(name, func(t *testing.T) {
			c, m := rdsShim(t)
			createInstance(c)
			before := len(m.got(test.action))
			c.query("rds", test.action, test.args...).refused(t, http.StatusBadRequest, test.want)
			assert.Len(t, m.got(test.action), before)
		})
	}
}

func TestServices_Checks(t *testing.T) {
	withGrace := strings.Replace(newService, `"desiredCount":2`, `"healthCheckGracePeriodSeconds":60`, 1)
	_, balancers, _ := strings.Cut(newService, `"loadBalancers":`)
	for want, change := range map[string][2]string{
		"":                                {},
		"not associated with the cluster": {"FARGATE", "FARGATE_SPOT"},
		"does not have an associated load balancer":                {`"targetGroupArn":"g"`, `"targetGroupArn":"h"`},
		"did not have a container port 80":                         {"3000", "80"},
		"The container before":                                     {`"containerName":"app"`, `"containerName":"before"`},
		"only valid for services configured to use load balancers": {balancers, "[]}"},
	} {
		for _, action := range []string{"CreateService", "UpdateService"} {
			c, m := newShim(t, ecsAnswers())
			got := c.json("ecs", action, strings.Replace(withGrace, change[0], change[1], 1))
			if want == "" {
				assert.Equal(t, http.StatusOK, got.status, got.body)
				continue
			}
			got.refused(t, http.StatusBadRequest, want)
			assert.Empty(t, m.got(action))
		}
	}
	c, m := newShim(t, ecsAnswers())
	m.answers["DescribeServices"] = `{"services":[{"taskDefinition":"t:1",` +
		`"loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}]}`
	m.answers["DescribeListeners"] = "<R><Listeners/></R>"
	c.json("ecs", "UpdateService", `{"cluster":"c","service":"s","desiredCount":1}`).
		refused(t, http.StatusBadRequest, "does not have an associated load balancer")
	m.answers["DescribeClusters"] = `{"clusters":[]}`
	c.json("ecs", "CreateService", newService).refused(t, http.StatusBadRequest, "ClusterNotFoundException")
}

func TestRegisterTaskDefinition_ChecksFargate(t *testing.T) {
	c, m := newShim(t, ecsAnswers())
	m.answers["RegisterTaskDefinition"] = "{}"
	register := func(text string) answer { return c.json("ecs", "RegisterTaskDefinition", text) }
	for size, offered := range map[string]bool{
		"256/512": true, "256/2048": true, "256/1536": false, "256/4096": false, "512/512": false, "512/4096": true,
		"1024/2048": true, "1024/2500": false, "4096/30720": true, "8192/16384": true, "8192/17408": false,
		"16384/122880": true, "300/512": false, ".25 vCPU/0.5 GB": true, "1 vCPU/2GB": true, "1 vCPU/1GB": false,
		"/512": false, "256/": false, "much/more": false,
	} {
		cpu, memory, _ := strings.Cut(size, "/")
		got := register(
			`{"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"` + cpu + `","memory":"` + memory + `"}`)
		assert.Equal(t, offered, got.status == http.StatusOK, "%s: %s", size, got.body)
	}
	good := `{"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512",
"executionRoleArn":"arn:role","containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs"},"secrets":[{}]}]}`
	require.Equal(t, http.StatusOK, register(good).status)
	for _, change := range []*strings.Replacer{
		strings.NewReplacer(`"awsvpc"`, `"bridge"`),
		strings.NewReplacer(`"arn:role"`, `""`),
		strings.NewReplacer(`"arn:role"`, `""`, "awslogs", "none"),
	} {
		register(change.Replace(good)).refused(t, http.StatusBadRequest, "ClientException")
	}
}

func TestModifyReplicationGroup_Checks(t *testing.T) {
	c, _ := newShim(t, nil)
	modify := func(args ...string) answer { return groupCall(c, "ModifyReplicationGroup", args...) }
	createGroup(c, "EngineVersion", "8.1", "TransitEncryptionEnabled", "false", "AuthToken", "")
	for _, change := range [][]string{
		{"EngineVersion", "8.0"}, {"EngineVersion", "8.7"}, {"Engine", "redis"}, {"TransitEncryptionEnabled", "true"},
		{"AuthToken", "0123456789abcdef"},
	} {
		modify(change...).refused(t, http.StatusBadRequest, "InvalidParameterCombination")
	}
	assert.Equal(t, "false", cacheGroup(t, c).value("AuthTokenEnabled"), "a refused change changes nothing")
	for _, mode := range []string{"preferred", "required"} {
		got := modify("TransitEncryptionEnabled", "true", "TransitEncryptionMode", mode)
		require.Equal(t, http.StatusOK, got.status, got.body)
		assert.Equal(t, mode, cacheGroup(t, c).value("TransitEncryptionMode"))
	}
	modify("TransitEncryptionEnabled", "false").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
}
