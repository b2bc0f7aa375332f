package compute

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

func TestRoles_MatchGolden(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	var lines []string
	for _, one := range stack.OfType(roleToken) {
		lines = append(lines, "trust of "+one.Text("name"), pretty(t, one.Text("assumeRolePolicy")))
	}
	for _, one := range stack.OfType(grantToken) {
		lines = append(lines, one.Text("name")+" of "+one.Text("role"), pretty(t, one.Text("policy")))
	}
	mocks.Golden(t, "policies.txt", lines)
}

func TestRoles_AppNeedsNoneWithoutExec(t *testing.T) {
	grants := func(exec bool) map[string]string {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.Exec = exec }))
		roles := map[string]string{}
		for _, one := range stack.OfType(grantToken) {
			roles[one.Text("name")] = one.Text("role")
		}
		return roles
	}
	agent := map[string]string{"threa-ecs-execution-image": "threa-ecs-execution",
		"threa-ecs-execution-ssm": "threa-ecs-execution"}
	assert.Equal(t, agent, grants(false))
	agent["threa-ecs-task-exec"] = "threa-ecs-task"
	assert.Equal(t, agent, grants(true))
}

func TestRoles_AgentReadsOwnParametersOnly(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	var granted iampolicy.Document
	require.NoError(t, json.Unmarshal([]byte(stack.Named(t, grantToken, "compute-execution-ssm").Text("policy")),
		&granted))
	require.Len(t, granted.Statement, 1)
	_, _, app := containers(t, stack)
	var read []string
	for _, one := range app.Secrets {
		read = append(read, one.ValueFrom)
	}
	assert.Equal(t, read, granted.Statement[0].Resource)
}

func TestRoles_AreUsedByTask(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	task := stack.Only(t, taskToken)
	assert.Equal(t, "arn:aws:iam::123456789012:role/threa-ecs-execution", task.Text("executionRoleArn"))
	assert.Equal(t, "arn:aws:iam::123456789012:role/threa-ecs-task", task.Text("taskRoleArn"))
}

func TestRoles_TrustAccountAndRegion(t *testing.T) {
	trust := tasksTrust(naming.Stack{Region: "us-east-1", AccountID: "999999999999"})
	require.Len(t, trust.Statement, 1)
	assert.Equal(t, iampolicy.Condition{
		"StringEquals": {"aws:SourceAccount": "999999999999"},
		"ArnLike":      {"aws:SourceArn": "arn:aws:ecs:us-east-1:999999999999:*"},
	}, trust.Statement[0].Condition)
	assert.Equal(t, map[string]string{"Service": "ecs-tasks.amazonaws.com"}, trust.Statement[0].Principal)
}
