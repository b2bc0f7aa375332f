package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/scheduler"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/sfn"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
)

// Schedule is when all tasks go and when they come back.
type Schedule struct {
	Sleep, Wake string // cron expressions of EventBridge Scheduler
	TimeZone    string // an IANA name
	Count       int    // tasks to wake with
	Alarm       string // name of the alarm that must not cry while nothing runs
	// Database is the identifier of the RDS instance that sleeps, too; empty for none.
	Database string
}

// What the state machine is asked to do.
const (
	actionSleep  = "sleep"
	actionWake   = "wake"
	actionSettle = "settle" // stop a database that AWS has started while the app is asleep
)

type request struct {
	Action string `json:"action"`
}

// newSchedule makes the state machine and what starts it.
func newSchedule(ctx *pulumi.Context, name string, args *Args, target *appautoscaling.Target, parent pulumi.ResourceOption,
) (*sfn.StateMachine, error) {
	made, err := newMachine(ctx, name, args, machine{
		suffix: sleepMachine, description: "Puts " + args.Name + " to sleep and wakes it", kind: "STANDARD",
		definition: sleeper(args, target != nil), policy: sleeperPolicy(args, target),
	}, parent)
	if err != nil {
		return nil, err
	}
	if err := newSchedules(ctx, name, args, made, parent); err != nil {
		return nil, err
	}
	if args.Schedule.Database == "" {
		return made, nil
	}
	return made, newSettling(ctx, name, args, made, parent)
}

func newSchedules(ctx *pulumi.Context, name string, args *Args, made *sfn.StateMachine, parent pulumi.ResourceOption) error {
	// The condition has to name the group of a schedule, not the schedule. Source:
	// https://docs.aws.amazon.com/scheduler/latest/UserGuide/cross-service-confused-deputy-prevention.html
	trust := iampolicy.Trust("scheduler.amazonaws.com", args.AccountID,
		fmt.Sprintf("arn:aws:scheduler:%s:%s:schedule-group/%s", args.Region, args.AccountID, scheduleGroup))
	role, granted, err := newRole(ctx, name+"-schedule", args.Name+"-schedule", "Starts the sleep of "+args.Name, trust, mayStart(args, sleepMachine), args, parent)
	if err != nil {
		return err
	}
	for action, at := range map[string]string{actionSleep: args.Schedule.Sleep, actionWake: args.Schedule.Wake} {
		_, err := scheduler.NewSchedule(ctx, name+"-"+action+"-schedule", &scheduler.ScheduleArgs{
			Name:                       pulumi.String(args.Name + "-" + action),
			GroupName:                  pulumi.String(scheduleGroup),
			ScheduleExpression:         pulumi.String(at),
			ScheduleExpressionTimezone: pulumi.String(args.Schedule.TimeZone),
			FlexibleTimeWindow:         &scheduler.ScheduleFlexibleTimeWindowArgs{Mode: pulumi.String("OFF")},
			Target: &scheduler.ScheduleTargetArgs{
				Arn: made.Arn, RoleArn: role.Arn, Input: pulumi.JSONMarshal(request{action}),
				RetryPolicy: &scheduler.ScheduleTargetRetryPolicyArgs{
					MaximumEventAgeInSeconds: pulumi.Int(lateSeconds), MaximumRetryAttempts: pulumi.Int(retries),
				},
			},
		}, parent, pulumi.DependsOn([]pulumi.Resource{granted}))
		if err != nil {
			return fmt.Errorf("create schedule %s: %w", action, err)
		}
	}
	return nil
}

// AWS would try for a day to start the machine: a sleep must not come after the next wake. Source:
// https://docs.aws.amazon.com/scheduler/latest/APIReference/API_RetryPolicy.html
const (
	lateSeconds = 60 * 60
	retries     = 185 // AWS's own
)

// scheduleGroup is the one that every account has.
const scheduleGroup = "default"

// startedByAWS is what RDS tells when it starts a database that has been stopped for seven days. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_Events.Messages.html
const startedByAWS = "RDS-EVENT-0154"

type databaseEvent struct {
	Source     []string      `json:"source"`
	DetailType []string      `json:"detail-type"`
	Detail     instanceEvent `json:"detail"`
}

type instanceEvent struct {
	EventID          []string
	SourceIdentifier []string
}

// newSettling has the database stopped again after AWS has started it, which it does after seven days: maintenance would
// pass it by otherwise. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_StopInstance.html
func newSettling(ctx *pulumi.Context, name string, args *Args, made *sfn.StateMachine, parent pulumi.ResourceOption) error {
	return newTrigger(ctx, name, args, made, trigger{
		suffix: actionSettle, description: "AWS has started the database of " + args.Name + " after seven days",
		pattern: pulumi.JSONMarshal(databaseEvent{
			Source: []string{"aws.rds"}, DetailType: []string{"RDS DB Instance Event"},
			Detail: instanceEvent{EventID: []string{startedByAWS}, SourceIdentifier: []string{args.Schedule.Database}},
		}),
		role: actionSettle, does: "Stops the database of " + args.Name + " again",
		machine: sleepMachine, input: pulumi.JSONMarshal(request{actionSettle}),
	}, parent)
}
