package e2e

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/configchanges"
)

// applyStep sets the settings of a step, or undoes them.
func applyStep(t *testing.T, s *sandbox, step configchanges.Step, do bool) {
	t.Helper()
	for _, setting := range step.Settings {
		value := setting.Value
		if step.Reverts == do {
			value = setting.Previous
		}
		applySetting(t, s, setting, value)
	}
}

// applySetting sets a setting to a value, or removes it if the value is empty.
func applySetting(t *testing.T, s *sandbox, setting configchanges.Setting, value string) {
	t.Helper()
	if value == configchanges.CertificateARN {
		value = aws[string](t, s, "acm", "list-certificates", "--query", "CertificateSummaryList[0].CertificateArn")
	}
	switch {
	case value == "":
		key, _, _ := strings.Cut(setting.Path, "[") // allowedCidrs must not be an empty list
		s.must(t, "config", "rm", "--path", key)
	case setting.Secret:
		s.must(t, "config", "set", "--secret", "--path", setting.Path, value)
	default:
		s.must(t, "config", "set", "--plaintext", "--path", setting.Path, value)
	}
}

const confirmation = "confirmReplacement[0]"

// setConfirmation sets or removes the confirmation for a replacement of the cache.
func setConfirmation(t *testing.T, s *sandbox, yes bool) {
	t.Helper()
	if yes {
		s.must(t, "config", "set", "--path", confirmation, "cache")
		return
	}
	s.unset(t, "confirmReplacement")
}

// previewOperations returns the sorted operations of a preview, or the program's error.
func previewOperations(t *testing.T, s *sandbox) (operations []configchanges.Operation, failure string) {
	t.Helper()
	plan, failure := s.tryPreview(t)
	for _, step := range plan.Steps {
		if operation := configchanges.NewOperation(step.Op, string(step.URN), step.DiffReasons); operation != nil {
			operations = append(operations, *operation)
		}
	}
	slices.SortFunc(operations, func(a, b configchanges.Operation) int {
		return strings.Compare(a.Name+" "+a.Op, b.Name+" "+b.Op)
	})
	return operations, failure
}

// deployOperations applies the configuration and returns the engine's operations.
func deployOperations(t *testing.T, s *sandbox) (operations []configchanges.Operation) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.json")
	cmd := s.command("up", "--event-log", path)
	cmd.Env = append(cmd.Env, "PULUMI_DEBUG_COMMANDS=true") // enables --event-log
	out, code := s.finish(cmd)
	require.Zero(t, code, out)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	events := json.NewDecoder(file)
	for events.More() {
		var event struct {
			ResOutputsEvent struct {
				Metadata struct {
					Op, URN string
					Diffs   []string
				}
				Planning bool
			}
		}
		require.NoError(t, events.Decode(&event))
		if event.ResOutputsEvent.Planning || event.ResOutputsEvent.Metadata.URN == "" {
			continue
		}
		metadata := event.ResOutputsEvent.Metadata
		if operation := configchanges.NewOperation(metadata.Op, metadata.URN, metadata.Diffs); operation != nil {
			operations = append(operations, *operation)
		}
	}
	return operations
}

// checkOperations asserts that an up did exactly what the steps of its phase do alone.
func checkOperations(t *testing.T, expected, actual []configchanges.Operation) {
	t.Helper()
	changed, done := map[string][]string{}, map[string]bool{} // updated properties and operations, by operation and name
	for _, operation := range expected {
		key := operation.Op + " " + operation.Name
		changed[key] = append(changed[key], operation.Properties...)
	}
	for _, operation := range actual {
		key := operation.Op + " " + operation.Name
		done[key] = true
		assert.Contains(t, changed, key, "no step of the phase does this alone")
		assert.Subset(t, changed[key], operation.Properties, "%s: no step of the phase changes this alone", key)
	}
	assert.Equal(t, slices.Sorted(maps.Keys(changed)), slices.Sorted(maps.Keys(done)),
		"a step of the phase did not do what it does alone")
}
