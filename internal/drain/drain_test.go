package drain

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// every calls f with all that drainSeconds may be.
func every(f func(seconds int, t Times)) {
	for seconds := Least; seconds <= Most; seconds++ {
		f(seconds, From(seconds))
	}
}

// What Threa itself needs, measured on it.
const (
	appDrains = 20 // after SIGTERM, usually
	appLimit  = 30 // after which it ends in any case
)

func TestTheAppIsNeverKilledWhileItStillDrains(t *testing.T) {
	every(func(seconds int, got Times) {
		assert.GreaterOrEqual(t, got.Stop, appLimit+15, "%d: with a vCPU that is busy", seconds)
		assert.LessOrEqual(t, got.Stop, 120, "%d: Fargate's maximum", seconds)
	})
}

func TestWhatIsUnderWayEndsBeforeTheAppIsToldToStop(t *testing.T) {
	every(func(seconds int, got Times) {
		assert.GreaterOrEqual(t, got.Handover, appLimit, seconds)
		assert.GreaterOrEqual(t, got.TunnelGrace, appDrains, seconds)
		assert.Less(t, got.TunnelGrace, got.Handover, "%d: cloudflared ends by itself and is not killed", seconds)
		assert.LessOrEqual(t, got.Handover, 120, "%d: Fargate's maximum for cloudflared's stopTimeout", seconds)
	})
}

func TestTheLoadBalancerDoesNotCutASocketThatSocketIOBelievesIn(t *testing.T) {
	const pingInterval, pingTimeout = 25, 20
	every(func(seconds int, got Times) {
		assert.GreaterOrEqual(t, got.Idle, pingInterval+pingTimeout, seconds)
		assert.LessOrEqual(t, got.Idle, 4000, "%d: the load balancer's maximum", seconds)
	})
}

func TestANewTaskIsGivenItsBootAndTheEndOfAnOldOne(t *testing.T) {
	every(func(seconds int, got Times) {
		assert.Equal(t, Boot+got.Stop, got.HealthGrace, seconds)
	})
}

func TestALongerDrainShortensNothing(t *testing.T) {
	before := From(Least)
	every(func(seconds int, got Times) {
		for _, pair := range [][2]int{
			{before.Stop, got.Stop}, {before.Handover, got.Handover}, {before.TunnelGrace, got.TunnelGrace},
			{before.Idle, got.Idle}, {before.HealthGrace, got.HealthGrace},
		} {
			assert.GreaterOrEqual(t, pair[1], pair[0], seconds)
		}
		before = got
	})
}

func TestASpotTaskIsDoneWhenItsNoticeEnds(t *testing.T) {
	longest := Longest(true, true)
	every(func(seconds int, got Times) {
		assert.Equal(t, seconds <= longest, got.Handover+got.Stop <= 120, seconds)
	})
	assert.GreaterOrEqual(t, longest, 60, "the default is possible everywhere")
	for _, other := range [][2]bool{{false, false}, {false, true}, {true, false}} {
		assert.Equal(t, Most, Longest(other[0], other[1]), "%v", other)
	}
}
