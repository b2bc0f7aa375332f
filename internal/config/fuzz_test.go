package config

import (
	"errors"
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

// FuzzParse sets one key to anything. Whatever a user types, the answer is a configuration or a list of problems.
func FuzzParse(f *testing.F) {
	for _, wrong := range invalid {
		for key, value := range wrong.given {
			f.Add(pulumitest.Namespaced(key), value, false)
		}
	}
	base := wrongValues(f, nil)
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
		require.LessOrEqual(t, len(c.Name), nameLimit)
		require.Contains(t, fargateMemory[c.Container.CPU], c.Container.Memory)
	})
}
