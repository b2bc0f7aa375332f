package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/asltest"
	"threa-infra/internal/deployrole"
	"threa-infra/local/shim"
)

// TestSpotFallback_RunsOnDemandTasks removes the Spot capacity of a running stack and restores it. The local AWS runs
// no state machines, so the test executes the deployed definition whenever AWS would.
func TestSpotFallback_RunsOnDemandTasks(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	runSteps(t, s, []step[*sandbox]{
		{"with Spot, the fallback service has no tasks", deployOnSpot},
		{"without Spot capacity, an on-demand task starts", loseSpotCapacity},
		{"a deployment updates the on-demand task", deployDuringFallback},
		{"with Spot capacity, the on-demand task stops", regainSpotCapacity},
		{"without Spot there is no fallback", disableSpot},
	})
}

// describeServices returns the service and the fallback service, which is nil if it does not exist.
func describeServices(t *testing.T, s *sandbox) (service ecsService, fallback *ecsService) {
	t.Helper()
	for _, active := range aws[[]ecsService](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa",
		"threa-standby",
		"--query", "services[?status=='ACTIVE']") {
		if active.ServiceName == "threa" {
			service = active
		} else {
			fallback = &active
		}
	}
	require.Equal(t, "threa", service.ServiceName)
	return service, fallback
}

// runStateMachine executes the deployed state machine with an event as its input. Its calls use the AWS command line.
func runStateMachine(t *testing.T, s *sandbox, event any) asltest.Execution {
	t.Helper()
	definition := aws[string](t, s, "stepfunctions", "describe-state-machine", "--query", "definition",
		"--state-machine-arn", "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby")
	return asltest.Parse(t, definition).Run(t, event, func(call asltest.Call) any {
		input, err := json.Marshal(convertKeys(call.Arguments, strings.ToLower))
		command := map[string]string{
			"ecs:describeServices": "describe-services", "ecs:updateService": "update-service",
		}[call.Action]
		require.NoError(t, err)
		return convertKeys(aws[any](t, s, "ecs", command, "--cli-input-json", string(input)), strings.ToUpper)
	}, nil)
}

// convertKeys converts the first letter of every key: it is a capital in Step Functions, but not in ECS.
func convertKeys(value any, letter func(string) string) any {
	switch v := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for key, part := range v {
			fields[letter(key[:1])+key[1:]] = convertKeys(part, letter)
		}
		return fields
	case []any:
		list := make([]any, len(v))
		for i, part := range v {
			list[i] = convertKeys(part, letter)
		}
		return list
	}
	return value
}

// serviceEvent returns an event of a service as EventBridge passes it on.
func serviceEvent(name string) any {
	return map[string]any{"detail-type": "ECS Service Action", "detail": map[string]any{"eventName": name}}
}

func deployOnSpot(t *testing.T, s *sandbox) {
	s.set(t, "useSpot", "true", "enableRedis", "false", "imageTag", shim.LocalImage)
	s.setAppVariables(t)
	s.must(t, "up")
	service, fallback := describeServices(t, s)
	require.NotNil(t, fallback)
	assert.Equal(t, []int{1, 1, 0, 0}, []int{service.DesiredCount, service.RunningCount, fallback.DesiredCount,
		fallback.RunningCount})
	assert.Equal(t, "FARGATE_SPOT FARGATE", service.CapacityProviderStrategy[0].CapacityProvider+" "+
		fallback.CapacityProviderStrategy[0].CapacityProvider)
	assert.Equal(t, service.TaskDefinition, fallback.TaskDefinition)

	rule := aws[struct{ EventPattern, ScheduleExpression, State string }](t, s, "events", "describe-rule", "--name",
		"threa-standby")
	assert.Equal(t, "rate(1 hour) ENABLED", rule.ScheduleExpression+" "+rule.State)
	assert.Contains(t, rule.EventPattern, "service/threa/threa\"")
	assert.Equal(t, []string{"arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby"},
		aws[[]string](t, s, "events", "list-targets-by-rule", "--rule", "threa-standby", "--query", "Targets[].Arn"))
	alarm := aws[[]string](t, s, "cloudwatch", "describe-alarms", "--alarm-names", "threa-no-running-tasks",
		"--query", "MetricAlarms[].Metrics[].Expression")
	assert.Equal(t, []string{"SUM([own, standby])"}, alarm)
	runStateMachine(t, s, serviceEvent("SERVICE_STEADY_STATE"))
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func loseSpotCapacity(t *testing.T, s *sandbox) {
	body, err := json.Marshal(shim.SpotCapacity{Tasks: 0})
	require.NoError(t, err)
	s.request(t, http.MethodPost, "spot", body, nil)
	done := runStateMachine(t, s, serviceEvent("SERVICE_TASK_PLACEMENT_FAILURE"))
	assert.Equal(t, map[string]any{"desired": 1.0, "onSpot": 0.0, "startingOnSpot": 0.0, "present": 1.0, "required": 1.0},
		done.Output)
	service, fallback := describeServices(t, s)
	assert.Equal(t, []int{0, 1}, []int{service.RunningCount, fallback.RunningCount})

	for _, arguments := range [][]string{{"preview", "--expect-no-changes"},
		{"preview", "--refresh", "--expect-no-changes"}} {
		assert.Contains(t, s.must(t, arguments...),
			"Spot capacity is missing: 1 on-demand task(s) of the service threa-standby")
	}
	done = runStateMachine(t, s, serviceEvent("SERVICE_TASK_PLACEMENT_FAILURE"))
	assert.NotContains(t, done.States, "SetCount", "another failure changes nothing")
}

// deployDuringFallback deploys when Spot has capacity again, but the state machine has not run yet. Without capacity, a
// deployment would wait for 20 minutes, as on AWS.
func deployDuringFallback(t *testing.T, s *sandbox) {
	s.request(t, http.MethodDelete, "spot", nil, nil)
	_, before := describeServices(t, s)
	s.push(t, "v2")
	s.set(t, "imageTag", "v2")
	s.must(t, "up")
	service, fallback := describeServices(t, s)
	assert.Equal(t, 1, fallback.DesiredCount)
	assert.NotEqual(t, before.TaskDefinition, fallback.TaskDefinition)
	assert.Equal(t, service.TaskDefinition, fallback.TaskDefinition)
	expectNoChanges(t, s)
}

func regainSpotCapacity(t *testing.T, s *sandbox) {
	runStateMachine(t, s, map[string]any{"detail-type": "ECS Task State Change",
		"detail": map[string]any{"lastStatus": "RUNNING"}})
	service, fallback := describeServices(t, s)
	assert.Equal(t, []int{1, 0}, []int{service.RunningCount, fallback.RunningCount})
	expectNoChangesAfterRefresh(t, s)
	assert.NotContains(t, s.must(t, "preview", "--expect-no-changes"), "Spot capacity is missing")
}

func disableSpot(t *testing.T, s *sandbox) {
	s.unset(t, "useSpot")
	assert.Subset(t, s.operations(t), []string{"update compute-service", "delete compute-standby"})
	s.must(t, "up")
	service, fallback := describeServices(t, s)
	assert.Nil(t, fallback)
	assert.Equal(t, "FARGATE", service.CapacityProviderStrategy[0].CapacityProvider)
	assert.Empty(t, aws[[]string](t, s, "events", "list-rules", "--query", "Rules[].Name"))
	assert.Empty(t, aws[[]string](t, s, "stepfunctions", "list-state-machines", "--query", "stateMachines[].name"))
	expectNoChanges(t, s)
	checkRole(t, s, deployrole.Deploy, "states:CreateStateMachine", "events:PutRule", "events:DeleteRule",
		"ecs:DeleteService")
}
