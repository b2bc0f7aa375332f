package walk

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/states"
)

// run walks through the states from the one called A, with a service that answers.
func try(t *testing.T, aws Answers, input any, all map[string]states.State, change ...func(*states.Machine)) (*Execution, error) {
	t.Helper()
	machine := states.Machine{QueryLanguage: states.JSONata, StartAt: "A", States: all}
	for _, one := range change {
		one(&machine)
	}
	w := &Walker{Evaluator: NewEvaluator(t), AWS: aws, Start: time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)}
	return w.Run(t.Context(), machine, input)
}

type object = map[string]any

func TestAMachineAsksCalculatesAndChooses(t *testing.T) {
	done, err := try(t, func(service, action string, arguments object) (any, error) {
		assert.Equal(t, "ecs describeServices", service+" "+action)
		assert.Equal(t, object{"Services": []any{"threa", "fixed"}}, arguments)
		return object{"Services": []any{object{"ServiceName": "other", "RunningCount": 9}, object{"ServiceName": "threa", "RunningCount": 2}}}, nil
	}, object{"name": "threa"}, map[string]states.State{
		"A": {
			Type: states.Task, Resource: states.SDK("ecs", "describeServices"), Next: "B",
			Arguments: object{"Services": []any{states.Expression("$states.input.name"), "fixed"}},
			Assign:    object{"service": states.Expression("$states.result.Services[ServiceName = $states.input.name]")},
		},
		"B": {Type: states.Choice, Default: "Few", Choices: []states.Rule{{
			Condition: states.Expression("$service.RunningCount > 1"), Next: "Many", Assign: object{"doubled": states.Expression("$service.RunningCount * 2")},
		}}},
		"Few":  {Type: states.Succeed},
		"Many": {Type: states.Succeed, Output: object{"twice": states.Expression("$doubled"), "at": states.Expression("$now()")}},
	})
	require.NoError(t, err)
	assert.Equal(t, []string{"A", "B", "Many"}, done.Passed)
	assert.Equal(t, object{"twice": 4.0, "at": "2026-03-01T12:00:00.000Z"}, done.Output)
}

func TestWaitsMoveOnlyTheMachinesClock(t *testing.T) {
	asked := 0
	done, err := try(t, func(string, string, object) (any, error) { asked++; return object{"Ready": asked == 100}, nil }, nil, map[string]states.State{
		"A":    {Type: states.Task, Resource: states.SDK("rds", "describeDBInstances"), Next: "B"},
		"B":    {Type: states.Choice, Choices: []states.Rule{{Condition: states.Expression("$states.input.Ready"), Next: "Done"}}, Default: "C"},
		"C":    {Type: states.Wait, Seconds: states.Expression("30 * 2"), Next: "A"},
		"Done": {Type: states.Succeed, Output: states.Expression("$states.context.State.EnteredTime")},
	})
	require.NoError(t, err)
	assert.Equal(t, 99*time.Minute, done.Elapsed)
	assert.Equal(t, "2026-03-01T13:39:00Z", done.Output)
}

func TestAMachineThatTakesTooLongIsEnded(t *testing.T) {
	round := map[string]states.State{"A": {Type: states.Wait, Seconds: 60, Next: "B"}, "B": {Type: states.Pass, Next: "A"}}
	_, err := try(t, nil, nil, round, func(m *states.Machine) { m.TimeoutSeconds = 600 })
	var failure *Failure
	require.ErrorAs(t, err, &failure)
	assert.Equal(t, states.TimedOut, failure.Name)
	_, err = try(t, nil, nil, round)
	require.ErrorContains(t, err, "does not end")
}

func TestACallThatFailsIsRepeatedThenCaught(t *testing.T) {
	busy := &Failure{Name: "Rds.InvalidDbInstanceStateException", Cause: "it is starting"}
	done, err := try(t, func(string, string, object) (any, error) { return nil, busy }, nil, map[string]states.State{
		"A": {
			Type: states.Task, Resource: states.SDK("rds", "stopDBInstance"), End: true,
			Retry: []states.Retrier{{ErrorEquals: []string{busy.Name}, IntervalSeconds: 10, MaxAttempts: 3, BackoffRate: 2, MaxDelaySeconds: 15}},
			Catch: []states.Catcher{{ErrorEquals: []string{states.AnyError}, Next: "Done", Output: states.Expression("$states.errorOutput.Error")}},
		},
		"Done": {Type: states.Succeed},
	})
	require.NoError(t, err)
	assert.Len(t, done.Calls, 4)
	assert.Equal(t, 40*time.Second, done.Elapsed, "10, 15 and 15 seconds")
	assert.Equal(t, busy.Name, done.Output)
}

func TestWhatNobodyCatchesFailsTheExecution(t *testing.T) {
	for _, one := range []struct {
		name  string
		state states.State
		want  string
	}{
		{"a call", states.State{Type: states.Task, Resource: states.SDK("ecs", "updateService"), End: true}, "Ecs.ServiceNotFoundException"},
		{"a failure", states.State{Type: states.Fail, Error: "Missing", Cause: states.Expression("'no ' & $states.input")}, "Missing"},
		{"an expression without a value", states.State{Type: states.Pass, Output: states.Expression("$states.input.x"), End: true}, "States.QueryEvaluationError"},
		{"half an expression", states.State{Type: states.Pass, Output: "{% 1", End: true}, "States.QueryEvaluationError"},
		{"a function that Step Functions does not have", states.State{Type: states.Pass, Output: states.Expression("$eval('1')"), End: true}, "States.QueryEvaluationError"},
		{"a choice without a way", states.State{Type: states.Choice, Choices: []states.Rule{{Condition: states.Expression("false"), Next: "A"}}}, "States.NoChoiceMatched"},
		{"a condition that is none", states.State{Type: states.Choice, Choices: []states.Rule{{Condition: states.Expression("1"), Next: "A"}}}, "States.QueryEvaluationError"},
	} {
		_, err := try(t, func(string, string, object) (any, error) {
			return nil, &Failure{Name: "Ecs.ServiceNotFoundException"}
		}, "service", map[string]states.State{"A": one.state})
		var failure *Failure
		require.ErrorAs(t, err, &failure, one.name)
		assert.Equal(t, one.want, failure.Name, one.name)
	}
}

func TestTheCommandLineIsAskedInItsOwnWordsAndAnswersInThoseOfStepFunctions(t *testing.T) {
	for _, one := range []struct {
		service, action string
		arguments       object
		asked           []string
		printed         string
		want            any
	}{
		{
			"ecs", "updateService", object{"Service": "threa", "DesiredCount": 2.0},
			[]string{"ecs", "update-service", `{"desiredCount":2,"service":"threa"}`}, `{"service":{"runningCount":1}}`, object{"Service": object{"RunningCount": 1.0}},
		},
		{
			"rds", "describeDBInstances", object{"DbInstanceIdentifier": "threa"},
			[]string{"rds", "describe-db-instances", `{"DBInstanceIdentifier":"threa"}`}, `{"DBInstances":[{"DBInstanceStatus":"available"}]}`,
			object{"DbInstances": []any{object{"DbInstanceStatus": "available"}}},
		},
		{
			"cloudwatch", "disableAlarmActions", object{"AlarmNames": []any{"a"}},
			[]string{"cloudwatch", "disable-alarm-actions", `{"AlarmNames":["a"]}`}, "", object{},
		},
	} {
		answer, err := CommandLine(func(arguments ...string) (string, error) {
			assert.Equal(t, one.asked, []string{arguments[0], arguments[1], arguments[len(arguments)-1]})
			return one.printed, nil
		}).Call(t.Context(), one.service, one.action, one.arguments)
		require.NoError(t, err)
		assert.Equal(t, one.want, answer)
	}
}

func TestWhatTheCommandLineRefusesHasTheNameThatMachinesCatch(t *testing.T) {
	for printed, want := range map[string]string{
		"An error occurred (ClusterNotFoundException) when calling the DescribeServices operation: no": "Ecs.ClusterNotFoundException",
		"An error occurred (InvalidDBInstanceState) when calling the StopDBInstance operation: no":     "Rds.InvalidDbInstanceStateException",
	} {
		service := map[bool]string{true: "ecs", false: "rds"}[want[:3] == "Ecs"]
		_, err := CommandLine(func(...string) (string, error) { return "", errors.New(printed) }).Call(t.Context(), service, "x", object{})
		var failure *Failure
		require.ErrorAs(t, err, &failure)
		assert.Equal(t, want, failure.Name)
	}
	_, err := CommandLine(nil).Call(t.Context(), "ecs", "updateService", object{"desiredCount": 1})
	require.ErrorContains(t, err, "must begin with a capital letter")
	_, err = CommandLine(nil).Call(t.Context(), "s3", "listBuckets", nil)
	require.ErrorContains(t, err, "the names of s3 are not known here")
}
