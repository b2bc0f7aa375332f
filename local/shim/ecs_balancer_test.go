package shim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// balancedFront knows one load balancer that leads to the group g, and a task with a container on port 3000.
func balancedFront(t *testing.T) (*client, *fakeMoto) {
	c, m := ecsShim(t)
	for action, answer := range map[string]string{
		"DescribeLoadBalancers":  "<R><LoadBalancers><member><LoadBalancerArn>b</LoadBalancerArn></member></LoadBalancers></R>",
		"DescribeListeners":      "<R><Listeners><member><DefaultActions><member><TargetGroupArn>g</TargetGroupArn></member></DefaultActions></member></Listeners></R>",
		"DescribeImages":         `{"imageDetails":[]}`,
		"DescribeTaskDefinition": `{"taskDefinition":{"containerDefinitions":[{"name":"before"},{"name":"app","portMappings":[{"containerPort":3000}]}]}}`,
	} {
		m.answers[action] = answer
	}
	return c, m
}

const behindBalancer = `{"cluster":"c","serviceName":"s","service":"s","taskDefinition":"t:2","healthCheckGracePeriodSeconds":60,
"loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}`

func TestAServiceBehindALoadBalancerIsTaken(t *testing.T) {
	for _, action := range []string{"CreateService", "UpdateService"} {
		c, m := balancedFront(t)
		got := c.json("ecs", action, behindBalancer)
		require.Equal(t, http.StatusOK, got.status, got.body)
		assert.NotEmpty(t, m.got(action))
	}
}

func TestALoadBalancerThatECSRefusesIsRefused(t *testing.T) {
	_, balancers, found := strings.Cut(behindBalancer, `"loadBalancers":`)
	require.True(t, found)
	for name, one := range map[string]struct{ from, to, says string }{
		"a group that nothing leads to":    {`"g"`, `"h"`, "does not have an associated load balancer"},
		"a container without the port":     {"3000", "8080", "did not have a container port 8080"},
		"a container that is another":      {`"app"`, `"before"`, "container before"},
		"a grace period, no load balancer": {balancers, "[]}", "only valid for services configured to use load balancers"},
	} {
		t.Run(name, func(t *testing.T) {
			for _, action := range []string{"CreateService", "UpdateService"} {
				c, m := balancedFront(t)
				input := strings.Replace(behindBalancer, one.from, one.to, 1)
				require.NotEqual(t, behindBalancer, input)
				got := c.json("ecs", action, input)
				got.refused(t, http.StatusBadRequest, "InvalidParameterException")
				assert.Contains(t, got.body, one.says)
				assert.Empty(t, m.got(action))
			}
		})
	}
}

func TestAChangeIsHeldAgainstWhatTheServiceHas(t *testing.T) {
	const withBalancer = `{"services":[{"taskDefinition":"t:1","loadBalancers":[{"targetGroupArn":"g","containerName":"app","containerPort":3000}]}]}`
	c, m := balancedFront(t)
	const grace = `{"cluster":"c","service":"s","healthCheckGracePeriodSeconds":90}`
	c.json("ecs", "UpdateService", grace).refused(t, http.StatusBadRequest, "only valid for services")
	m.answers["DescribeServices"] = withBalancer
	assert.Equal(t, http.StatusOK, c.json("ecs", "UpdateService", grace).status)
	assert.Equal(t, http.StatusOK, c.json("ecs", "UpdateService", `{"cluster":"c","service":"s","loadBalancers":[]}`).status)
	m.answers["DescribeListeners"] = "<R><Listeners/></R>"
	c.json("ecs", "UpdateService", grace).refused(t, http.StatusBadRequest, "does not have an associated load balancer")
}

func TestTheGracePeriodGoesWithTheLoadBalancer(t *testing.T) {
	c, m := balancedFront(t)
	m.answers["DescribeServices"] = `{"services":[{"loadBalancers":[],"healthCheckGracePeriodSeconds":60}]}`
	assert.NotContains(t, c.json("ecs", "DescribeServices", `{}`).body, "GracePeriod")
	m.answers["DescribeServices"] = `{"services":[{"loadBalancers":[{"targetGroupArn":"g"}],"healthCheckGracePeriodSeconds":60}]}`
	assert.Contains(t, c.json("ecs", "DescribeServices", `{}`).body, `"healthCheckGracePeriodSeconds":60`)
}
