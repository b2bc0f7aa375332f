package scaling

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/states"
	"threa-infra/internal/states/walk"
)

// world is what the state machine acts on: it takes some minutes to do what it is told.
type world struct {
	desired, running int
	broken           bool // tasks do not start
	database         string
	changing         time.Duration // until the database is what it is becoming
	muted            bool
	alarm            string
	set              bool // whether somebody has set the alarm's state
	suspended        bool
	refuse           map[string]int // actions that AWS refuses, and how often
	meanwhile        func()         // what others do in the first minute
	asked            []walk.Call
}

// awake and asleep are the two states that a schedule goes back and forth between.
func awake() *world { return &world{desired: 2, running: 2, database: "available", alarm: "OK"} }
func asleep() *world {
	return &world{database: "stopped", alarm: "ALARM", muted: true, suspended: true}
}

// Call is the part of AWS that the machine needs. Every argument is looked at.
func (w *world) call(service, action string, in object) (any, error) {
	w.asked = append(w.asked, walk.Call{Service: service, Action: action, Arguments: in})
	if w.refuse[action] > 0 {
		w.refuse[action]--
		return nil, &walk.Failure{Name: "Ecs.ServerException", Cause: "try again"}
	}
	about := func(key string, want any) error {
		if fmt.Sprint(in[key]) != fmt.Sprint(want) {
			return fmt.Errorf("%s:%s: %s is %v", service, action, key, in[key])
		}
		return nil
	}
	switch action {
	case "describeServices":
		return object{"Services": []any{object{"DesiredCount": w.desired, "RunningCount": w.running, "PendingCount": 0}}}, about("Services", []any{"threa"})
	case "updateService":
		w.desired = int(in["DesiredCount"].(float64))
		return object{}, about("Service", "threa")
	case "describeDBInstances":
		return object{"DbInstances": []any{object{"DbInstanceStatus": w.database}}}, about("DbInstanceIdentifier", "threa")
	case "stopDBInstance", "startDBInstance":
		from, to := "available", "stopping"
		if action == "startDBInstance" {
			from, to = "stopped", "starting"
		}
		if w.database != from {
			return nil, &walk.Failure{Name: busy, Cause: "it is " + w.database}
		}
		w.database, w.changing = to, 6*time.Minute
		return object{}, about("DbInstanceIdentifier", "threa")
	case "disableAlarmActions", "enableAlarmActions":
		w.muted = action == "disableAlarmActions"
		return object{}, about("AlarmNames", []any{"threa-no-running-tasks"})
	case "describeAlarms":
		return object{"MetricAlarms": []any{object{"StateValue": w.alarm}}}, about("AlarmNames", []any{"threa-no-running-tasks"})
	case "setAlarmState":
		w.alarm, w.set = in["StateValue"].(string), true
		return object{}, about("AlarmName", "threa-no-running-tasks")
	case "registerScalableTarget":
		state := in["SuspendedState"].(object)
		w.suspended = state["DynamicScalingOutSuspended"].(bool) && state["DynamicScalingInSuspended"].(bool)
		w.desired = min(max(w.desired, 2), 6) // within the bounds, whatever it is registered for
		return object{}, about("ResourceId", "service/threa/threa")
	}
	return nil, fmt.Errorf("nobody knows %s:%s", service, action)
}

// pass lets time pass: tasks start and stop within a minute, unless the database is away.
func (w *world) pass(d time.Duration) {
	if w.meanwhile != nil {
		w.meanwhile()
	}
	if w.changing -= d; w.changing <= 0 {
		switch w.database {
		case "stopping":
			w.database = "stopped"
		case "starting", "backing-up":
			w.database = "available"
		}
	}
	w.running = w.desired
	if w.broken || w.database != "available" && w.desired > 0 {
		w.running = 0
	}
	w.alarm = "OK"
	if w.running == 0 {
		w.alarm = "ALARM"
	}
}

// sleepy asks for everything that can sleep.
func sleepy(args *Args) {
	autoscaled(args)
	args.Schedule = &Schedule{
		Sleep: "cron(0 20 ? * MON-FRI *)", Wake: "cron(0 7 ? * MON-FRI *)", TimeZone: "Europe/Berlin",
		Count: 2, Alarm: "threa-no-running-tasks", Database: "threa",
	}
}

// carryOut has the machine that the program registers do something, and wants its role to allow every call.
func carryOut(t *testing.T, w *world, action string, change func(*Args)) (*walk.Execution, error) {
	t.Helper()
	stack := mustBuild(t, arguments(func(args *Args) {
		sleepy(args)
		if change != nil {
			change(args)
		}
	}))
	machine, err := states.Parse(stack.Only(t, machineToken).Text("definition"))
	require.NoError(t, err)
	walker := &walk.Walker{Evaluator: walk.NewEvaluator(t), AWS: walk.Answers(w.call), Start: time.Date(2026, 3, 2, 20, 0, 0, 0, time.UTC), Waiting: w.pass}
	done, err := walker.Run(t.Context(), machine, object{"action": action})
	holds(t, stack, w.asked)
	return done, err
}

// holds wants the machine's role to allow calls on what they are about, and nothing else.
func holds(t *testing.T, stack *mocks.Recording, asked []walk.Call) {
	t.Helper()
	granted, err := iamtest.Parse(stack.Named(t, grantToken, "scaling-sleep-grant").Text("policy"))
	require.NoError(t, err)
	names := map[string]string{"applicationautoscaling": "application-autoscaling"}
	about := map[string]string{
		"applicationautoscaling": "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/0abc",
		"cloudwatch":             "arn:aws:cloudwatch:eu-central-1:123456789012:alarm:threa-no-running-tasks",
		"ecs":                    "arn:aws:ecs:eu-central-1:123456789012:service/threa/threa",
		"rds":                    "arn:aws:rds:eu-central-1:123456789012:db:threa",
	}
	for _, one := range asked {
		service := one.Service
		if names[service] != "" {
			service = names[service]
		}
		action := service + ":" + string(one.Action[0]-'a'+'A') + one.Action[1:]
		allowed, err := granted.Allows(iamtest.Request{Action: action, Resource: about[one.Service]})
		require.NoError(t, err)
		require.True(t, allowed, action)
	}
	for _, grant := range granted.Grants() {
		require.True(t, slices.Contains([]string{about["applicationautoscaling"], about["cloudwatch"], about["ecs"], about["rds"]}, grant.Resource), grant.Resource)
	}
}
