package agent

import (
	"errors"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
)

const second = time.Second

func TestRun_Conditions(t *testing.T) {
	for condition, test := range map[types.ContainerCondition]struct {
		first script
		want  []string
	}{
		types.ContainerConditionStart: {first: script{prepares: 2 * second, ends: 5 * second}, want: []string{
			"0s PENDING", "2s first RUNNING", "2s app RUNNING", "2s RUNNING", "7s first STOPPED 0",
		}},
		types.ContainerConditionComplete: {first: script{ends: 5 * second, code: 3}, want: []string{
			"0s PENDING", "0s first RUNNING", "5s first STOPPED 3", "5s app RUNNING", "5s RUNNING",
		}},
		types.ContainerConditionSuccess: {first: script{ends: 5 * second}, want: []string{
			"0s PENDING", "0s first RUNNING", "5s first STOPPED 0", "5s app RUNNING", "5s RUNNING",
		}},
		types.ContainerConditionHealthy: {first: script{health: []answer{{code: 1}, {code: 0}}}, want: []string{
			"0s PENDING", "0s first RUNNING", "10s first is checked", "20s first is checked", "20s first RUNNING HEALTHY",
			"20s app RUNNING", "20s RUNNING",
		}},
	} {
		t.Run(string(condition), func(t *testing.T) {
			first := side("first")
			if test.first.health != nil {
				checked(10, 0, 0, 0)(&first)
			}
			lines, result := play(t, 25*second, map[string]script{"first": test.first}, app(after("first", condition)), first)
			assert.Equal(t, Result{Reason: "the task was told to stop"}, result)
			assertLines(t, append(test.want, "25s STOPPING"), lines[:len(test.want)+1])
		})
	}
}

func TestRun_WaitsForAllDependencies(t *testing.T) {
	lines, _ := play(t, 9*second, map[string]script{"short": {ends: second},
		"long": {ends: 4 * second, prepares: 2 * second}},
		app(after("short", types.ContainerConditionSuccess),
			after("long", types.ContainerConditionSuccess)), side("short"), side("long"))
	assertLines(t, []string{
		"0s PENDING", "0s short RUNNING", "1s short STOPPED 0", "2s long RUNNING", "6s long STOPPED 0",
		"6s app RUNNING", "6s RUNNING", "9s STOPPING", "9s app STOPPING", "9s app gets SIGTERM", "9s app STOPPED 0",
		"9s STOPPED",
	}, lines)
}

func TestRun_ImpossibleDependencies(t *testing.T) {
	check := checked(10, 0, 2, 0)
	limit := func(c *types.ContainerDefinition) { c.StartTimeout = aws.Int32(15) }
	for name, test := range map[string]struct {
		wait   types.ContainerCondition
		first  script
		change change
		at     string
		reason string
	}{
		"success, but another exit code": {types.ContainerConditionSuccess, script{ends: 5 * second, code: 3}, nil, "5s",
			"it waits until first has ended with exit code 0 (SUCCESS), but first ended with exit code 3"},
		"started, but it cannot": {types.ContainerConditionStart, script{cannot: errors.New("no such program")}, nil, "0s",
			"it waits until first has started (START), but first never started: no such program"},
		"ended, but it never started": {types.ContainerConditionComplete, script{cannot: errors.New("no such program")}, nil,
			"0s",
			"it waits until first has ended (COMPLETE), but first never started: no such program"},
		"healthy, but unhealthy": {types.ContainerConditionHealthy, script{health: []answer{{code: 1}}}, check, "20s",
			"it waits until first is healthy (HEALTHY), but first is unhealthy: its health check failed 2 times in a row: " +
				"exit code 1: the server says: no"},
		"healthy, but ended": {types.ContainerConditionHealthy, script{ends: 7 * second, health: []answer{{code: 1}}}, check,
			"7s",
			"it waits until first is healthy (HEALTHY), but first ended with exit code 0"},
		"ended, but not in time": {types.ContainerConditionComplete, script{prepares: 4 * second}, limit, "19s",
			"it waits until first has ended (COMPLETE), but that did not happen within first's startTimeout of 15 seconds"},
		"succeeded, but not in time": {types.ContainerConditionSuccess, script{ends: 16 * second}, limit, "15s",
			"it waits until first has ended with exit code 0 (SUCCESS), but that did not happen within first's startTimeout " +
				"of 15 seconds"},
		"healthy, but not in time": {types.ContainerConditionHealthy, script{health: []answer{{code: 1}}},
			func(c *types.ContainerDefinition) { checked(10, 0, 0, 0)(c); limit(c) }, "15s",
			"it waits until first is healthy (HEALTHY), but that did not happen within first's startTimeout of 15 seconds"},
	} {
		t.Run(name, func(t *testing.T) {
			first := side("first")
			if test.change != nil {
				test.change(&first)
			}
			lines, result := play(t, 0, map[string]script{"first": test.first}, app(after("first", test.wait)), first)
			assert.Equal(t, Result{Failed: true, Reason: "app cannot start: " + test.reason}, result)
			assert.NotContains(t, lines, test.at+" app RUNNING")
			assert.Contains(t, lines, test.at+" STOPPING")
			assert.Contains(t, lines, test.at+" app STOPPED", "without an exit code, as it never ran")
		})
	}
}

func TestRun_StartTimeoutNeedsDependents(t *testing.T) {
	lines, result := play(t, 40*second, map[string]script{"first": {}},
		app(after("first", types.ContainerConditionStart)), side("first",
			func(c *types.ContainerDefinition) { c.StartTimeout = aws.Int32(10) }))
	assert.False(t, result.Failed)
	assert.Contains(t, lines, "40s STOPPING")
}

func TestRun_EssentialContainerEnds(t *testing.T) {
	for name, test := range map[string]struct {
		script script
		check  bool
		want   Result
	}{
		"that fails": {script{ends: 5 * second, code: 1}, false,
			Result{true, "app (essential) ended with exit code 1"}},
		"that has done": {script{ends: 5 * second}, false, Result{false, "app (essential) ended with exit code 0"}},
		"that was healthy": {script{ends: 15 * second, health: []answer{{}}}, true,
			Result{false, "app (essential) ended with exit code 0"}},
		"that never was": {script{ends: 5 * second, health: []answer{{}}}, true,
			Result{true, "app (essential) ended with exit code 0 before its health check ever passed"}},
		"that cannot start": {script{cannot: errors.New("no such program")}, false,
			Result{true, "app (essential) could not start: no such program"}},
		"that a signal ends": {script{ends: 5 * second, code: 139}, false,
			Result{true, "app (essential) ended with exit code 139"}},
	} {
		t.Run(name, func(t *testing.T) {
			c := app()
			if test.check {
				c = app(checked(10, 0, 0, 0))
			}
			lines, result := play(t, 0, map[string]script{"app": test.script, "other": {drains: 3 * second}}, c, side("other"))
			assert.Equal(t, test.want, result)
			assert.Equal(t, "STOPPED", lines[len(lines)-1][len(lines[len(lines)-1])-7:], "the task is the last to stop: %q",
				lines)
		})
	}
}

func TestRun_EssentialContainerStopsOthers(t *testing.T) {
	lines, result := play(t, 0, map[string]script{"app": {ends: 5 * second, code: 1, prepares: second},
		"other": {drains: 3 * second}}, app(), side("other"))
	assert.True(t, result.Failed)
	assertLines(t, []string{
		"0s PENDING", "0s other RUNNING", "1s app RUNNING", "1s RUNNING",
		"6s app STOPPED 1", "6s STOPPING", "6s other STOPPING", "6s other gets SIGTERM", "9s other STOPPED 0", "9s STOPPED",
	}, lines)
}

func TestRun_NonEssentialContainerEnds(t *testing.T) {
	for name, other := range map[string]script{
		"that fails":        {ends: 5 * second, code: 1},
		"that cannot start": {cannot: errors.New("no such program")},
		"that is unhealthy": {health: []answer{{code: 1}}},
	} {
		t.Run(name, func(t *testing.T) {
			second := side("other")
			if other.health != nil {
				second = side("other", checked(5, 0, 1, 0))
			}
			lines, result := play(t, time.Hour, map[string]script{"other": other}, app(), second)
			assert.False(t, result.Failed)
			assert.Contains(t, lines, "1h0m0s STOPPING")
		})
	}
}
