package shim

import (
	"encoding/json"
	"maps"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	noServices   = `{"services":[],"failures":[]}`
	movedService = `{"service":{"taskDefinition":"t:2","desiredCount":2,"runningCount":2,"pendingCount":0,"launchType":"EC2",
"capacityProviderStrategy":[{"capacityProvider":"FARGATE"}],"createdAt":1700000000.123,
"deployments":[{"id":"d","taskDefinition":"t:1","desiredCount":0,"rolloutState":"IN_PROGRESS","launchType":"EC2"}]}}`
	newService = `{"cluster":"c","serviceName":"s","service":"s","taskDefinition":"t:2","desiredCount":2,
"enableExecuteCommand":true,"capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],
"deploymentConfiguration":{"maximumPercent":200}}`
	balancedService = `{"cluster":"c","serviceName":"s","service":"s","taskDefinition":"t:2","healthCheckGracePeriodSeconds":60,
"loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}`
)

// ecsAnswers are moto's answers for a cluster with Fargate, a listener that forwards to the target group g, and a task
// with a container on port 3000.
func ecsAnswers() map[string]string {
	return map[string]string{
		"DescribeClusters":       `{"clusters":[{"capacityProviders":["FARGATE"]}]}`,
		"DescribeServices":       noServices,
		"CreateService":          `{"service":{}}`,
		"UpdateService":          movedService,
		"RegisterTaskDefinition": `{}`,
		"DescribeTaskDefinition": `{"taskDefinition":{"containerDefinitions":[{"name":"before"},` +
			`{"name":"app","portMappings":[{"containerPort":3000}]}]}}`,
		"DescribeImages":        `{"imageDetails":[]}`,
		"DescribeLoadBalancers": "<R><LoadBalancers><member><LoadBalancerArn>b</LoadBalancerArn></member></LoadBalancers></R>",
		"DescribeListeners": "<R><Listeners><member><DefaultActions><member><TargetGroupArn>g</TargetGroupArn></member>" +
			"</DefaultActions></member></Listeners></R>",
	}
}

func TestCreateService_KeepsDroppedSettings(t *testing.T) {
	c, m := newShim(t, ecsAnswers())
	created := c.json("ecs", "CreateService", newService)
	require.Equal(t, http.StatusOK, created.status, created.body)
	require.Len(t, m.got("UpdateService"), 1)
	assert.JSONEq(t, `{"cluster":"c","service":"s","desiredCount":2,"enableExecuteCommand":true,
"availabilityZoneRebalancing":"DISABLED","capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],
"deploymentConfiguration":{"maximumPercent":200}}`, m.got("UpdateService")[0])
	assert.Contains(t, created.body, "1700000000.123", "numbers are passed on as they are")
}

func TestUpdateService_MergesDeploymentConfiguration(t *testing.T) {
	c, m := newShim(t, ecsAnswers())
	m.answers["DescribeServices"] = `{"services":[{"deploymentConfiguration":{"maximumPercent":200,
"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}]}`
	c.json("ecs", "UpdateService", `{"service":"s","deploymentConfiguration":{"maximumPercent":150}}`)
	require.Len(t, m.got("UpdateService"), 1)
	assert.JSONEq(t, `{"service":"s","deploymentConfiguration":{"maximumPercent":150,
"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}`, m.got("UpdateService")[0])
}

func TestServices_AreSettled(t *testing.T) {
	c, m := newShim(t, ecsAnswers())
	type described struct {
		TaskDefinition, RolloutState string
		RunningCount                 int
		LaunchType                   *string
	}
	var out struct {
		Service struct {
			LaunchType  *string
			Deployments []described
		}
	}
	updated := c.json("ecs", "UpdateService", `{"service":"s","taskDefinition":"t:2"}`)
	require.NoError(t, json.Unmarshal([]byte(updated.body), &out))
	assert.Equal(t, []described{{TaskDefinition: "t:2", RolloutState: "COMPLETED", RunningCount: 2}},
		out.Service.Deployments)
	assert.Nil(t, out.Service.LaunchType, "a capacity provider strategy excludes a launch type")

	for balancers, kept := range map[string]bool{`[]`: false, `[{"targetGroupArn":"g"}]`: true} {
		m.answers["DescribeServices"] = `{"services":[{"loadBalancers":` + balancers + `,"healthCheckGracePeriodSeconds":60}]}`
		assert.Equal(t, kept, strings.Contains(c.json("ecs", "DescribeServices", `{}`).body, "GracePeriod"), balancers)
	}
}

func TestServices_Checks(t *testing.T) {
	_, balancers, _ := strings.Cut(balancedService, `"loadBalancers":`)
	for name, test := range map[string]struct {
		input, from, to string
		answers         map[string]string
		want            string // of the refusal; "" if the call is accepted
	}{
		"service":            {input: newService},
		"with load balancer": {input: balancedService},
		"unknown provider": {input: newService, from: "FARGATE", to: "FARGATE_SPOT",
			want: "not associated with the cluster"},
		"unknown cluster": {newService, "", "", map[string]string{"DescribeClusters": `{"clusters":[]}`},
			"ClusterNotFoundException"},
		"group without listener": {input: balancedService, from: `"g"`, to: `"h"`,
			want: "does not have an associated load balancer"},
		"container without port": {input: balancedService, from: "3000", to: "8080",
			want: "did not have a container port 8080"},
		"other container": {input: balancedService, from: `"app"`, to: `"before"`, want: "container before"},
		"grace period alone": {input: balancedService, from: balancers, to: "[]}",
			want: "only valid for services configured to use load balancers"},
	} {
		for _, action := range []string{"CreateService", "UpdateService"} {
			t.Run(name+"/"+action, func(t *testing.T) {
				c, m := newShim(t, ecsAnswers())
				maps.Copy(m.answers, test.answers)
				got := c.json("ecs", action, strings.Replace(test.input, test.from, test.to, 1))
				if test.want == "" {
					assert.Equal(t, http.StatusOK, got.status, got.body)
					assert.NotEmpty(t, m.got(action))
					return
				}
				got.refused(t, http.StatusBadRequest, test.want)
				assert.Empty(t, m.got(action))
			})
		}
	}
}

func TestCreateService_RefusesANameInUse(t *testing.T) {
	for status, want := range map[string]int{"ACTIVE": http.StatusBadRequest, "INACTIVE": http.StatusOK} {
		c, m := newShim(t, ecsAnswers())
		m.answers["DescribeServices"] = `{"services":[{"status":"` + status + `"}]}`
		got := c.json("ecs", "CreateService", newService)
		assert.Equal(t, want, got.status, status)
		assert.Equal(t, status == "ACTIVE", strings.Contains(got.body, "not idempotent"), got.body)
	}
}

func TestUpdateService_ChecksCurrentBalancers(t *testing.T) {
	c, m := newShim(t, ecsAnswers())
	const grace = `{"cluster":"c","service":"s","healthCheckGracePeriodSeconds":90}`
	m.answers["DescribeServices"] = `{"services":[{"taskDefinition":"t:1",` +
		`"loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}]}`
	assert.Equal(t, http.StatusOK, c.json("ecs", "UpdateService", grace).status)
	assert.Equal(t, http.StatusOK, c.json("ecs", "UpdateService",
		`{"cluster":"c","service":"s","loadBalancers":[]}`).status)
	m.answers["DescribeListeners"] = "<R><Listeners/></R>"
	c.json("ecs", "UpdateService", grace).refused(t, http.StatusBadRequest, "does not have an associated load balancer")
}

func TestRegisterTaskDefinition_ChecksFargateSizes(t *testing.T) {
	c, _ := newShim(t, ecsAnswers())
	for size, offered := range map[string]bool{
		"256/512": true, "256/2048": true, "256/1536": false, "256/4096": false, "512/512": false, "512/4096": true,
		"1024/2048": true, "1024/2500": false, "4096/30720": true, "8192/16384": true, "8192/17408": false,
		"16384/122880": true, "300/512": false, ".25 vCPU/0.5 GB": true, "1 vCPU/2GB": true, "1 vCPU/1GB": false,
		"/512": false, "256/": false, "much/more": false,
	} {
		cpu, memory, _ := strings.Cut(size, "/")
		got := c.json("ecs", "RegisterTaskDefinition",
			`{"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"`+cpu+`","memory":"`+memory+`"}`)
		assert.Equal(t, offered, got.status == http.StatusOK, "%s: %s", size, got.body)
	}
}

func TestRegisterTaskDefinition_ChecksModeAndRole(t *testing.T) {
	good := `{"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512",
"executionRoleArn":"arn:role","containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs"},"secrets":[{}]}]}`
	c, _ := newShim(t, ecsAnswers())
	require.Equal(t, http.StatusOK, c.json("ecs", "RegisterTaskDefinition", good).status)
	for _, change := range []*strings.Replacer{
		strings.NewReplacer(`"awsvpc"`, `"bridge"`),
		strings.NewReplacer(`"arn:role"`, `""`),
		strings.NewReplacer(`"arn:role"`, `""`, "awslogs", "none"),
	} {
		c.json("ecs", "RegisterTaskDefinition", change.Replace(good)).refused(t, http.StatusBadRequest, "ClientException")
	}
}
