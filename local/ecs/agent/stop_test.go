package agent

import (
	"cmp"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
)

func TestStop_ReverseOrder(t *testing.T) {
	lines, result := play(t, 10*second,
		map[string]script{"base": {drains: second}, "middle": {drains: 2 * second, prepares: second},
			"app": {drains: 3 * second, prepares: second}, "apart": {drains: 9 * second, prepares: 5 * second}},
		side("base"), side("middle", after("base", types.ContainerConditionStart)), app(after("middle",
			types.ContainerConditionStart)), side("apart"))
	assert.False(t, result.Failed)
	assertLines(t, []string{
		"10s STOPPING",
		"10s app STOPPING", "10s app gets SIGTERM", "10s apart STOPPING", "10s apart gets SIGTERM",
		"13s app STOPPED 0", "13s middle STOPPING", "13s middle gets SIGTERM",
		"15s middle STOPPED 0", "15s base STOPPING", "15s base gets SIGTERM",
		"16s base STOPPED 0", "19s apart STOPPED 0", "19s STOPPED",
	}, lines[len(lines)-14:])
}

func TestStop_KillsAfterStopTimeout(t *testing.T) {
	for name, test := range map[string]struct {
		timeout int32
		script  script
		killed  string // when; "" never
	}{
		"the default, deaf":       {0, script{deaf: true}, "40s"},
		"the default, in time":    {0, script{drains: 29 * second}, ""},
		"the default, too late":   {0, script{drains: 31 * second}, "40s"},
		"a minute, in time":       {60, script{drains: 59 * second}, ""},
		"a minute, too late":      {60, script{drains: 61 * second}, "1m10s"},
		"Fargate's limit, deaf":   {120, script{deaf: true}, "2m10s"},
		"ended before any signal": {0, script{ends: 9 * second}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			lines, result := play(t, 10*second, map[string]script{"app": test.script},
				app(func(c *types.ContainerDefinition) { c.StopTimeout = &test.timeout }))
			if test.killed == "" {
				assert.False(t, result.Failed)
				assert.NotContains(t, strings.Join(lines, "\n"), "SIGKILL")
				return
			}
			assertLines(t, []string{test.killed + " app gets SIGKILL", test.killed + " app STOPPED 137", test.killed +
				" STOPPED"}, lines[len(lines)-3:])
			within := time.Duration(cmp.Or(test.timeout, 30)) * second
			assert.Equal(t, Result{true, "app did not end within " + within.String() +
				" after SIGTERM (its stopTimeout) and was killed"}, result)
		})
	}
}

func TestStop_ExitCodes(t *testing.T) {
	for name, test := range map[string]struct {
		code int
		want Result
	}{
		"it has drained":           {0, Result{Reason: "the task was told to stop"}},
		"it left it to the signal": {143, Result{Reason: "the task was told to stop"}},
		"it failed to drain":       {1, Result{true, "app (essential) ended with exit code 1 when it was told to stop"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, result := play(t, 10*second, map[string]script{"app": {code: test.code}}, app())
			assert.Equal(t, test.want, result)
		})
	}
}

func TestStop_KilledSideContainerFails(t *testing.T) {
	_, result := play(t, 10*second, map[string]script{"other": {deaf: true}}, app(), side("other"))
	assert.Equal(t, Result{true, "other did not end within 30s after SIGTERM (its stopTimeout) and was killed"}, result)
}

func TestStop_KeepsFirstFailure(t *testing.T) {
	_, result := play(t, 0, map[string]script{"app": {ends: second, code: 7}, "other": {deaf: true}}, app(),
		named("other"))
	assert.Equal(t, Result{true, "app (essential) ended with exit code 7"}, result)
}

func TestStop_PendingContainersNeverStart(t *testing.T) {
	lines, result := play(t, 10*second, map[string]script{"first": {drains: 5 * second}, "slow": {prepares: time.Hour}},
		app(after("first", types.ContainerConditionSuccess)), side("first"), side("slow"))
	assert.False(t, result.Failed)
	assertLines(t, []string{
		"0s PENDING", "0s first RUNNING", "10s STOPPING",
		"10s app STOPPED", "10s first STOPPING", "10s first gets SIGTERM", "10s slow STOPPED", "15s first STOPPED 0",
		"15s STOPPED",
	}, lines)
}
