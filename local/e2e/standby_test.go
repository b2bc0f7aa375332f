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

// TestOnDemandTasksStandInForSpot takes Spot's capacity away from a running stack and gives it back. The local AWS runs no
// state machines, so the test executes the one that AWS has, whenever AWS would start it.
func TestOnDemandTasksStandInForSpot(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"a stack on Spot has a standby without tasks", onSpot},
		{"when Spot has no capacity, a task stands in", spotGone},
		{"a deployment brings it the new code and leaves it there", deployedMeanwhile},
		{"when Spot is back, it goes", spotBack},
		{"the fallback goes in place, and comes back", fallbackOffAndOn},
		{"without Spot there is none", offSpot},
	})
}

type standbyService struct {
	ServiceName, TaskDefinition string
	DesiredCount, RunningCount  int
	CapacityProviderStrategy    []struct{ CapacityProvider string }
}

// services are those on Spot and on demand; the second is nil when there is none.
func services(t *testing.T, s *sandbox) (service standbyService, standby *standbyService) {
	t.Helper()
	all := aws[[]standbyService](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "threa-standby",
		"--query", "services[?status=='ACTIVE']")
	for _, one := range all {
		if one.ServiceName == "threa" {
			service = one
			continue
		}
		standby = &one
	}
	require.Equal(t, "threa", service.ServiceName)
	return service, standby
}

// spot says how many tasks Spot has room for; below zero, as many as are wanted.
func (s *sandbox) spot(t *testing.T, tasks int) {
	t.Helper()
	method := http.MethodPost
	if tasks < 0 {
		method, tasks = http.MethodDelete, 0
	}
	body, err := json.Marshal(shim.SpotCapacity{Tasks: tasks})
	require.NoError(t, err)
	request, err := http.NewRequest(method, s.process(t, "local-aws.json").URL+"/_local/spot", strings.NewReader(string(body)))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	require.Equal(t, http.StatusNoContent, answer.StatusCode)
}

// runMachine executes the state machine as AWS has it, with an event as its input. Its calls go to the AWS command line.
func runMachine(t *testing.T, s *sandbox, event any) asltest.Execution {
	t.Helper()
	definition := aws[string](t, s, "stepfunctions", "describe-state-machine", "--query", "definition",
		"--state-machine-arn", "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby")
	return asltest.Parse(t, definition).Run(t, event, func(call asltest.Call) any {
		input, err := json.Marshal(renamed(call.Arguments, strings.ToLower))
		command := map[string]string{
			"ecs:describeServices": "describe-services", "ecs:updateService": "update-service",
		}[call.Action]
		require.NoError(t, err)
		return renamed(aws[any](t, s, "ecs", command, "--cli-input-json", string(input)), strings.ToUpper)
	}, nil)
}

// renamed changes the first letter of every field: Step Functions writes a capital, ECS does not.
func renamed(value any, letter func(string) string) any {
	switch v := value.(type) {
	case map[string]any:
		fields := map[string]any{}
		for key, part := range v {
			fields[letter(key[:1])+key[1:]] = renamed(part, letter)
		}
		return fields
	case []any:
		list := make([]any, len(v))
		for i, part := range v {
			list[i] = renamed(part, letter)
		}
		return list
	}
	return value
}

// serviceEvent is what EventBridge hands on when ECS tells of a service.
func serviceEvent(name string) any {
	return map[string]any{"detail-type": "ECS Service Action", "detail": map[string]any{"eventName": name}}
}

func onSpot(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{"useSpot": "true", "enableRedis": "false", "imageTag": "v1"} {
		s.must(t, "config", "set", key, value)
	}
	provideVariables(t, s)
	s.must(t, "up")
	service, standby := services(t, s)
	require.NotNil(t, standby)
	assert.Equal(t, []int{1, 1, 0, 0}, []int{service.DesiredCount, service.RunningCount, standby.DesiredCount, standby.RunningCount})
	assert.Equal(t, "FARGATE_SPOT FARGATE", service.CapacityProviderStrategy[0].CapacityProvider+" "+standby.CapacityProviderStrategy[0].CapacityProvider)
	assert.Equal(t, service.TaskDefinition, standby.TaskDefinition)

	rule := aws[struct{ EventPattern, ScheduleExpression, State string }](t, s, "events", "describe-rule", "--name", "threa-standby")
	assert.Equal(t, "rate(1 hour) ENABLED", rule.ScheduleExpression+" "+rule.State)
	assert.Contains(t, rule.EventPattern, "service/threa/threa\"")
	assert.Equal(t, []string{"arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby"},
		aws[[]string](t, s, "events", "list-targets-by-rule", "--rule", "threa-standby", "--query", "Targets[].Arn"))
	alarm := aws[[]string](t, s, "cloudwatch", "describe-alarms", "--alarm-names", "threa-no-running-tasks",
		"--query", "MetricAlarms[].Metrics[].Expression")
	assert.Equal(t, []string{"SUM([own, standby])"}, alarm)
	runMachine(t, s, serviceEvent("SERVICE_STEADY_STATE"))
	nothingToDo(t, s)
	noDrift(t, s)
}

func spotGone(t *testing.T, s *sandbox) {
	s.spot(t, 0)
	done := runMachine(t, s, serviceEvent("SERVICE_TASK_PLACEMENT_FAILURE"))
	assert.Equal(t, map[string]any{"desired": 1.0, "onSpot": 0.0, "startingOnSpot": 0.0, "present": 1.0, "required": 1.0}, done.Output)
	service, standby := services(t, s)
	assert.Equal(t, []int{0, 1}, []int{service.RunningCount, standby.RunningCount})

	for _, arguments := range [][]string{{"preview", "--expect-no-changes"}, {"preview", "--refresh", "--expect-no-changes"}} {
		assert.Contains(t, s.must(t, arguments...), "Spot capacity is missing: 1 on-demand task(s) of the service threa-standby")
	}
	done = runMachine(t, s, serviceEvent("SERVICE_TASK_PLACEMENT_FAILURE"))
	assert.NotContains(t, done.States, "SetCount", "the failure comes again and changes nothing")
}

// deployedMeanwhile deploys when Spot has capacity again and nobody has counted yet: without it a deployment would wait
// for 20 minutes here as on AWS.
func deployedMeanwhile(t *testing.T, s *sandbox) {
	s.spot(t, -1)
	_, before := services(t, s)
	s.must(t, "config", "set", "imageTag", "v2")
	s.must(t, "up")
	service, standby := services(t, s)
	assert.Equal(t, 1, standby.DesiredCount)
	assert.NotEqual(t, before.TaskDefinition, standby.TaskDefinition)
	assert.Equal(t, service.TaskDefinition, standby.TaskDefinition)
	nothingToDo(t, s)
}

func spotBack(t *testing.T, s *sandbox) {
	runMachine(t, s, map[string]any{"detail-type": "ECS Task State Change", "detail": map[string]any{"lastStatus": "RUNNING"}})
	service, standby := services(t, s)
	assert.Equal(t, []int{1, 0}, []int{service.RunningCount, standby.RunningCount})
	s.must(t, "preview", "--refresh", "--expect-no-changes")
	assert.NotContains(t, s.must(t, "preview", "--expect-no-changes"), "Spot capacity is missing")
}

// leftOfStandby are the names of what lets tasks stand in.
func leftOfStandby(t *testing.T, s *sandbox) []string {
	t.Helper()
	rules := aws[[]string](t, s, "events", "list-rules", "--query", "Rules[].Name")
	return append(rules, aws[[]string](t, s, "stepfunctions", "list-state-machines", "--query", "stateMachines[].name")...)
}

func fallbackOffAndOn(t *testing.T, s *sandbox) {
	changed := []string{"compute-standby", "scaling-standby", "scaling-standby", "scaling-standby", "scaling-standby-grant", "scaling-standby-role",
		"scaling-standby-start-grant", "scaling-standby-start-role"}
	for _, one := range []struct{ value, operation string }{{"false", "delete "}, {"true", "create "}} {
		s.must(t, "config", "set", "spotFallback", one.value)
		want := []string{"update monitoring-no-running-tasks", "update monitoring-dashboard"}
		for _, name := range changed {
			want = append(want, one.operation+name)
		}
		assert.ElementsMatch(t, want, s.operations(t))
		s.must(t, "up")
		nothingToDo(t, s)
		_, standby := services(t, s)
		assert.Equal(t, one.value == "true", standby != nil)
		assert.Equal(t, one.value == "true", len(leftOfStandby(t, s)) > 0)
	}
	noDrift(t, s)
}

func offSpot(t *testing.T, s *sandbox) {
	s.must(t, "config", "rm", "useSpot")
	operations := s.operations(t)
	assert.Contains(t, operations, "update compute-service")
	assert.Contains(t, operations, "delete compute-standby")
	s.must(t, "up")
	service, standby := services(t, s)
	assert.Nil(t, standby)
	assert.Equal(t, "FARGATE", service.CapacityProviderStrategy[0].CapacityProvider)
	assert.Empty(t, leftOfStandby(t, s))
	nothingToDo(t, s)
	enough(t, s, deployrole.Deploy, "states:CreateStateMachine", "events:PutRule", "events:DeleteRule", "ecs:DeleteService")
}
