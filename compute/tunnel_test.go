package compute

import (
	"encoding/json"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/drain"
	"threa-infra/internal/mocks"
)

const tokenARN = parameterPrefix + "tunnel-token"

// tunneled adds a tunnel to the arguments.
func tunneled(a *Args) {
	a.Tunnel = &Tunnel{Token: parameter(tokenARN, 7),
		Image: "cloudflare/cloudflared:2026.9.3"}
}

// withTunnel is a task with a tunnel: its connector, the app, and what runs before it.
func withTunnel(t *testing.T, change func(*Args)) (
	stack *mocks.Recording, cloudflared, app container, before []container,
) {
	t.Helper()
	stack, _ = mustBuild(t, arguments(func(a *Args) {
		tunneled(a)
		if change != nil {
			change(a)
		}
	}))
	var all []container
	require.NoError(t, json.Unmarshal([]byte(stack.Only(t, taskToken).Text("containerDefinitions")), &all))
	require.Len(t, all, 4)
	return stack, all[3], all[2], all[:2]
}

func TestTunnel_GracePeriodFitsStopTimeout(t *testing.T) {
	for seconds := drain.Least; seconds <= drain.Longest(true, true); seconds += 9 {
		_, cloudflared, app, _ := withTunnel(t, func(a *Args) { a.Drain, a.Spot = drain.From(seconds), true })
		grace, err := time.ParseDuration(flag(t, cloudflared.Command, "--grace-period"))
		require.NoError(t, err)
		assert.Positive(t, grace)
		assert.Less(t, grace, time.Duration(cloudflared.StopTimeout)*time.Second)
		assert.LessOrEqual(t, cloudflared.StopTimeout+app.StopTimeout, 120)
	}
}

// flag is what a command gives after a flag.
func flag(t *testing.T, command []string, name string) string {
	t.Helper()
	i := slices.Index(command, name)
	require.GreaterOrEqual(t, i, 0, "%v has no %s", command, name)
	require.Less(t, i+1, len(command))
	return command[i+1]
}
