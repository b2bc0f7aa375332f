package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/require"
)

// expectNoChanges asserts that a preview is empty.
func expectNoChanges(t *testing.T, s *sandbox) {
	t.Helper()
	s.must(t, "preview", "--expect-no-changes")
}

// expectNoChangesAfterRefresh asserts that a preview after a refresh is empty.
func expectNoChangesAfterRefresh(t *testing.T, s *sandbox) {
	t.Helper()
	s.must(t, "preview", "--refresh", "--expect-no-changes")
}

// expectNoDrift asserts that a refresh changes nothing in the state.
func expectNoDrift(t *testing.T, s *sandbox) {
	t.Helper()
	s.must(t, "refresh", "--expect-no-changes")
}

// readJSON runs the launcher and decodes its standard output.
func readJSON[T any](t *testing.T, s *sandbox, args ...string) T {
	t.Helper()
	text, err := s.command(args...).Output()
	require.NoError(t, err, "%s", text)
	var value T
	require.NoError(t, json.Unmarshal(text, &value))
	return value
}

// outputs returns the outputs of the stack.
func (s *sandbox) outputs(t *testing.T) map[string]any {
	t.Helper()
	outputs := readJSON[map[string]any](t, s, "stack", "output", "--json")
	s.record(fmt.Sprintln(outputs))
	return outputs
}

// plan is what a preview prints as JSON.
type plan struct {
	Steps []struct {
		Op          string
		URN         resource.URN
		DiffReasons []string
		NewState    fields
	}
	Diagnostics []struct{ Message, Severity string }
}

// tryPreview returns the plan of a preview or, if it fails, its message.
func (s *sandbox) tryPreview(t *testing.T, args ...string) (result plan, failure string) {
	t.Helper()
	text, err := s.command(append([]string{"preview", "--json"}, args...)...).Output()
	require.NoError(t, json.Unmarshal(text, &result), "%s", text)
	if err != nil {
		for _, diagnostic := range result.Diagnostics {
			failure += diagnostic.Message
		}
		require.NotEmpty(t, failure, "%s", text)
	}
	return result, failure
}

// operations returns the operations of a preview, as "operation logical-name".
func (s *sandbox) operations(t *testing.T) []string {
	t.Helper()
	var operations []string
	for _, step := range readJSON[plan](t, s, "preview", "--json").Steps {
		if step.Op != "same" {
			operations = append(operations, step.Op+" "+step.URN.Name())
		}
	}
	return operations
}
