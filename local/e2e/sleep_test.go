package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
)

// TestTheAppSleepsAndWakes has the state machine that the program makes put the app to sleep and wake it, in the place of
// the schedules. Each step builds on the one before.
func TestTheAppSleepsAndWakes(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"a schedule comes with the first image", scheduled},
		{"asleep there is nothing to do, and the schedule cannot change", fallsAsleep},
		{"it wakes as it went to sleep, and the schedule goes in place", wakes},
	})
}

// outside is what a schedule changes outside of Pulumi's state: tasks, the database, whether the alarm may speak, whether
// autoscaling is suspended.
func outside(t *testing.T, s *sandbox) []any {
	t.Helper()
	all := []any{wantedTasks(t, s)}
	for _, query := range [][]string{
		{"rds", "describe-db-instances", "--query", "DBInstances[].DBInstanceStatus"},
		{"cloudwatch", "describe-alarms", "--alarm-names", "threa-no-running-tasks", "--query", "MetricAlarms[].ActionsEnabled"},
		{"application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
			"--query", "ScalableTargets[].SuspendedState.DynamicScalingOutSuspended"},
	} {
		list := aws[[]any](t, s, query...)
		require.LessOrEqual(t, len(list), 1)
		all = append(all, list...)
	}
	return all
}

func request(action string) any { return map[string]any{"action": action} }

func scheduled(t *testing.T, s *sandbox) {
	provideVariables(t, s)
	configure(t, s, "imageTag", "v1", "minCount", "1", "maxCount", "3", "enableRedis", "false", "scheduleTimeZone", "Europe/Berlin",
		"sleepSchedule", "cron(0 20 ? * MON-FRI *)", "wakeSchedule", "cron(0 8 ? * MON-FRI *)", "sleepDatabase", "true")
	s.must(t, "up")
	nothingToDo(t, s)
	noDrift(t, s)
}

func fallsAsleep(t *testing.T, s *sandbox) {
	walkThrough(t, s, "threa-sleep", request("sleep"))
	assert.Equal(t, []any{0, "stopped", false, true}, outside(t, s))
	nothingToDo(t, s)
	nothingToMend(t, s)
	assert.Contains(t, s.must(t, "up", "--refresh", "--expect-no-changes"), "the app is asleep")
	nothingToDo(t, s)

	for key, values := range map[string][2]string{"sleepDatabase": {"true", "false"}, "maxCount": {"3", "4"}} {
		configure(t, s, key, values[1])
		assert.Contains(t, s.fails(t, "preview"), "while the app is asleep (schedule for 1 to 3 tasks and database)")
		configure(t, s, key, values[0])
	}
}

func wakes(t *testing.T, s *sandbox) {
	walkThrough(t, s, "threa-sleep", request("wake"))
	assert.Equal(t, []any{1, "available", true, false}, outside(t, s))
	nothingToMend(t, s)
	configure(t, s, "maxCount", "4", "alarmEmail", "ops@example.com")
	s.must(t, "up")
	assert.Equal(t, []any{1, "available", true, false}, outside(t, s), "what was refreshed at night is forgotten")
	nothingToDo(t, s)
	noDrift(t, s)

	s.must(t, "config", "rm", "sleepDatabase")
	s.must(t, "config", "rm", "sleepSchedule")
	s.must(t, "config", "rm", "wakeSchedule")
	s.must(t, "up")
	nothingToDo(t, s)
	enough(t, s, deployrole.Deploy, "states:CreateStateMachine", "scheduler:CreateSchedule", "scheduler:DeleteSchedule",
		"application-autoscaling:RegisterScalableTarget")
}
