package scaling

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/states"
	"threa-infra/internal/states/walk"
)

type object = map[string]any

// region is a make-believe ECS with the two services, of which Spot runs what it has room for.
type region struct {
	desired, running, pending int
	standby                   int
	gone                      string // status of the standby, where it is not ACTIVE
	changes                   int
}

func (r *region) answer(_, action string, arguments object) (any, error) {
	service := func(name, status string, desired, running, pending int) object {
		return object{"ServiceName": name, "Status": status, "DesiredCount": desired, "RunningCount": running, "PendingCount": pending}
	}
	if action == "updateService" {
		r.standby = int(arguments["DesiredCount"].(float64))
		r.changes++
		return object{}, nil
	}
	status := "ACTIVE"
	if r.gone != "" {
		status = r.gone
	}
	return object{"Failures": []any{}, "Services": []any{ // in any order
		service("threa-standby", status, r.standby, r.standby, 0), service("threa", "ACTIVE", r.desired, r.running, r.pending),
	}}, nil
}

// The events that start the machine, as EventBridge sends them, without what it does not read. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events_list.html
var (
	unplaced = object{"detail-type": "ECS Service Action", "detail": object{
		"eventType": "ERROR", "eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": "RESOURCE:FARGATE"}}
	steady      = object{"detail-type": "ECS Service Action", "detail": object{"eventType": "INFO", "eventName": "SERVICE_STEADY_STATE"}}
	started     = object{"detail-type": "ECS Task State Change", "detail": object{"lastStatus": "RUNNING", "desiredStatus": "RUNNING"}}
	interrupted = object{"detail-type": "ECS Task State Change", "detail": object{
		"lastStatus": "STOPPED", "stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted."}}
	refused = object{"detail-type": "ECS Task State Change", "detail": object{
		"lastStatus": "STOPPED", "stopCode": "TaskFailedToStart", "stoppedReason": "Capacity is unavailable at this time. Please try again later"}}
	crashed = object{"detail-type": "ECS Task State Change", "detail": object{
		"lastStatus": "STOPPED", "stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}}
	hourly = object{"detail-type": "Scheduled Event", "detail": object{}}
)

// standing walks through the machine for an event.
func standing(t *testing.T, evaluator *walk.Evaluator, r *region, event object) *walk.Execution {
	t.Helper()
	w := walk.Walker{Evaluator: evaluator, AWS: walk.Answers(r.answer), Start: time.Now()}
	done, err := w.Run(t.Context(), standIn("threa", "threa", "threa-standby"), event)
	require.NoError(t, err, "%+v %v", *r, event)
	return done
}

func TestOnDemandTasksStandInForWhatSpotCannotRun(t *testing.T) {
	evaluator := walk.NewEvaluator(t)
	for _, one := range []struct {
		name                      string
		desired, running, pending int
		standby                   int
		event                     object
		want                      int
	}{
		{"all runs on Spot", 2, 2, 0, 0, steady, 0},
		{"Spot has nothing", 2, 0, 0, 0, unplaced, 2},
		{"Spot took a task", 2, 1, 0, 0, interrupted, 1},
		{"Spot took a task and starts another", 2, 1, 1, 0, interrupted, 0},
		{"Spot refused a task that it had taken", 1, 0, 0, 0, refused, 1},
		{"the failure comes while the replaced task still drains", 1, 1, 0, 0, unplaced, 0},
		{"the failure comes again", 2, 0, 0, 2, unplaced, 2},
		{"the failure comes late, when Spot is back", 2, 2, 0, 2, unplaced, 0},
		{"Spot tries again", 1, 0, 1, 1, hourly, 1},
		{"Spot is back with one of two", 2, 1, 1, 2, started, 1},
		{"Spot is back", 2, 2, 0, 2, started, 0},
		{"the event that Spot is back was lost", 2, 2, 0, 2, hourly, 0},
		{"the app crashes, which is no lack of capacity", 2, 1, 0, 0, crashed, 0},
		{"nothing runs at the hour, and nobody says why", 1, 0, 0, 0, hourly, 0},
		{"a deployment: old and new tasks run", 1, 2, 0, 0, steady, 0},
		{"a deployment: the new task starts", 1, 1, 1, 0, started, 0},
		{"a deployment that Spot has no room for, while the old task runs", 1, 1, 0, 0, unplaced, 0},
		{"asleep", 0, 0, 0, 0, steady, 0},
		{"put to sleep while tasks stand in", 0, 0, 0, 2, steady, 0},
		{"put to sleep while Spot's tasks still end", 0, 2, 0, 0, crashed, 0},
		{"scaled up further than Spot goes", 5, 2, 1, 0, unplaced, 2},
		{"scaled down while tasks stand in", 1, 0, 0, 3, crashed, 1},
		{"somebody started too many by hand", 2, 1, 0, 7, hourly, 1},
	} {
		t.Run(one.name, func(t *testing.T) {
			r := &region{desired: one.desired, running: one.running, pending: one.pending, standby: one.standby}
			done := standing(t, evaluator, r, one.event)
			assert.Equal(t, one.want, r.standby)
			assert.Equal(t, one.want != one.standby, r.changes > 0, "AWS is told only what changes")
			assert.InDelta(t, one.want, done.Output.(object)["toStandIn"], 0, "and what it decided can be read")
		})
	}
}

func TestAServiceThatIsGoneIsLeftAlone(t *testing.T) {
	evaluator := walk.NewEvaluator(t)
	for _, status := range []string{"INACTIVE", "DRAINING"} {
		r := &region{desired: 1, gone: status}
		standing(t, evaluator, r, unplaced)
		assert.Zero(t, r.changes, status)
	}
}

// happen lets something happen to the service on Spot, and tells the events of it that ECS would send.
func (r *region) happen(dice *rand.Rand, room *int) []object {
	switch dice.IntN(5) {
	case 0: // Spot gets more room or less
		*room = dice.IntN(4)
		if taken := r.running - *room; taken > 0 {
			r.running -= taken
			return []object{interrupted}
		}
		return nil
	case 1: // autoscaling, a schedule or a deployment
		r.desired = dice.IntN(4)
		r.pending = min(r.pending, max(0, r.desired-r.running))
		if r.running > r.desired {
			r.running = r.desired
			return []object{crashed, steady}
		}
		return nil
	case 2: // a task has started
		if r.pending > 0 && r.running < *room {
			r.running, r.pending = r.running+1, r.pending-1
			return []object{started}
		}
		r.pending = 0
		return []object{refused}
	}
	// ECS tries to place what is missing
	if missing := r.desired - r.running - r.pending; missing > 0 {
		if r.running+r.pending < *room {
			r.pending++
			return nil
		}
		return []object{unplaced}
	}
	return []object{steady}
}

// settle gives Spot so much room and lets ECS do what it does.
func (r *region) settle(room int) []object {
	r.running, r.pending = min(r.desired, room), 0
	if r.running < r.desired {
		return []object{interrupted, unplaced}
	}
	return []object{started, steady}
}

func TestNeverMoreTasksStandInThanSpotDoesNotRunAndAllGoWhenItIsBack(t *testing.T) {
	evaluator := walk.NewEvaluator(t)
	for seed := range uint64(12) {
		dice, room, r := rand.New(rand.NewPCG(seed, 1)), 3, &region{desired: 2}
		var waiting []object
		look := func() {
			i := dice.IntN(len(waiting)) // events come in any order, some twice
			standing(t, evaluator, r, waiting[i])
			require.LessOrEqual(t, r.standby, max(0, r.desired-r.running), "seed %d: %+v", seed, *r)
			if dice.IntN(4) > 0 {
				waiting = append(waiting[:i], waiting[i+1:]...)
			}
		}
		for range 60 {
			waiting = append(waiting, r.happen(dice, &room)...)
			if len(waiting) > 0 && dice.IntN(3) > 0 {
				look()
			}
		}
		for _, end := range []struct{ room, want int }{{0, r.desired}, {100, 0}, {0, r.desired}, {r.desired, 0}} {
			for waiting = append(waiting, r.settle(end.room)...); len(waiting) > 0; {
				look()
			}
			assert.Equal(t, end.want, r.standby, "seed %d: room for %d", seed, end.room)
		}
	}
}

func TestTheMachineMayMakeTheCallsThatItMakesAndNoOthers(t *testing.T) {
	stack := mustBuild(t, arguments(func(a *Args) { a.Standby = "threa-standby" }))
	machine, err := states.Parse(stack.Only(t, machineToken).Text("definition"))
	require.NoError(t, err)
	w := walk.Walker{Evaluator: walk.NewEvaluator(t), AWS: walk.Answers((&region{desired: 1}).answer)}
	done, err := w.Run(t.Context(), machine, unplaced)
	require.NoError(t, err)

	policies := map[string]string{}
	for _, one := range stack.OfType(grantToken) {
		policies[one.Text("name")] = one.Text("policy")
	}
	may, err := iamtest.Parse(policies["threa-standby"])
	require.NoError(t, err)
	used := map[iamtest.Grant]bool{}
	for _, call := range done.Calls {
		names, is := call.Arguments["Services"].([]any)
		if !is {
			names = []any{call.Arguments["Service"]}
		}
		for _, name := range names {
			request := iamtest.Request{
				Action:   call.Service + ":" + strings.ToUpper(call.Action[:1]) + call.Action[1:],
				Resource: fmt.Sprintf("arn:aws:ecs:eu-central-1:123456789012:service/%s/%s", call.Arguments["Cluster"], name),
			}
			allowed, err := may.Allows(request)
			require.NoError(t, err)
			assert.True(t, allowed, "%v", request)
			used[iamtest.Grant{Action: request.Action, Resource: request.Resource}] = true
		}
	}
	for _, grant := range may.Grants() {
		assert.True(t, used[grant], "%v is not needed", grant)
	}
	starts, err := iamtest.Parse(policies["threa-standby-start"])
	require.NoError(t, err)
	assert.Equal(t, []iamtest.Grant{{Action: "states:StartExecution", Resource: "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby"}}, starts.Grants())
}

func TestTheRuleListensToTheServiceOnSpotAlone(t *testing.T) {
	stack := mustBuild(t, arguments(func(a *Args) { a.Standby = "threa-standby" }))
	rule, target := stack.Only(t, "aws:cloudwatch/eventRule:EventRule"), stack.Only(t, "aws:cloudwatch/eventTarget:EventTarget")
	assert.JSONEq(t, `{"source": ["aws.ecs"], "$or": [
		{"detail-type": ["ECS Service Action"], "resources": ["arn:aws:ecs:eu-central-1:123456789012:service/threa/threa"]},
		{"detail-type": ["ECS Task State Change"], "detail": {
			"clusterArn": ["arn:aws:ecs:eu-central-1:123456789012:cluster/threa"], "group": ["service:threa"], "lastStatus": ["RUNNING", "STOPPED"]}}
	]}`, rule.Text("eventPattern"))
	assert.Equal(t, "rate(1 hour)", rule.Text("scheduleExpression"))
	assert.Equal(t, []string{"threa-standby", "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby", "arn:aws:iam::123456789012:role/threa-standby-start"},
		[]string{target.Text("rule"), target.Text("arn"), target.Text("roleArn")})
	for _, role := range stack.OfType(roleToken) {
		if role.Name != "scaling-standby-start-role" {
			continue
		}
		for source, want := range map[string]bool{"rule/threa-standby": true, "rule/other": false} {
			trusted, err := iamtest.Trusts(role.Text("assumeRolePolicy"), "events.amazonaws.com", map[string]string{
				"aws:SourceAccount": mocks.Account, "aws:SourceArn": "arn:aws:events:eu-central-1:123456789012:" + source,
			})
			require.NoError(t, err)
			assert.Equal(t, want, trusted, source)
		}
		return
	}
	t.Fatal("the rule has no role")
}

func TestTheDefinitionIsTheSameFromRunToRun(t *testing.T) {
	first, err := json.Marshal(standIn("a", "b", "c"))
	require.NoError(t, err)
	second, err := json.Marshal(standIn("a", "b", "c"))
	require.NoError(t, err)
	assert.Equal(t, string(first), string(second))
}
