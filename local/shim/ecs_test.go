package shim

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	clusterWithFargate = `{"clusters":[{"capacityProviders":["FARGATE"]}]}`
	noServices         = `{"services":[],"failures":[]}`
	movedService       = `{"service":{"taskDefinition":"t:2","desiredCount":2,"runningCount":2,"pendingCount":0,"launchType":"EC2",
"capacityProviderStrategy":[{"capacityProvider":"FARGATE"}],"createdAt":1700000000.123,
"deployments":[{"id":"d","taskDefinition":"t:1","desiredCount":0,"rolloutState":"IN_PROGRESS","launchType":"EC2"}]}}`
)

func serviceInputJSON(provider string) string {
	return `{"cluster":"c","serviceName":"s","taskDefinition":"t:2","desiredCount":2,"enableExecuteCommand":true,
"capacityProviderStrategy":[{"capacityProvider":"` + provider + `","weight":1}],"deploymentConfiguration":{"maximumPercent":200}}`
}

func ecsShim(t *testing.T) (*client, *fakeMoto) {
	return newShim(t, map[string]string{
		"DescribeClusters":       clusterWithFargate,
		"DescribeServices":       noServices,
		"CreateService":          `{"service":{}}`,
		"UpdateService":          movedService,
		"RegisterTaskDefinition": `{}`,
		"DescribeTaskDefinition": `{}`,
	})
}

func TestANewServiceKeepsTheSettingsThatMotoDrops(t *testing.T) {
	c, m := ecsShim(t)
	created := c.json("ecs", "CreateService", serviceInputJSON("FARGATE"))
	require.Equal(t, http.StatusOK, created.status, created.body)
	require.Len(t, m.got("UpdateService"), 1)
	assert.JSONEq(t, `{"cluster":"c","service":"s","desiredCount":2,"enableExecuteCommand":true,
"availabilityZoneRebalancing":"DISABLED","capacityProviderStrategy":[{"capacityProvider":"FARGATE","weight":1}],
"deploymentConfiguration":{"maximumPercent":200}}`, m.got("UpdateService")[0])
	assert.Contains(t, created.body, "1700000000.123", "numbers are passed on as they are")
}

func TestAChangedDeploymentConfigurationKeepsItsOtherParts(t *testing.T) {
	c, m := ecsShim(t)
	m.answers["DescribeServices"] = `{"services":[{"deploymentConfiguration":{"maximumPercent":200,
"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}]}`
	c.json("ecs", "UpdateService", `{"service":"s","deploymentConfiguration":{"maximumPercent":150}}`)
	require.Len(t, m.got("UpdateService"), 1)
	assert.JSONEq(t, `{"service":"s","deploymentConfiguration":{"maximumPercent":150,
"deploymentCircuitBreaker":{"enable":true,"rollback":true}}}`, m.got("UpdateService")[0])
}

func TestADeploymentFollowsItsService(t *testing.T) {
	c, _ := ecsShim(t)
	updated := c.json("ecs", "UpdateService", `{"service":"s","taskDefinition":"t:2"}`)
	var out struct {
		Service struct {
			LaunchType  *string
			Deployments []struct {
				TaskDefinition, RolloutState string
				RunningCount                 int
				LaunchType                   *string
			}
		}
	}
	require.NoError(t, json.Unmarshal([]byte(updated.body), &out))
	deployment := out.Service.Deployments[0]
	assert.Equal(t, "t:2", deployment.TaskDefinition)
	assert.Equal(t, "COMPLETED", deployment.RolloutState)
	assert.Equal(t, 2, deployment.RunningCount)
	assert.Nil(t, out.Service.LaunchType, "a capacity provider strategy excludes a launch type")
	assert.Nil(t, deployment.LaunchType)
}

func TestAServiceThatECSRefusesIsRefused(t *testing.T) {
	tests := map[string]struct {
		answers map[string]string
		input   string
		code    string
	}{
		"capacity provider not of the cluster": {nil, serviceInputJSON("FARGATE_SPOT"), "not associated with the cluster"},
		"no such cluster": {map[string]string{"DescribeClusters": `{"clusters":[]}`},
			serviceInputJSON("FARGATE"), "ClusterNotFoundException"},
		"name in use": {map[string]string{"DescribeServices": `{"services":[{"status":"ACTIVE"}]}`},
			serviceInputJSON("FARGATE"), "not idempotent"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, m := ecsShim(t)
			for action, answer := range test.answers {
				m.answers[action] = answer
			}
			c.json("ecs", "CreateService", test.input).refused(t, http.StatusBadRequest, test.code)
			assert.Empty(t, m.got("CreateService"))
		})
	}
	t.Run("a change to a provider that the cluster lacks", func(t *testing.T) {
		c, m := ecsShim(t)
		c.json("ecs", "UpdateService", serviceInputJSON("FARGATE_SPOT")).
			refused(t, http.StatusBadRequest, "not associated with the cluster")
		assert.Empty(t, m.got("UpdateService"))
	})
	t.Run("a deleted service's name is free", func(t *testing.T) {
		c, m := ecsShim(t)
		m.answers["DescribeServices"] = `{"services":[{"status":"INACTIVE"}]}`
		assert.Equal(t, http.StatusOK, c.json("ecs", "CreateService", serviceInputJSON("FARGATE")).status)
	})
}

func TestFargateTakesOnlyTheSizesItOffers(t *testing.T) {
	tests := []struct {
		cpu, memory string
		offered     bool
	}{
		{"256", "512", true}, {"256", "2048", true}, {"256", "1536", false}, {"256", "4096", false},
		{"512", "512", false}, {"512", "4096", true}, {"1024", "2048", true}, {"1024", "2500", false},
		{"4096", "30720", true}, {"8192", "16384", true}, {"8192", "17408", false}, {"16384", "122880", true},
		{"300", "512", false}, {".25 vCPU", "0.5 GB", true}, {"1 vCPU", "2GB", true}, {"1 vCPU", "1GB", false},
		{"", "512", false}, {"256", "", false}, {"much", "more", false},
	}
	c, _ := ecsShim(t)
	for _, test := range tests {
		t.Run(test.cpu+"/"+test.memory, func(t *testing.T) {
			input := map[string]any{"family": "f", "networkMode": "awsvpc", "requiresCompatibilities": []string{"FARGATE"},
				"cpu": test.cpu, "memory": test.memory}
			body, err := json.Marshal(input)
			require.NoError(t, err)
			got := c.json("ecs", "RegisterTaskDefinition", string(body))
			if test.offered {
				assert.Equal(t, http.StatusOK, got.status, got.body)
				return
			}
			got.refused(t, http.StatusBadRequest, "ClientException")
		})
	}
}

func TestFargateNeedsItsNetworkModeAndAnExecutionRole(t *testing.T) {
	good := `{"networkMode":"awsvpc","requiresCompatibilities":["FARGATE"],"cpu":"256","memory":"512",
"executionRoleArn":"arn:role","containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs"},"secrets":[{}]}]}`
	c, _ := ecsShim(t)
	require.Equal(t, http.StatusOK, c.json("ecs", "RegisterTaskDefinition", good).status)
	for name, change := range map[string][2]string{
		"network mode":  {`"awsvpc"`, `"bridge"`},
		"logs, no role": {`"arn:role"`, `""`},
		"secrets only":  {`"executionRoleArn":"arn:role","containerDefinitions":[{"logConfiguration":{"logDriver":"awslogs"},`, `"containerDefinitions":[{`},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(good, change[0], change[1], 1)
			require.NotEqual(t, good, bad)
			c.json("ecs", "RegisterTaskDefinition", bad).refused(t, http.StatusBadRequest, "ClientException")
		})
	}
}
