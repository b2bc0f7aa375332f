package shim

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const twoRunning = `{"services":[{"serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/c/s","serviceName":"s",
"clusterArn":"arn:aws:ecs:eu-central-1:123456789012:cluster/c","taskDefinition":"t:2","runningCount":2,"enableExecuteCommand":true,
"deployments":[{"id":"ecs-svc/1","status":"PRIMARY"}]}]}`

func listed(t *testing.T, c *client) []string {
	t.Helper()
	var out struct{ TaskArns []string }
	require.NoError(t, json.Unmarshal([]byte(c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s"}`).body), &out))
	return out.TaskArns
}

func TestAServiceHasAsManyTasksAsItCounts(t *testing.T) {
	c, m := newShim(t, map[string]string{
		"DescribeServices": twoRunning, "ListServices": `{"serviceArns":["arn:aws:ecs:eu-central-1:123456789012:service/c/s"]}`,
		"DescribeTaskDefinition": `{"taskDefinition":{"cpu":"256","memory":"512","containerDefinitions":[{"name":"ca","image":"i","essential":false},
{"name":"app","image":"i","essential":true,"healthCheck":{"command":["CMD","true"]}}]}}`,
		"DescribeTasks": `{"tasks":[],"failures":[{"arn":"other"}]}`,
	})
	arns := listed(t, c)
	require.Len(t, arns, 2)
	assert.Contains(t, arns[1], "arn:aws:ecs:eu-central-1:123456789012:task/c/")
	assert.Contains(t, c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s","desiredStatus":"STOPPED"}`).body, `"taskArns":[]`)

	var out struct {
		Tasks []struct {
			TaskArn, LastStatus, HealthStatus, StartedBy, TaskDefinitionArn string
			Containers                                                      []struct {
				Name, LastStatus string
				ExitCode         *int
			}
			Attachments []struct {
				Details []struct{ Name, Value string }
			}
		}
	}
	described := c.json("ecs", "DescribeTasks", `{"cluster":"c","tasks":["`+arns[1]+`"]}`)
	require.NoError(t, json.Unmarshal([]byte(described.body), &out), described.body)
	require.Len(t, out.Tasks, 1)
	task := out.Tasks[0]
	assert.Equal(t, []string{arns[1], "RUNNING", "HEALTHY", "ecs-svc/1", "t:2"},
		[]string{task.TaskArn, task.LastStatus, task.HealthStatus, task.StartedBy, task.TaskDefinitionArn})
	assert.Equal(t, "STOPPED", task.Containers[0].LastStatus)
	assert.Zero(t, *task.Containers[0].ExitCode)
	assert.Equal(t, "RUNNING", task.Containers[1].LastStatus)

	found := c.query("ec2", "DescribeNetworkInterfaces", "NetworkInterfaceId.1", task.Attachments[0].Details[0].Value)
	assert.Contains(t, found.body, "<publicIp>127.0.0.2</publicIp>", "where the second task of go run ./local task answers")

	assert.Contains(t, c.json("ecs", "DescribeTasks", `{"cluster":"c","tasks":["other"]}`).body, `"failures":[{"arn":"other"}]`, "moto knows")
	m.answers["DescribeServices"] = `{"services":[{"serviceArn":"s","clusterArn":"c","taskDefinition":"t:3","runningCount":2}]}`
	assert.NotEqual(t, arns, listed(t, c), "a deployment has tasks of its own")
	m.answers["DescribeServices"] = noServices
	c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s"}`).refused(t, http.StatusBadRequest, "ServiceNotFoundException")
}

func TestATaskThatNothingWouldRunIsRefused(t *testing.T) {
	c, m := newShim(t, map[string]string{"RunTask": `{"tasks":[]}`})
	c.json("ecs", "RunTask", `{"cluster":"c"}`).refused(t, http.StatusBadRequest, "go run ./local task")
	assert.Empty(t, m.got("RunTask"))
}
