package shim

import (
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
"deploymentConfiguration":{"maximumPercent":200},
"loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}`
)

// ecsAnswers are moto's answers for a cluster with Fargate, a listener that forwards to the target group g, and a task.
func ecsAnswers() map[string]string {
	return map[string]string{
		"DescribeClusters": `{"clusters":[{"capacityProviders":["FARGATE"]}]}`,
		"DescribeServices": noServices,
		"CreateService":    `{"service":{}}`,
		"UpdateService":    movedService,
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
"availabilityZoneRebalancing":"ENABLED","capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],
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
	out := decoded[struct {
		Service struct {
			LaunchType  *string
			Deployments []described
		}
	}](t, c.json("ecs", "UpdateService", `{"service":"s","taskDefinition":"t:2"}`))
	assert.Equal(t, []described{{TaskDefinition: "t:2", RolloutState: "COMPLETED", RunningCount: 2}},
		out.Service.Deployments)
	assert.Nil(t, out.Service.LaunchType, "a capacity provider strategy excludes a launch type")

	for balancers, kept := range map[string]bool{`[]`: false, `[{"targetGroupArn":"g"}]`: true} {
		m.answers["DescribeServices"] = `{"services":[{"loadBalancers":` + balancers +
			`,"healthCheckGracePeriodSeconds":60}]}`
		assert.Equal(t, kept, strings.Contains(c.json("ecs", "DescribeServices", `{}`).body, "GracePeriod"), balancers)
	}
}

func TestCreateService_RefusesANameInUse(t *testing.T) {
	for status, want := range map[string]int{"ACTIVE": http.StatusBadRequest, "INACTIVE": http.StatusOK} {
		c, m := newShim(t, ecsAnswers())
		m.answers["DescribeServices"] = `{"services":[{"status":"` + status + `"}]}`
		got := c.json("ecs", "CreateService", strings.Replace(newService, `"service":"s",`, "", 1))
		assert.Equal(t, want, got.status, status)
		assert.Equal(t, status == "ACTIVE", strings.Contains(got.body, "not idempotent"), got.body)
	}
}

func TestDeleteCluster_RefusesActiveServices(t *testing.T) {
	c, m := newShim(t, map[string]string{"ListServices": `{"serviceArns":["s"]}`, "DeleteCluster": "{}"})
	for status, want := range map[string]int{"ACTIVE": http.StatusBadRequest, "INACTIVE": http.StatusOK} {
		m.answers["DescribeServices"] = `{"services":[{"status":"` + status + `"}]}`
		got := c.json("ecs", "DeleteCluster", `{"cluster":"threa"}`)
		assert.Equal(t, want, got.status, got.body)
		assert.Equal(t, want != http.StatusOK, strings.Contains(got.body, "ClusterContainsServicesException"))
	}
	m.answers["ListServices"] = `{"serviceArns":[]}`
	delete(m.answers, "DescribeServices")
	assert.Equal(t, http.StatusOK, c.json("ecs", "DeleteCluster", `{"cluster":"threa"}`).status)
}
