package mocks

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// Actions reads a list that policy/iam-actions.mjs wrote: every action of some services of AWS, with the types of resources
// that it can be tied to.
func Actions(t testing.TB, path string) map[string][]string {
	t.Helper()
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	actions := map[string][]string{}
	for line := range strings.Lines(string(text)) {
		words := strings.Fields(line)
		actions[words[0]] = words[1:]
	}
	require.Greater(t, len(actions), 1000)
	return actions
}
