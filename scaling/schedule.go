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

// Minutes between the tasks and what belongs to them.
const (
	databaseStop  = 10  // after sleepAt: the tasks have ended
	databaseStart = -15 // before wakeAt: no task waits for the database
	alarmUnmute   = 20  // after wakeAt: tasks have sent the samples that the alarm counts
)

// EventBridge Scheduler repeats a failed call for half an hour, so that a late stop never follows the next start.
const (
	retryMinutes  = 30
	retryAttempts = 185 // the most that AWS takes
)

// createSchedule has the tasks stopped and started by scheduled actions of Application Auto Scaling, which need no role.
// EventBridge Scheduler calls what they cannot do.
func (b *builder) createSchedule() error {
	if err := b.createScheduledActions(); err != nil {
		return err
	}
	group, err := scheduler.NewScheduleGroup(b.ctx, b.name+"-schedules", &scheduler.ScheduleGroupArgs{
		Name: pulumi.String(b.args.Names.Name), Tags: b.args.Tags,
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create schedule group: %w", err)
	}
	for _, caller := range b.args.callers() {
		if err := b.createSchedules(group, caller); err != nil {
			return err
		}
	}
	return nil
}

// createScheduledActions changes the bounds of the scalable target: with bounds of 0, AWS stops all tasks and no policy
// starts any. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-scheduled-scaling.html
func (b *builder) createScheduledActions() error {
	s := b.args.Schedule
	for _, action := range []struct {
		name, cron string
		min, max   int
	}{
		{"sleep", s.sleep(0), 0, 0},
		{"wake", s.wake(0), b.args.Min, b.args.Max},
	} {
		_, err := appautoscaling.NewScheduledAction(b.ctx, b.name+"-"+action.name, &appautoscaling.ScheduledActionArgs{
			Name:              pulumi.String(b.args.Names.Prefixed(action.name)),
			ServiceNamespace:  b.target.ServiceNamespace,
			ScalableDimension: b.target.ScalableDimension,
			ResourceId:        b.target.ResourceId,
			Schedule:          pulumi.String(action.cron),
			Timezone:          pulumi.String(s.TimeZone),
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
	role  role
	calls []call
}

// call is an AWS API call, such as rds:stopDBInstance, at certain times.
type call struct {
	name, cron, action string
	input              map[string]any
}

func (args *Args) callers() []caller {
	s := args.Schedule
	alarm := map[string]any{"AlarmNames": []string{s.Alarm}}
	callers := []caller{{
		role{
			"alarm-schedule", "Mutes an alarm while " + args.Names.Name + " is asleep", args.scheduleTrust(),
			iampolicy.New(iampolicy.Allow([]string{args.Names.ARN("cloudwatch", "alarm:"+s.Alarm)},
				"cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions", "cloudwatch:SetAlarmState")),
		},
		[]call{
			{"mute", s.sleep(0), "cloudwatch:disableAlarmActions", alarm},
			{"unmute", s.wake(alarmUnmute), "cloudwatch:enableAlarmActions", alarm},
			// An alarm acts when its state changes. One that the app has not woken from its state at night would stay
			// silent: reset, it goes off within a minute.
			{"reset", s.wake(alarmUnmute + 1), "cloudwatch:setAlarmState", map[string]any{
				"AlarmName": s.Alarm, "StateValue": "OK", "StateReason": "The app must be awake now",
			}},
		},
	}}
	if s.Database == "" {
		return callers
	}
	database := map[string]any{"DbInstanceIdentifier": s.Database}
	return append(callers, caller{
		role{
			"database-schedule", "Stops and starts the database of " + args.Names.Name, args.scheduleTrust(),
			iampolicy.New(iampolicy.Allow([]string{args.Names.ARN("rds", "db:"+s.Database)}, "rds:StartDBInstance", "rds:StopDBInstance")),
		},
		[]call{
			{"stop-database", s.sleep(databaseStop), "rds:stopDBInstance", database},
			{"start-database", s.wake(databaseStart), "rds:startDBInstance", database},
		},
	})
}

// scheduleTrust names the schedule group, not a schedule. Source:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
func (args *Args) scheduleTrust() iampolicy.Document {
	return iampolicy.Trust("scheduler.amazonaws.com", args.Names.AccountID, args.Names.ARN("scheduler", "schedule-group/"+args.Names.Name))
}

func (b *builder) createSchedules(group *scheduler.ScheduleGroup, c caller) error {
	roleARN, afterPolicy, err := b.createRole(c.role)
	if err != nil {
		return err
	}
	for _, call := range c.calls {
		_, err := scheduler.NewSchedule(b.ctx, b.name+"-"+call.name+"-schedule", &scheduler.ScheduleArgs{
			Name:                       pulumi.String(b.args.Names.Prefixed(call.name)),
			GroupName:                  group.Name,
			ScheduleExpression:         pulumi.String(call.cron),
			ScheduleExpressionTimezone: pulumi.String(b.args.Schedule.TimeZone),
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

// wake and sleep return the cron expression of a time some minutes after WakeAt or SleepAt.
func (s *Schedule) wake(minutes int) string { return cron(s.AwakeDays, s.WakeAt+minutes) }

func (s *Schedule) sleep(minutes int) string {
	at := s.SleepAt + minutes
	if s.SleepAt < s.WakeAt {
		at += minutesPerDay // the app is awake across midnight
	}
	return cron(s.AwakeDays, at)
}

const minutesPerDay = 24 * 60

// cron writes a time in minutes after the midnight at which each of the days begins. It may lie on a day before or after.
func cron(days []time.Weekday, minute int) string {
	shift := 0
	for ; minute < 0; minute += minutesPerDay {
		shift--
	}
	for ; minute >= minutesPerDay; minute -= minutesPerDay {
		shift++
	}
	var shifted []int
	for _, day := range days {
		shifted = append(shifted, (int(day)+shift+7)%7)
	}
	slices.Sort(shifted)
	names := "*"
	if len(days) < 7 {
		var list []string
		for _, day := range shifted {
			list = append(list, strings.ToUpper(time.Weekday(day).String()[:3]))
		}
		names = strings.Join(list, ",")
	}
	return fmt.Sprintf("cron(%d %d ? * %s *)", minute%60, minute/60, names)
}
