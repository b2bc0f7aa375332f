package e2e

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// fields is a JSON object of a state or a preview.
type fields = map[string]any

// exportState returns the exported stack.
func exportState(t *testing.T, s *sandbox) fields {
	t.Helper()
	return readJSON[fields](t, s, "stack", "export")
}

// importState replaces the stack's state.
func importState(t *testing.T, s *sandbox, state fields) {
	t.Helper()
	text, err := json.Marshal(state)
	require.NoError(t, err)
	cmd := s.command("stack", "import")
	cmd.Stdin = bytes.NewReader(text)
	out, code := s.finish(cmd)
	require.Zero(t, code, out)
}

func resourcesOf(state fields) []any {
	resources, _ := state["deployment"].(fields)["resources"].([]any)
	return resources
}

// findResource returns the resource whose URN ends with a name, or nil.
func findResource(resources []any, name string) fields {
	for _, item := range resources {
		if urn, _ := item.(fields)["urn"].(string); strings.HasSuffix(urn, name) {
			return item.(fields)
		}
	}
	return nil
}

// removeResources removes the resources whose URNs end with a name, and the dependencies of all others.
func removeResources(state fields, names ...string) {
	resources := slices.DeleteFunc(resourcesOf(state), func(item any) bool {
		return slices.ContainsFunc(names, func(name string) bool { return findResource([]any{item}, name) != nil })
	})
	for _, item := range resources {
		delete(item.(fields), "dependencies")
		delete(item.(fields), "propertyDependencies")
	}
	state["deployment"].(fields)["resources"] = resources
}
