package scaling

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// happen lets something happen to the service on Spot, and returns the events that ECS would send.
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

// settle gives Spot some room and lets ECS do what it does.
func (r *region) settle(room int) []object {
	r.running, r.pending = min(r.desired, room), 0
	if r.running < r.desired {
		return []object{interrupted, unplaced}
	}
	return []object{started, steady}
}

func TestFallback_NeverExceedsMissingTasksAndEnds(t *testing.T) {
	machine := fallbackMachine(t)
	for seed := range uint64(12) {
		dice, room, r := rand.New(rand.NewPCG(seed, 1)), 3, &region{desired: 2}
		var waiting []object
		handleAny := func() {
			i := dice.IntN(len(waiting)) // events come in any order, some twice
			handle(t, machine, r, waiting[i])
			require.LessOrEqual(t, r.standby, max(0, r.desired-r.running), "seed %d: %+v", seed, *r)
			if dice.IntN(4) > 0 {
				waiting = append(waiting[:i], waiting[i+1:]...)
			}
		}
		for range 60 {
			waiting = append(waiting, r.happen(dice, &room)...)
			if len(waiting) > 0 && dice.IntN(3) > 0 {
				handleAny()
			}
		}
		for _, end := range []struct{ room, standby int }{{0, r.desired}, {100, 0}, {0, r.desired}, {r.desired, 0}} {
			for waiting = append(waiting, r.settle(end.room)...); len(waiting) > 0; {
				handleAny()
			}
			assert.Equal(t, end.standby, r.standby, "seed %d: room for %d", seed, end.room)
		}
	}
}
