package drain

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// Measured on the app, and the defaults of Socket.IO.
const (
	appDrains = 20 // usually, after SIGTERM
	appLimit  = 30 // always
	socketIO  = 25 + 20
)

func TestFrom_KeepsLimits(t *testing.T) {
	longest := Longest(true, true)
	before := From(Least)
	for seconds := Least; seconds <= Most; seconds++ {
		got := From(seconds)
		assert.GreaterOrEqual(t, got.Stop, appLimit+15, "%d: on a busy vCPU", seconds)
		assert.LessOrEqual(t, max(got.Stop, got.Handover), 120, "%d: Fargate's limit of stopTimeout", seconds)
		assert.GreaterOrEqual(t, got.Handover, appLimit, seconds)
		assert.GreaterOrEqual(t, got.TunnelGrace, appDrains, seconds)
		assert.Less(t, got.TunnelGrace, got.Handover, "%d: cloudflared ends before it is killed", seconds)
		assert.GreaterOrEqual(t, got.Idle, socketIO, "%d: the load balancer closes no live socket", seconds)
		assert.LessOrEqual(t, got.Idle, 4000, "%d: the load balancer's limit", seconds)
		assert.Equal(t, Boot+got.Stop, got.HealthGrace, seconds)
		assert.Equal(t, seconds <= longest, got.Handover+got.Stop <= 120, "%d: the notice of Spot", seconds)
		for _, pair := range [][2]int{
			{before.Stop, got.Stop}, {before.Handover, got.Handover}, {before.TunnelGrace, got.TunnelGrace},
			{before.Idle, got.Idle}, {before.HealthGrace, got.HealthGrace},
		} {
			assert.LessOrEqual(t, pair[0], pair[1], "%d: a longer drain shortens nothing", seconds)
		}
		before = got
	}
}

func TestLongest(t *testing.T) {
	assert.GreaterOrEqual(t, Longest(true, true), 60, "the default is always possible")
	for _, args := range [][2]bool{{false, false}, {false, true}, {true, false}} {
		assert.Equal(t, Most, Longest(args[0], args[1]), "%v", args)
	}
}
