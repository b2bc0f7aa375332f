package scaling

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// Minutes between the schedule's times and the calls that belong to them.
const (
	databaseStop  = 10  // after sleepAt: the tasks have stopped
	databaseStart = -15 // before wakeAt: the database starts before the tasks
	alarmUnmute   = 20  // after wakeAt: tasks have sent the samples that the alarm counts
)

// EventBridge Scheduler repeats a failed call for half an hour, so that a late stop never follows the next start.
const (
	retryMinutes  = 30
	retryAttempts = 185 // the limit of AWS
)

// createSchedule stops and starts the tasks with scheduled actions of Application Auto Scaling, which need no role.
// EventBridge Scheduler makes the other calls.
func (b *builder) createSchedule() error {
	if b.Schedule == nil {
		return nil
	}
	if err := b.createScheduledActions(); err != nil {
		return err
	}
	group, err := scheduler.NewScheduleGroup(b.ctx, b.name+"-schedules", &scheduler.ScheduleGroupArgs{
		Name: pulumi.String(b.Names.Name), Tags: b.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create schedule group: %w", err)
	}
	if err := b.createSchedules(group, b.alarmCaller()); err != nil || !b.Schedule.Database {
		return err
	}
	return b.createSchedules(group, b.databaseCaller())
}

// createScheduledActions changes the bounds of the scalable target: with bounds of 0, AWS stops all tasks and no policy
// starts any. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
func (b *builder) createScheduledActions() error {
	for _, action := range []struct {
		name, cron string
		min, max   int
	}{
		{"sleep", b.Schedule.sleep(0), 0, 0},
		{"wake", b.Schedule.wake(0), b.Min, b.Max},
	} {
		_, err := appautoscaling.NewScheduledAction(b.ctx, b.name+"-"+action.name, &appautoscaling.ScheduledActionArgs{
			Name:              pulumi.String(b.Names.Prefixed(action.name)),
			ServiceNamespace:  b.target.ServiceNamespace,
			ScalableDimension: b.target.ScalableDimension,
			ResourceId:        b.target.ResourceId,
			Schedule:          pulumi.String(action.cron),
			Timezone:          pulumi.String(b.Schedule.TimeZone),
			ScalableTargetAction: &appautoscaling.ScheduledActionScalableTargetActionArgs{
				MinCapacity: pulumi.Int(action.min), MaxCapacity: pulumi.Int(action.max),
			},
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create scheduled action %s: %w", action.name, err)
		}
	}
	return nil
}

// caller is a role and the calls that EventBridge Scheduler makes with it.
type caller struct {
	suffix, description string // of the role
	grant               iampolicy.Statement
	calls               []call
}

// call is an AWS API call, such as rds:stopDBInstance, at certain times.
type call struct {
	name, cron, action string
	input              map[string]any
}

func (b *builder) alarmCaller() caller {
	s, name := b.Schedule, b.Names.NoTasksAlarm()
	alarm := map[string]any{"AlarmNames": []string{name}}
	return caller{
		"alarm-schedule", "Mutes an alarm while " + b.Names.Name + " is asleep",
		iampolicy.Allow([]string{b.Names.ARN("cloudwatch", "alarm:"+name)},
			"cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions", "cloudwatch:SetAlarmState"),
		[]call{
			{"mute", s.sleep(0), "cloudwatch:disableAlarmActions", alarm},
			{"unmute", s.wake(alarmUnmute), "cloudwatch:enableAlarmActions", alarm},
			// An alarm notifies when its state changes. If the app has not woken, the alarm is still in the state of
			// the night: after the reset it fires within a minute.
			{"reset", s.wake(alarmUnmute + 1), "cloudwatch:setAlarmState", map[string]any{
				"AlarmName": name, "StateValue": "OK", "StateReason": "The app must be awake now",
			}},
		},
	}
}

func (b *builder) databaseCaller() caller {
	s, database := b.Schedule, map[string]any{"DbInstanceIdentifier": b.Names.Name}
	return caller{
		"database-schedule", "Stops and starts the database of " + b.Names.Name,
		iampolicy.Allow([]string{b.Names.ARN("rds", "db:"+b.Names.Name)}, "rds:StartDBInstance", "rds:StopDBInstance"),
		[]call{
			{"stop-database", s.sleep(databaseStop), "rds:stopDBInstance", database},
			{"start-database", s.wake(databaseStart), "rds:startDBInstance", database},
		},
	}
}

// createSchedules creates a role and the schedules that use it. The role trusts the schedule group, not a schedule.
// Source: https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func (b *builder) createSchedules(group *scheduler.ScheduleGroup, c caller) error {
	source := b.Names.ARN("scheduler", "schedule-group/"+b.Names.Name)
	roleARN, afterPolicy, err := b.createRole(role{c.suffix, c.description,
		iampolicy.Trust("scheduler.amazonaws.com", b.Names.AccountID, source), iampolicy.New(c.grant)})
	if err != nil {
		return err
	}
	for _, call := range c.calls {
		_, err := scheduler.NewSchedule(b.ctx, b.name+"-"+call.name+"-schedule", &scheduler.ScheduleArgs{
			Name:                       pulumi.String(b.Names.Prefixed(call.name)),
			GroupName:                  group.Name,
			ScheduleExpression:         pulumi.String(call.cron),
			ScheduleExpressionTimezone: pulumi.String(b.Schedule.TimeZone),
			FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
			Target: &scheduler.ScheduleTargetArgs{
				// A universal target. Source:
				// https://docs.aws.amazon.com/scheduler/latest/UserGuide/managing-targets-universal.html
				Arn:     pulumi.String("arn:aws:scheduler:::aws-sdk:" + call.action),
				RoleArn: roleARN,
				Input:   pulumi.JSONMarshal(call.input),
				RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
					MaximumEventAgeInSeconds: pulumi.Int(retryMinutes * 60), MaximumRetryAttempts: pulumi.Int(retryAttempts),
				},
			},
		}, b.parent, afterPolicy)
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", call.name, err)
		}
	}
	return nil
}

// wake returns the cron expression of the time some minutes after WakeAt.
func (s *Schedule) wake(minutes int) string { return cron(s.AwakeDays, s.WakeAt+minutes) }

// sleep returns the cron expression of the time some minutes after SleepAt, which may be on the next day.
func (s *Schedule) sleep(minutes int) string {
	if s.SleepAt < s.WakeAt {
		minutes += 24 * 60
	}
	return cron(s.AwakeDays, s.SleepAt+minutes)
}

// cron returns the cron expression of a time in minutes after the midnight at which each of the days begins. The time
// may be on a day before or after.
func cron(days []time.Weekday, minute int) string {
	var at time.Time
	var shifted []time.Weekday
	for _, day := range days {
		at = time.Date(2023, time.January, 1+int(day), 0, minute, 0, 0, time.UTC) // 1 January 2023 was a Sunday
		shifted = append(shifted, at.Weekday())
	}
	slices.Sort(shifted)
	names := make([]string, len(days))
	for i, day := range shifted {
		names[i] = strings.ToUpper(day.String()[:3])
	}
	if len(days) == 7 {
		names = []string{"*"}
	}
	return fmt.Sprintf("cron(%d %d ? * %s *)", at.Minute(), at.Hour(), strings.Join(names, ","))
}
