package scaling

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/asltest"
	"threa-infra/internal/drain"
)

// region stands for an ECS with the two services, of which Spot runs what it has room for.
type region struct {
	desired, running, pending int
	standby                   int
	status                    string // of the fallback; default: ACTIVE
	changes                   int
}

type object = asltest.Object

func (r *region) answer(call asltest.Call) any {
	if call.Action == "ecs:updateService" {
		r.standby = int(call.Arguments["DesiredCount"].(float64))
		r.changes++
		return object{}
	}
	service := func(name, status string, desired, running, pending int) object {
		return object{
			"ServiceName":  name,
			"Status":       status,
			"DesiredCount": desired,
			"RunningCount": running,
			"PendingCount": pending,
		}
	}
	status := "ACTIVE"
	if r.status != "" {
		status = r.status
	}
	return object{"Failures": []any{}, "Services": []any{ // in any order
		service("threa-standby", status, r.standby, r.standby, 0),
		service("threa", "ACTIVE", r.desired, r.running, r.pending),
	}}
}

// The events that start the machine, as EventBridge sends them, without what it does not read. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs_service_events_list.html
var (
	unplaced    = object{"detail": object{"eventName": "SERVICE_TASK_PLACEMENT_FAILURE", "reason": "RESOURCE:FARGATE"}}
	steady      = object{"detail": object{"eventType": "INFO", "eventName": "SERVICE_STEADY_STATE"}}
	started     = object{"detail": object{"lastStatus": "RUNNING", "desiredStatus": "RUNNING"}}
	interrupted = object{
		"detail": object{"stopCode": "SpotInterruption", "stoppedReason": "Your Spot Task was interrupted."},
	}
	refused = object{"detail": object{
		"stopCode": "TaskFailedToStart", "stoppedReason": "Capacity is unavailable at this time. Please try again later"}}
	crashed = object{"detail": object{
		"stopCode": "EssentialContainerExited", "stoppedReason": "Essential container in task exited"}}
	hourly = object{"detail-type": "Scheduled Event", "detail": object{}}
)

func fallbackMachine(t *testing.T) *asltest.Machine {
	t.Helper()
	return asltest.Parse(t, arguments(withFallback).fill(fallbackDefinition))
}

// handle executes the machine for an event.
func handle(t *testing.T, machine *asltest.Machine, r *region, event object) asltest.Execution {
	t.Helper()
	return machine.Run(t, event, r.answer, nil)
}

func TestFallback_RunsTasksThatSpotCannotRun(t *testing.T) {
	machine := fallbackMachine(t)
	for _, row := range []struct {
		name    string
		before  region
		event   object
		standby int
	}{
		{"all runs on Spot", region{desired: 2, running: 2}, steady, 0},
		{"Spot has nothing", region{desired: 2}, unplaced, 2},
		{"Spot took a task", region{desired: 2, running: 1}, interrupted, 1},
		{"Spot took a task and starts another", region{desired: 2, running: 1, pending: 1}, interrupted, 0},
		{"Spot refused a task that it had taken", region{desired: 1}, refused, 1},
		{"the failure comes while the replaced task still drains", region{desired: 1, running: 1}, unplaced, 0},
		{"the failure comes again", region{desired: 2, standby: 2}, unplaced, 2},
		{"the failure comes late, when Spot is back", region{desired: 2, running: 2, standby: 2}, unplaced, 0},
		{"Spot tries again", region{desired: 1, pending: 1, standby: 1}, hourly, 1},
		{"Spot is back with one of two", region{desired: 2, running: 1, pending: 1, standby: 2}, started, 1},
		{"Spot is back", region{desired: 2, running: 2, standby: 2}, started, 0},
		{"the event that Spot is back was lost", region{desired: 2, running: 2, standby: 2}, hourly, 0},
		{"the app crashes although Spot has capacity", region{desired: 2, running: 1}, crashed, 0},
		{"nothing runs at the hour, for no known reason", region{desired: 1}, hourly, 0},
		{"a deployment: old and new tasks run", region{desired: 1, running: 2}, steady, 0},
		{"a deployment: the new task starts", region{desired: 1, running: 1, pending: 1}, started, 0},
		{"asleep", region{}, steady, 0},
		{"put to sleep while the fallback runs", region{standby: 2}, steady, 0},
		{"put to sleep while Spot's tasks still end", region{running: 2}, crashed, 0},
		{"scaled up further than Spot goes", region{desired: 5, running: 2, pending: 1}, unplaced, 2},
		{"scaled down while the fallback runs", region{desired: 1, standby: 3}, crashed, 1},
		{"too many started by hand", region{desired: 2, running: 1, standby: 7}, hourly, 1},
		{"the fallback is deleted", region{desired: 1, status: "INACTIVE"}, unplaced, 0},
		{"the fallback is being deleted", region{desired: 1, status: "DRAINING"}, unplaced, 0},
	} {
		r := row.before
		done := handle(t, machine, &r, row.event)
		assert.Equal(t, row.standby, r.standby, row.name)
		assert.Equal(t, row.standby != row.before.standby, r.changes > 0, "%s: only changes are sent to AWS", row.name)
		assert.InDelta(t, row.standby, done.Output.(object)["required"], 0, "%s: the decision can be read", row.name)
	}
}

func TestFallback_CountsAgainAfterChange(t *testing.T) {
	r := &region{desired: 1}
	overtaken := false
	done := fallbackMachine(t).Run(t, unplaced, func(call asltest.Call) any {
		if call.Action == "ecs:updateService" && !overtaken {
			overtaken, r.running = true, 1 // Spot was faster than this execution
		}
		return r.answer(call)
	}, nil)
	assert.Zero(t, r.standby)
	assert.Equal(t, "ReadEvent CountTasks Decide SetCount CountTasks Decide WaitForSpotTask CountTasks Decide SetCount "+
		"CountTasks Decide Done", strings.Join(done.States, " "))
}

// A load balancer sends requests to a task only after it has seen it answer twice.
func TestFallback_StaysUntilSpotTaskHasStarted(t *testing.T) {
	machine := fallbackMachine(t)
	for _, row := range []struct {
		name      string
		desired   int
		meanwhile func(*region)
		standby   int
		waited    int
	}{
		{"it starts", 1, func(*region) {}, 0, drain.Boot},
		{"it crashes", 1, func(r *region) { r.running = 0 }, 1, drain.Boot},
		{"the app is put to sleep", 0, nil, 0, 0},
	} {
		r, waited := &region{desired: row.desired, running: row.desired, standby: 1}, 0
		machine.Run(t, started, r.answer, func(seconds int) {
			waited += seconds
			assert.Equal(t, 1, r.standby, row.name)
			row.meanwhile(r)
		})
		assert.Equal(t, row.standby, r.standby, row.name)
		assert.Equal(t, row.waited, waited, row.name)
		assert.Greater(t, machine.TimeoutSeconds, 2*row.waited)
	}
}
