package scaling

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/mocks"
)

func TestSchedule_StopsAndStartsTasks(t *testing.T) {
	for _, autoscaled := range []bool{true, false} {
		stack := mustBuild(t, arguments(func(args *Args) {
			withSchedule(args)
			if autoscaled {
				withAutoscaling(args)
			}
		}))
		for name, want := range map[string][]string{
			"sleep": {"threa-sleep", "cron(0 20 ? * MON,TUE *)", "0", "0"},
			"wake":  {"threa-wake", "cron(0 7 ? * MON,TUE *)", "2", "6"},
		} {
			action := stack.Named(t, scheduledToken, "scaling-"+name)
			assert.Equal(t, want, []string{
				action.Text("name"), action.Text("schedule"),
				action.Text("scalableTargetAction.minCapacity"), action.Text("scalableTargetAction.maxCapacity"),
			})
			assert.Equal(t, "Europe/Berlin ecs service/threa/threa ecs:service:DesiredCount", action.Text("timezone")+" "+
				action.Text("serviceNamespace")+" "+action.Text("resourceId")+" "+action.Text("scalableDimension"))
		}
	}
}

// calls returns time, action and input of each schedule, by name.
func calls(t *testing.T, stack *mocks.Recording) map[string][]string {
	t.Helper()
	list := map[string][]string{}
	for _, schedule := range stack.OfType(scheduleToken) {
		for property, want := range map[string]string{
			"groupName": "threa", "scheduleExpressionTimezone": "Europe/Berlin", "flexibleTimeWindow.mode": "OFF",
			"target.retryPolicy.maximumEventAgeInSeconds": "1800",
		} {
			assert.Equal(t, want, schedule.Text(property), property)
		}
		list[schedule.Text("name")] = []string{
			schedule.Text("scheduleExpression"), schedule.Text("target.arn"), schedule.Text("target.input"),
			schedule.Text("target.roleArn"),
		}
	}
	return list
}

func TestSchedule_MutesAlarmAndStopsDatabase(t *testing.T) {
	const sdk, alarmRole, databaseRole = "arn:aws:scheduler:::aws-sdk:",
		"arn:aws:iam::123456789012:role/threa-alarm-schedule", "arn:aws:iam::123456789012:role/threa-database-schedule"
	const alarm, database = `{"AlarmNames":["threa-no-running-tasks"]}`, `{"DbInstanceIdentifier":"threa"}`
	want := map[string][]string{
		"threa-mute":   {"cron(0 20 ? * MON,TUE *)", sdk + "cloudwatch:disableAlarmActions", alarm, alarmRole},
		"threa-unmute": {"cron(20 7 ? * MON,TUE *)", sdk + "cloudwatch:enableAlarmActions", alarm, alarmRole},
		"threa-reset": {
			"cron(21 7 ? * MON,TUE *)", sdk + "cloudwatch:setAlarmState",
			`{"AlarmName":"threa-no-running-tasks","StateReason":"The app must be awake now","StateValue":"OK"}`, alarmRole,
		},
		"threa-stop-database":  {"cron(10 20 ? * MON,TUE *)", sdk + "rds:stopDBInstance", database, databaseRole},
		"threa-start-database": {"cron(45 6 ? * MON,TUE *)", sdk + "rds:startDBInstance", database, databaseRole},
	}
	stack := mustBuild(t, arguments(withSchedule))
	assert.Equal(t, want, calls(t, stack))
	const group = "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/threa"
	checkRole(t, stack, "scaling-alarm-schedule", "scheduler.amazonaws.com", group,
		grants("arn:aws:cloudwatch:eu-central-1:123456789012:alarm:threa-no-running-tasks",
			"cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions", "cloudwatch:SetAlarmState")...)
	checkRole(t, stack, "scaling-database-schedule", "scheduler.amazonaws.com", group,
		grants("arn:aws:rds:eu-central-1:123456789012:db:threa", "rds:StartDBInstance", "rds:StopDBInstance")...)
	for _, schedule := range stack.OfType(scheduleToken) {
		grant := map[bool]string{true: "database", false: "alarm"}[schedule.Text("target.roleArn") == databaseRole]
		assert.Contains(t, schedule.Request.GetDependencies(),
			"urn:pulumi:prod::threa::threa:scaling:Scaling$aws:iam/rolePolicy:RolePolicy::scaling-"+grant+"-schedule-grant")
	}

	delete(want, "threa-stop-database")
	delete(want, "threa-start-database")
	stack = mustBuild(t, arguments(func(args *Args) { withSchedule(args); args.Schedule.Database = "" }))
	assert.Equal(t, want, calls(t, stack), "the database does not sleep")
	assert.Len(t, stack.OfType(roleToken), 1)
}

func TestSchedule_ShiftsDaysAcrossMidnight(t *testing.T) {
	everyDay := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	working := []time.Weekday{1, 2, 3, 4, 5}
	for _, row := range []struct {
		name        string
		days        []time.Weekday
		wake, sleep int
		want        [4]string // sleep, stop database, start database, wake
	}{
		{"working days", working, 8 * 60, 20 * 60, [4]string{
			"0 20 ? * MON,TUE,WED,THU,FRI", "10 20 ? * MON,TUE,WED,THU,FRI",
			"45 7 ? * MON,TUE,WED,THU,FRI", "0 8 ? * MON,TUE,WED,THU,FRI",
		}},
		{"every day", everyDay, 5, 23*60 + 55, [4]string{"55 23 ? * *", "5 0 ? * *", "50 23 ? * *", "5 0 ? * *"}},
		{"awake across midnight", []time.Weekday{time.Saturday}, 18 * 60, 2 * 60, [4]string{
			"0 2 ? * SUN", "10 2 ? * SUN", "45 17 ? * SAT", "0 18 ? * SAT",
		}},
		{"database starts the day before", []time.Weekday{time.Sunday}, 10, 20 * 60, [4]string{
			"0 20 ? * SUN", "10 20 ? * SUN", "55 23 ? * SAT", "10 0 ? * SUN",
		}},
		{"database stops the day after", []time.Weekday{time.Saturday}, 60, 23*60 + 50, [4]string{
			"50 23 ? * SAT", "0 0 ? * SUN", "45 0 ? * SAT", "0 1 ? * SAT",
		}},
		{"awake from midnight", []time.Weekday{time.Monday}, 0, 12 * 60, [4]string{
			"0 12 ? * MON", "10 12 ? * MON", "45 23 ? * SUN", "0 0 ? * MON",
		}},
		{"awake until midnight", []time.Weekday{time.Monday}, 8 * 60, 0, [4]string{
			"0 0 ? * TUE", "10 0 ? * TUE", "45 7 ? * MON", "0 8 ? * MON",
		}},
	} {
		s := &Schedule{WakeAt: row.wake, SleepAt: row.sleep, AwakeDays: row.days}
		got := []string{s.sleep(0), s.sleep(databaseStop), s.wake(databaseStart), s.wake(0)}
		for i, want := range row.want {
			assert.Equal(t, "cron("+want+" *)", got[i], row.name)
		}
	}
}

// A stop that AWS repeats must not follow the start, nor a mute the end of the mute, however short the night or the day.
func TestSchedule_RetriesEndBeforeNextCall(t *testing.T) {
	const shortest = 60 // minutes between sleepAt and wakeAt, either way
	assert.Less(t, databaseStop+retryMinutes, shortest+databaseStart)
	assert.Less(t, alarmUnmute+1+retryMinutes, shortest)
	assert.Less(t, databaseStart+retryMinutes, shortest+databaseStop)
}
