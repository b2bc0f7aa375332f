package config

import (
	"errors"
	"maps"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/drain"
	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
)

// FuzzParse sets one key to anything. For any input, the result is a configuration or a list of problems.
func FuzzParse(f *testing.F) {
	for _, c := range invalidCases(f) {
		for key, value := range c.Set {
			f.Add(stackconfig.FullKey("threa", key), value, false)
		}
	}
	base := withoutRequired(f, nil)
	f.Fuzz(func(t *testing.T, key, value string, secret bool) {
		v := Values{Project: base.Project, Stack: base.Stack, Set: maps.Clone(base.Set), Secret: maps.Clone(base.Secret)}
		v.Set[key], v.Secret[key] = value, secret
		c, err := Parse(v)
		var problems *Problems
		if errors.As(err, &problems) {
			require.NotEmpty(t, problems.List)
			return
		}
		require.NoError(t, err)
		keepsPromises(t, c)
	})
}

// keepsPromises holds a configuration to what the other packages take for granted.
func keepsPromises(t *testing.T, c *Config) {
	t.Helper()
	require.Regexp(t, `^[a-z][a-z0-9]*(-[a-z0-9]+)*$`, c.Name)
	require.LessOrEqual(t, len(c.Name), nameLimit)
	require.NotContains(t, containers, c.Name)
	require.NotEqual(t, "latest", c.Container.ImageTag)
	require.Contains(t, fargateMemory[c.Container.CPU], c.Container.Memory)
	require.True(t, 1 <= c.Container.Port && c.Container.Port <= 65535, "port %d", c.Container.Port)
	require.True(t, 0 <= c.Container.Count && c.Container.Count <= 100, "count %d", c.Container.Count)
	longest := drain.Longest(c.Container.Spot, c.Ingress.Kind != IngressDirect)
	require.True(t, drain.Least <= c.Drain.Stop && c.Drain.Stop <= longest, "drain %d", c.Drain.Stop)
	if c.Ingress.Kind == IngressTunnel {
		_, err := tunnel.Parse(string(c.Ingress.TunnelToken))
		require.NoError(t, err)
		require.NotEqual(t, tunnel.MetricsPort, c.Container.Port)
	}
	require.Less(t, c.Database.AllocatedStorage, c.Database.MaxAllocatedStorage+1)
	password := string(c.Database.Password)
	require.True(t, 8 <= len(password) && len(password) <= 128 && !strings.ContainsAny(password, "/\"@ \x00"), "password")

	require.True(t, c.Monitoring.MonthlyBudget == "" || len(c.Monitoring.Emails()) > 0, "a budget that tells nobody")

	given := map[string]int{}
	for variable, value := range c.Container.Environment {
		require.NotEmpty(t, value, variable)
		require.True(t, utf8.ValidString(value) && !strings.Contains(value, "\x00"), "%s: %q", variable, value)
		given[variable]++
	}
	for variable, parameter := range c.Secrets.Existing {
		require.True(t, strings.HasPrefix(parameter, "/"+c.Name+"/"), "%s: %s", variable, parameter)
		given[variable]++
	}
	for variable, value := range c.Secrets.Stored {
		require.True(t, 1 <= len(value) && len(value) <= MaxSecret, variable)
		given[variable]++
	}
	for name, times := range given {
		require.Regexp(t, VariableName, name)
		require.Equal(t, 1, times, "%s has more than one source", name)
	}
}
