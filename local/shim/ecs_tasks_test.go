package shim

import (
	"fmt"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTasks_FollowTheService(t *testing.T) {
	c, m := newShim(t, map[string]string{
		"DescribeServices": `{"services":[{"serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/c/s","serviceName":"s",
"clusterArn":"arn:aws:ecs:eu-central-1:123456789012:cluster/c","taskDefinition":"t:2","runningCount":2,
"enableExecuteCommand":true,"deployments":[{"id":"ecs-svc/1","status":"PRIMARY"}]}]}`,
		"ListServices": `{"serviceArns":["arn:aws:ecs:eu-central-1:123456789012:service/c/s"]}`,
		"DescribeTaskDefinition": `{"taskDefinition":{"cpu":"256","memory":"512","containerDefinitions":[
{"name":"ca","image":"i","essential":false},
{"name":"app","image":"i","essential":true,"healthCheck":{"command":["CMD","true"]}}]}}`,
		"DescribeTasks": `{"tasks":[],"failures":[{"arn":"other"}]}`,
	})
	list := func() []string {
		t.Helper()
		listed := c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s"}`)
		return decoded[struct{ TaskArns []string }](t, listed).TaskArns
	}
	arns := list()
	require.Len(t, arns, 2)
	assert.Contains(t, arns[1], "arn:aws:ecs:eu-central-1:123456789012:task/c/")
	stopped := c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s","desiredStatus":"STOPPED"}`)
	assert.JSONEq(t, `{"taskArns":[]}`, stopped.body)

	type described struct {
		Tasks []struct {
			TaskArn, LastStatus, HealthStatus, StartedBy, TaskDefinitionArn string

			Containers []struct {
				Name, LastStatus string
				ExitCode         *int
			}
			Attachments []struct {
				Details []struct{ Name, Value string }
			}
		}
	}
	out := decoded[described](t, c.json("ecs", "DescribeTasks", `{"cluster":"c","tasks":["`+arns[1]+`"]}`))
	require.Len(t, out.Tasks, 1)
	task := out.Tasks[0]
	assert.Equal(t, []string{arns[1], "RUNNING", "HEALTHY", "ecs-svc/1", "t:2"},
		[]string{task.TaskArn, task.LastStatus, task.HealthStatus, task.StartedBy, task.TaskDefinitionArn})
	assert.Equal(t, "STOPPED", task.Containers[0].LastStatus)
	assert.Zero(t, *task.Containers[0].ExitCode)
	assert.Equal(t, "RUNNING", task.Containers[1].LastStatus)
	network := c.query("ec2", "DescribeNetworkInterfaces", "NetworkInterfaceId.1", task.Attachments[0].Details[0].Value)
	assert.Contains(t, network.body, "<publicIp>127.0.0.2</publicIp>", "where go run ./local task serves the second task")

	other := c.json("ecs", "DescribeTasks", `{"cluster":"c","tasks":["other"]}`)
	assert.Contains(t, other.body, `"failures":[{"arn":"other"}]`, "moto's answer")
	m.answers["DescribeServices"] = `{"services":[{"serviceArn":"s","clusterArn":"c","taskDefinition":"t:3","runningCount":2}]}`
	assert.NotEqual(t, arns, list(), "a deployment starts other tasks")
	m.answers["DescribeServices"] = noServices
	c.json("ecs", "ListTasks", `{"cluster":"c","serviceName":"s"}`).refused(t, http.StatusBadRequest,
		"ServiceNotFoundException")
	c.json("ecs", "RunTask", `{"cluster":"c"}`).refused(t, http.StatusBadRequest, "go run ./local task")
	assert.Empty(t, m.got("RunTask"))
}

func TestDeployments_AreKeptWithImageDigests(t *testing.T) {
	const service = `{"service":{"serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/c/s","taskDefinition":"t:%d","runningCount":%d}}`
	c, m := newShim(t, ecsAnswers())
	m.answers["DescribeTaskDefinition"] = `{"taskDefinition":{"containerDefinitions":[{"name":"app","image":"registry/app:v1",
"portMappings":[{"containerPort":3000}]}]}}`
	for _, deployment := range []struct{ action, input, answer, digest string }{
		{"CreateService", newService, fmt.Sprintf(service, 1, 0), "zero"},
		{"UpdateService", `{"cluster":"c","service":"s","taskDefinition":"t:2"}`, fmt.Sprintf(service, 2, 1), "one"},
		{"UpdateService", `{"cluster":"c","service":"s","forceNewDeployment":true}`, fmt.Sprintf(service, 2, 1), "two"},
		{"UpdateService", `{"cluster":"c","service":"s","desiredCount":3}`, fmt.Sprintf(service, 2, 1), "three"},
	} {
		m.answers["UpdateService"] = deployment.answer
		m.answers["DescribeImages"] = `{"imageDetails":[{"imageDigest":"sha256:` + deployment.digest + `"}]}`
		require.Equal(t, http.StatusOK, c.json("ecs", deployment.action, deployment.input).status)
	}
	type deployments struct {
		ServiceDeployments []struct{ Status, TargetServiceRevisionArn string }
	}
	type revisions struct {
		ServiceRevisions []struct {
			ContainerImages []struct{ ImageDigest string }
		}
	}
	input := `{"cluster":"arn:aws:ecs:eu-central-1:123456789012:cluster/c","service":"s","status":["SUCCESSFUL"]}`
	list := decoded[deployments](t, c.json("ecs", "ListServiceDeployments", input))
	require.Len(t, list.ServiceDeployments, 3, "a new desired count is not a deployment")
	var digests []string
	for _, deployment := range list.ServiceDeployments {
		out := decoded[revisions](t, c.json("ecs", "DescribeServiceRevisions",
			`{"serviceRevisionArns":["`+deployment.TargetServiceRevisionArn+`"]}`))
		digests = append(digests, out.ServiceRevisions[0].ContainerImages[0].ImageDigest)
	}
	assert.Equal(t, []string{"sha256:two", "sha256:one", ""}, digests,
		"the newest first; without tasks no image was pulled")
	assert.JSONEq(t, `{"serviceDeployments":[]}`, c.json("ecs", "ListServiceDeployments",
		`{"cluster":"c","service":"other"}`).body)
	assert.JSONEq(t, `{"repositoryName":"app","imageIds":[{"imageTag":"v1"}]}`, m.got("DescribeImages")[0])
}

// moto describes a family by an inactive revision, too.
func TestTaskDefinition_OfAFamilyIsActive(t *testing.T) {
	c, m := newShim(t, map[string]string{
		"DescribeTaskDefinition": `{"taskDefinition":{"status":"INACTIVE"}}`,
		"ListTaskDefinitions":    `{"taskDefinitionArns":[]}`,
	})
	refused := c.json("ecs", "DescribeTaskDefinition", `{"taskDefinition":"threa"}`)
	assert.Equal(t, http.StatusBadRequest, refused.status)
	assert.Contains(t, refused.body, "Unable to describe task definition.")
	assert.Contains(t, c.accepted("ecs", "DescribeTaskDefinition", `{"taskDefinition":"threa:1"}`), "INACTIVE")
	m.answers["ListTaskDefinitions"] = `{"taskDefinitionArns":["arn:aws:ecs:eu-central-1:1:task-definition/threa:1"]}`
	assert.Contains(t, c.accepted("ecs", "DescribeTaskDefinition", `{"taskDefinition":"threa"}`), "taskDefinition")
}
