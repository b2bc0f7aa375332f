package scaling

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/drain"
	"threa-infra/internal/states/walk"
)

func TestOfTwoRunsAtOnceTheLastOneToChangeLooksAgain(t *testing.T) {
	r := &region{desired: 1}
	overtaken := false
	answer := walk.Answers(func(service, action string, arguments object) (any, error) {
		if action == "updateService" && !overtaken {
			overtaken, r.running = true, 1 // Spot was faster than this run
		}
		return r.answer(service, action, arguments)
	})
	w := walk.Walker{Evaluator: walk.NewEvaluator(t), AWS: answer}
	done, err := w.Run(t.Context(), standIn("threa", "threa", "threa-standby"), unplaced)
	require.NoError(t, err)
	assert.Zero(t, r.standby)
	assert.Equal(t, "Judge Look Decide Change Look Decide Boot Look Decide Change Look Decide Done", strings.Join(done.Passed, " "))
}

// A task that runs is not one that answers: a load balancer sends it nothing until it has seen it do so twice.
func TestTheTaskThatStandsInStaysUntilTheOneOnSpotHasHadTimeToStart(t *testing.T) {
	evaluator := walk.NewEvaluator(t)
	for _, one := range []struct {
		name      string
		wanted    int
		meanwhile func(*region)
		left      int
		waited    time.Duration
	}{
		{"it starts", 1, func(*region) {}, 0, drain.Boot * time.Second},
		{"it crashes", 1, func(r *region) { r.running = 0 }, 1, drain.Boot * time.Second},
		{"the app is put to sleep", 0, nil, 0, 0},
	} {
		r := &region{desired: one.wanted, running: one.wanted, standby: 1}
		w := walk.Walker{Evaluator: evaluator, AWS: walk.Answers(r.answer), Waiting: func(time.Duration) {
			assert.Equal(t, 1, r.standby, one.name)
			one.meanwhile(r)
		}}
		done, err := w.Run(t.Context(), standIn("threa", "threa", "threa-standby"), started)
		require.NoError(t, err, one.name)
		assert.Equal(t, one.left, r.standby, one.name)
		assert.Equal(t, one.waited, done.Elapsed, one.name)
	}
}
