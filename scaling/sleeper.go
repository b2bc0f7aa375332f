package scaling

import (
	"encoding/json"
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/states"
)

// How long an execution may take, in seconds, and how often it looks. The waking must not run into the limit: its end is
// what lets the alarm speak again.
const (
	sleeperLimit   = 4 * 60 * 60
	everyMinute    = 60
	startLooks     = 60 // until the database must be there
	alarmLooks     = 20 // until the alarm must have seen tasks
	tasksStop      = 30
	lookBeforeStop = "Look"
)

// sleeper is the state machine. Its cluster and its service are called like the stack.
func sleeper(args *Args, autoscaled bool) definition {
	s := args.Schedule
	all := map[string]state{
		"Action": choose("Unknown",
			choice{Condition: expression(`$states.input.action = "sleep"`), Next: "StopTasks"},
			choice{Condition: expression(`$states.input.action = "wake"`), Next: "Count"}),
		"Unknown":   {Type: states.Fail, Error: "UnknownAction", Cause: "the input must be {\"action\":\"sleep\"} or {\"action\":\"wake\"}"},
		"StopTasks": patient(task("ecs", "updateService", serviceCount(args, 0), "Mute")),
		"Mute":      patient(task("cloudwatch", "disableAlarmActions", map[string]any{"AlarmNames": []string{s.Alarm}}, "")),
	}
	maps.Copy(all, waking(args))
	if autoscaled {
		// A target that is registered again is brought within its bounds at once, suspended or not, so that an app that
		// sleeps already would be woken. Source:
		// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
		redirect(all, "Action", 0, "LookBeforeSleep")
		all["LookBeforeSleep"] = patient(describe(args, "Awake"))
		all["Awake"] = choose("Mute", choice{Condition: expression("$service.DesiredCount > 0"), Next: "SuspendScaling"})
		all["SuspendScaling"] = patient(task("applicationautoscaling", "registerScalableTarget", suspended(args, true), "StopTasks"))
		all["ResumeScaling"] = guarded(task("applicationautoscaling", "registerScalableTarget", suspended(args, false), "FirstLookAtAlarm"))
		onward(all, "ResumeScaling")
	}
	if s.Database != "" {
		redirect(all, "Action", 1, "FirstLookAtDatabase")
		action := all["Action"]
		action.Choices = append(action.Choices, choice{Condition: expression(`$states.input.action = "settle"`), Next: lookBeforeStop})
		all["Action"] = action
		mute := all["Mute"]
		mute.Next, mute.End = lookBeforeStop, false
		all["Mute"] = mute
		maps.Copy(all, stopping(args))
		maps.Copy(all, starting(args))
	}
	m := machineOf("Takes the tasks of "+args.Name+" away and brings them back", "Action", all)
	m.TimeoutSeconds = sleeperLimit
	return m
}

// redirect sends a choice of a state elsewhere.
func redirect(all map[string]state, name string, i int, next string) {
	s := all[name]
	s.Choices[i].Next = next
	all[name] = s
}

// onward puts a state between the tasks' start and the look at the alarm.
func onward(all map[string]state, next string) {
	start := all["StartTasks"]
	start.Next = next
	all["StartTasks"] = start
	redirect(all, "Counted", 0, next)
}

// waking starts the tasks, unless they run, and lets the alarm speak again when it has seen them. A failure on the way
// makes it go off: the app does not run, and nobody would know.
func waking(args *Args) map[string]state {
	alarm := args.Schedule.Alarm
	return map[string]state{
		"Count":            guarded(describe(args, "Counted")),
		"Counted":          choose("StartTasks", choice{Condition: expression("$service.DesiredCount > 0"), Next: "FirstLookAtAlarm"}),
		"StartTasks":       guarded(task("ecs", "updateService", serviceCount(args, args.Schedule.Count), "FirstLookAtAlarm")),
		"FirstLookAtAlarm": {Type: states.Pass, Assign: map[string]any{"looks": 0}, Next: "LookAtAlarm"},
		"LookAtAlarm": guarded(assigning(task("cloudwatch", "describeAlarms", map[string]any{"AlarmNames": []string{alarm}}, "Quiet"),
			"alarm", "$states.result.MetricAlarms[0].StateValue")),
		"Quiet": choose("WaitForAlarm",
			choice{Condition: expression(`$alarm = "OK"`), Next: "Unmute"},
			choice{Condition: expression(fmt.Sprintf("$looks >= %d", alarmLooks)), Next: "Alert"}),
		"WaitForAlarm": again("StillWanted"),
		"StillWanted":  guarded(describe(args, "Overtaken")),
		"Overtaken":    choose("LookAtAlarm", choice{Condition: expression("$service.DesiredCount = 0"), Next: "Asleep"}),
		"Asleep":       {Type: states.Succeed},
		// An alarm acts when its state changes, so it has to be quiet for a moment before it can speak.
		"Alert": patient(task("cloudwatch", "setAlarmState", map[string]any{
			"AlarmName": alarm, "StateValue": "OK", "StateReason": "The app has not woken up",
		}, "Unmute")),
		"Unmute": patient(task("cloudwatch", "enableAlarmActions", map[string]any{"AlarmNames": []string{alarm}}, "")),
	}
}

// stopping stops the database when the last task has gone, unless somebody has woken the app meanwhile.
func stopping(args *Args) map[string]state {
	stop := patient(task("rds", "stopDBInstance", instance(args), "Done"))
	stop.Catch = []catch{{ErrorEquals: []string{busy}, Next: "WaitForDatabase"}}
	return map[string]state{
		lookBeforeStop: patient(describe(args, "Gone")),
		"Gone": choose("LookAtDatabase",
			choice{Condition: expression("$service.DesiredCount > 0"), Next: "Done"},
			choice{Condition: expression("$service.RunningCount + $service.PendingCount > 0"), Next: "WaitForTasks"}),
		"WaitForTasks":   wait(tasksStop, lookBeforeStop),
		"LookAtDatabase": patient(assigning(task("rds", "describeDBInstances", instance(args), "Stoppable"), "status", databaseStatus)),
		"Stoppable": choose("WaitForDatabase",
			choice{Condition: expression(`$status = "available"`), Next: "StopDatabase"},
			choice{Condition: expression(`$status in ["stopping", "stopped"]`), Next: "Done"}),
		"WaitForDatabase": wait(everyMinute, lookBeforeStop),
		"StopDatabase":    stop,
		"Done":            {Type: states.Succeed},
	}
}

// starting starts the database and waits until it answers.
func starting(args *Args) map[string]state {
	start := guarded(task("rds", "startDBInstance", instance(args), "WaitForStart"))
	start.Catch = append([]catch{{ErrorEquals: []string{busy}, Next: "WaitForStart"}}, start.Catch...)
	return map[string]state{
		"FirstLookAtDatabase": {Type: states.Pass, Assign: map[string]any{"looks": 0}, Next: "LookAtStart"},
		"LookAtStart":         guarded(assigning(task("rds", "describeDBInstances", instance(args), "Startable"), "status", databaseStatus)),
		"Startable": choose("WaitForStart",
			choice{Condition: expression(`$status = "available"`), Next: "Count"},
			choice{Condition: expression(fmt.Sprintf("$looks >= %d", startLooks)), Next: "Alert"},
			choice{Condition: expression(`$status = "stopped"`), Next: "StartDatabase"}),
		"StartDatabase": start,
		"WaitForStart":  again("LookAtStart"),
	}
}

// busy is what RDS says of a database that is doing something else, such as a backup.
const busy = "Rds.InvalidDbInstanceStateException"

const databaseStatus = "$states.result.DbInstances[0].DbInstanceStatus"

// patient repeats a call that AWS has not carried out.
func patient(s state) state {
	s.Retry = []retry{{ErrorEquals: []string{states.TaskFailed}, IntervalSeconds: 5, MaxAttempts: 5, BackoffRate: 2}}
	return s
}

// guarded is patient, and has the alarm go off when that does not help.
func guarded(s state) state {
	s = patient(s)
	s.Catch = []catch{{ErrorEquals: []string{states.AnyError}, Next: "Alert"}}
	return s
}

// assigning keeps a part of a task's answer in a variable.
func assigning(s state, variable, jsonata string) state {
	s.Assign = map[string]any{variable: expression(jsonata)}
	return s
}

// again waits for another look and counts it.
func again(next string) state {
	return assigning(wait(everyMinute, next), "looks", "$looks + 1")
}

func describe(args *Args, next string) state {
	return assigning(task("ecs", "describeServices", map[string]any{"Cluster": args.Name, "Services": []string{args.Name}}, next),
		"service", "$states.result.Services[0]")
}

func serviceCount(args *Args, count int) map[string]any {
	return map[string]any{"Cluster": args.Name, "Service": args.Name, "DesiredCount": count}
}

func instance(args *Args) map[string]any {
	return map[string]any{"DbInstanceIdentifier": args.Schedule.Database}
}

func suspended(args *Args, yes bool) map[string]any {
	return map[string]any{
		"ServiceNamespace": "ecs", "ScalableDimension": dimension, "ResourceId": "service/" + args.Name + "/" + args.Name,
		"SuspendedState": map[string]any{"DynamicScalingInSuspended": yes, "DynamicScalingOutSuspended": yes, "ScheduledScalingSuspended": yes},
	}
}

// sleeperPolicy allows the calls of the machine on what they are about. Autoscaling gives its target a name of its own.
func sleeperPolicy(args *Args, target *appautoscaling.Target) pulumi.StringInput {
	arn := func(service, rest string) []string {
		return []string{fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, args.Region, args.AccountID, rest)}
	}
	statements := []iampolicy.Statement{
		iampolicy.Allow(arn("ecs", "service/"+args.Name+"/"+args.Name), "ecs:DescribeServices", "ecs:UpdateService"),
		iampolicy.Allow(arn("cloudwatch", "alarm:"+args.Schedule.Alarm),
			"cloudwatch:DescribeAlarms", "cloudwatch:DisableAlarmActions", "cloudwatch:EnableAlarmActions", "cloudwatch:SetAlarmState"),
	}
	if args.Schedule.Database != "" {
		statements = append(statements, iampolicy.Allow(arn("rds", "db:"+args.Schedule.Database),
			"rds:DescribeDBInstances", "rds:StartDBInstance", "rds:StopDBInstance"))
	}
	if target == nil {
		return iampolicy.New(statements...).JSON()
	}
	return target.Arn.ApplyT(func(target string) (string, error) {
		text, err := json.Marshal(iampolicy.New(append(statements, iampolicy.Allow([]string{target}, "application-autoscaling:RegisterScalableTarget"))...))
		return string(text), err
	}).(pulumi.StringOutput)
}
