package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/drain"
	"threa-infra/internal/iampolicy"
	"threa-infra/internal/states"
)

// net is how often the count is looked at although nothing has happened, in case that an event was lost.
const net = "rate(1 hour)"

// standbyMachine is the state machine that counts who stands in, without the stack's prefix.
const standbyMachine = "standby"

// newStandIn makes what lets on-demand tasks stand in for those that Spot has no capacity for: a rule that listens to the
// service on Spot, and a state machine that counts and sets how many tasks of the standby run.
func newStandIn(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) error {
	made, err := newMachine(ctx, name, args, machine{
		suffix: standbyMachine, description: "Lets on-demand tasks stand in for " + args.Name + " when Spot has no capacity",
		kind:       "EXPRESS", // counts runs and not steps: the cheaper one where ECS repeats for days that it cannot place a task
		definition: standIn(args.Name, args.Name, args.Standby),
		policy: iampolicy.New(
			iampolicy.Allow([]string{args.serviceARN(args.Name), args.serviceARN(args.Standby)}, "ecs:DescribeServices"),
			iampolicy.Allow([]string{args.serviceARN(args.Standby)}, "ecs:UpdateService"),
		).JSON(),
	}, parent)
	if err != nil {
		return err
	}
	// It listens to what happens to the service on Spot and its tasks, and to nothing of others.
	return newTrigger(ctx, name, args, made, trigger{
		suffix: standbyMachine, description: "What happens to the tasks on Spot of " + args.Name,
		pattern: pulumi.JSONMarshal(spotEvents(args)), every: net,
		role: standbyMachine + "-start", does: "Starts the state machine " + args.Name + "-" + standbyMachine, machine: standbyMachine,
	}, parent)
}

func (args *Args) serviceARN(service string) string {
	return fmt.Sprintf("arn:aws:ecs:%s:%s:service/%s/%s", args.Region, args.AccountID, args.Name, service)
}

// pattern selects events. Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_cwe_events.html
type pattern struct {
	Source []string `json:"source"`
	Either []either `json:"$or"`
}

type either struct {
	DetailType []string `json:"detail-type"`
	Resources  []string `json:"resources,omitempty"`
	Detail     *detail  `json:"detail,omitempty"`
}

type detail struct {
	Cluster    []string `json:"clusterArn"`
	Group      []string `json:"group"`
	LastStatus []string `json:"lastStatus"`
}

func spotEvents(args *Args) pattern {
	return pattern{Source: []string{"aws.ecs"}, Either: []either{
		{DetailType: []string{"ECS Service Action"}, Resources: []string{args.serviceARN(args.Name)}},
		{DetailType: []string{"ECS Task State Change"}, Detail: &detail{
			Cluster:    []string{fmt.Sprintf("arn:aws:ecs:%s:%s:cluster/%s", args.Region, args.AccountID, args.Name)},
			Group:      []string{"service:" + args.Name},
			LastStatus: []string{"RUNNING", "STOPPED"},
		}},
	}}
}

// standIn decides how many on-demand tasks stand in, from what runs now and from the event that made it look. It raises
// only when ECS says that Spot is what is missing; tasks that end by themselves are no reason. Source of the events:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events_list.html and
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_task_events.html
//
// It looks again after it has changed the count: of two runs at once, the one that changes it last sees the newest state.
// Before it lowers it waits and looks again: a task that runs counts as running before a load balancer sends it anything.
// An app that is put to sleep is not waited for.
func standIn(cluster, service, standby string) definition {
	const events = `(
		$event := $states.input.detail;
		$reason := $string($event.stoppedReason);
		$event.eventName = "SERVICE_TASK_PLACEMENT_FAILURE" or $event.stopCode = "SpotInterruption" or $contains($reason, "Capacity is unavailable")
	)`
	count := fmt.Sprintf(`(
		$active := $states.result.Services[Status = "ACTIVE"];
		$spot := $active[ServiceName = %q];
		$standby := $active[ServiceName = %q];
		$missing := $max([0, $spot.DesiredCount - $spot.RunningCount]);
		$surely := $scarce ? $max([0, $missing - $spot.PendingCount]) : 0;
		$exists($spot) and $exists($standby) ? {
			"wanted": $spot.DesiredCount, "onSpot": $spot.RunningCount, "startingOnSpot": $spot.PendingCount,
			"standingIn": $standby.DesiredCount, "toStandIn": $min([$max([$standby.DesiredCount, $surely]), $missing])
		} : {"standingIn": 0, "toStandIn": 0}
	)`, service, standby)
	again := []retry{{ErrorEquals: []string{states.TaskFailed}, IntervalSeconds: 2, MaxAttempts: 3, BackoffRate: 2}}

	look := task("ecs", "describeServices", map[string]any{"Cluster": cluster, "Services": []string{service, standby}}, "Decide")
	look.Output, look.Retry = expression(count), again
	change := task("ecs", "updateService", map[string]any{
		"Cluster": cluster, "Service": standby, "DesiredCount": expression("$states.input.toStandIn"),
	}, "Look")
	change.Retry = again
	boot := wait(drain.Boot, "Look")
	boot.Assign = map[string]any{"scarce": false, "waited": true} // what ECS said before the wait is no news after it
	m := machineOf("As many on-demand tasks as Spot cannot run", "Judge", map[string]state{
		"Judge": {Type: states.Pass, Assign: map[string]any{"scarce": expression(events), "waited": false}, Next: "Look"},
		"Look":  look,
		"Decide": choose("Done",
			choice{Condition: expression("$states.input.toStandIn < $states.input.standingIn and $states.input.wanted > 0 and $not($waited)"), Next: "Boot"},
			choice{Condition: expression("$states.input.toStandIn != $states.input.standingIn"), Next: "Change"}),
		"Boot":   boot,
		"Change": change,
		"Done":   {Type: states.Succeed},
	})
	m.TimeoutSeconds = 3 * drain.Boot
	return m
}
