package e2e

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/local/shim"
)

// TestSchedule_SleepsAndWakes makes the calls that AWS makes at the times of the schedule. Each step depends on the one
// before.
func TestSchedule_SleepsAndWakes(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	runSteps(t, s, []step[*sandbox]{
		{"a schedule is created with the first image", createSchedule},
		{"while the app is asleep, the schedule cannot change", sleep},
		{"after waking, the schedule can be removed", wake},
	})
}

// scheduledState returns what a schedule changes in AWS: the desired count, the database's status, whether the alarm is
// active, and the minimum of tasks.
func scheduledState(t *testing.T, s *sandbox) []any {
	t.Helper()
	state := []any{describeService(t, s).DesiredCount}
	for _, query := range [][]string{
		{"rds", "describe-db-instances", "--query", "DBInstances[].DBInstanceStatus"},
		{"cloudwatch", "describe-alarms", "--alarm-names", "threa-no-running-tasks", "--query",
			"MetricAlarms[].ActionsEnabled"},
		{"application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
			"--query", "ScalableTargets[].MinCapacity"},
	} {
		list := aws[[]any](t, s, query...)
		require.LessOrEqual(t, len(list), 1)
		state = append(state, list...)
	}
	return state
}

// runScheduledAction changes the scalable target as Application Auto Scaling does at the time of a scheduled action.
func runScheduledAction(t *testing.T, s *sandbox, name string) {
	t.Helper()
	actions := aws[[]struct {
		Schedule, Timezone, ResourceId string
		ScalableTargetAction           struct{ MinCapacity, MaxCapacity int }
	}](t, s, "application-autoscaling", "describe-scheduled-actions", "--service-namespace", "ecs",
		"--scheduled-action-names", name, "--query", "ScheduledActions")
	require.Len(t, actions, 1)
	assert.Equal(t, "Europe/Berlin", actions[0].Timezone)
	bounds := actions[0].ScalableTargetAction
	s.shell(t, `exec aws "$@"`, "application-autoscaling", "register-scalable-target", "--service-namespace", "ecs",
		"--scalable-dimension", "ecs:service:DesiredCount", "--resource-id", actions[0].ResourceId,
		"--min-capacity", strconv.Itoa(bounds.MinCapacity), "--max-capacity", strconv.Itoa(bounds.MaxCapacity))
}

// schedulerCommands has the AWS command for each target of a schedule.
var schedulerCommands = map[string][]string{
	"rds:stopDBInstance":             {"rds", "stop-db-instance"},
	"rds:startDBInstance":            {"rds", "start-db-instance"},
	"cloudwatch:disableAlarmActions": {"cloudwatch", "disable-alarm-actions"},
	"cloudwatch:enableAlarmActions":  {"cloudwatch", "enable-alarm-actions"},
	"cloudwatch:setAlarmState":       {"cloudwatch", "set-alarm-state"},
}

// runSchedules makes the calls that EventBridge Scheduler makes at the time of schedules.
func runSchedules(t *testing.T, s *sandbox, names ...string) {
	t.Helper()
	for _, name := range names {
		target := aws[struct{ Arn, Input string }](t, s, "scheduler", "get-schedule", "--group-name", "threa", "--name", name,
			"--query", "Target")
		command := schedulerCommands[strings.TrimPrefix(target.Arn, "arn:aws:scheduler:::aws-sdk:")]
		require.NotEmpty(t, command, target.Arn)
		// EventBridge Scheduler uses the SDK for Java, which spells it differently.
		input := strings.ReplaceAll(target.Input, "DbInstance", "DBInstance")
		s.shell(t, `exec aws "$@"`, append(slices.Clone(command), "--cli-input-json", input)...)
	}
}

func createSchedule(t *testing.T, s *sandbox) {
	s.setAppVariables(t)
	s.set(t, "imageTag", shim.LocalImage, "minCount", "1", "maxCount", "3", "enableRedis", "false", "scheduleTimeZone",
		"Europe/Berlin",
		"sleepAt", "20:00", "wakeAt", "08:00", "awakeDays", "MON-FRI", "sleepDatabase", "true")
	s.must(t, "up")
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func sleep(t *testing.T, s *sandbox) {
	runSchedules(t, s, "threa-mute")
	runScheduledAction(t, s, "threa-sleep")
	runSchedules(t, s, "threa-stop-database")
	assert.Equal(t, []any{0, "stopped", false, 0.0}, scheduledState(t, s))
	expectNoChanges(t, s)
	expectNoChangesAfterRefresh(t, s)
	assert.Contains(t, s.must(t, "up", "--refresh", "--expect-no-changes"), "the app is asleep")
	expectNoChanges(t, s)
	s.push(t, "v2")
	s.set(t, "imageTag", "v2")
	s.must(t, "up")
	assert.Equal(t, []any{0, "stopped", false, 0.0}, scheduledState(t, s), "a deployment does not wake the app")
	expectNoChanges(t, s)

	for key, values := range map[string][2]string{"sleepDatabase": {"true", "false"}, "maxCount": {"3", "4"}} {
		s.set(t, key, values[1])
		assert.Contains(t, s.fails(t, "preview"), "while the app is asleep (scheduled actions for 1 to 3 tasks and database)")
		s.set(t, key, values[0])
	}
}

func wake(t *testing.T, s *sandbox) {
	runSchedules(t, s, "threa-start-database")
	runScheduledAction(t, s, "threa-wake")
	runSchedules(t, s, "threa-unmute", "threa-reset")
	assert.Equal(t, []any{1, "available", true, 1.0}, scheduledState(t, s))
	expectNoChangesAfterRefresh(t, s)
	s.set(t, "maxCount", "4", "alarmEmail", "ops@example.com")
	s.must(t, "up")
	assert.Equal(t, []any{1, "available", true, 1.0}, scheduledState(t, s), "a deployment keeps the app awake")
	expectNoChanges(t, s)
	expectNoDrift(t, s)

	s.unset(t, "sleepDatabase", "sleepAt", "wakeAt")
	s.must(t, "up")
	expectNoChanges(t, s)
	checkRole(t, s, deployrole.Deploy, "scheduler:CreateScheduleGroup", "scheduler:CreateSchedule",
		"scheduler:DeleteSchedule",
		"application-autoscaling:PutScheduledAction", "application-autoscaling:RegisterScalableTarget")
}
