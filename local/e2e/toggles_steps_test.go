package e2e

import (
	"bufio"
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/toggles"
)

// turn sets what a move sets, or takes it back.
func turn(t *testing.T, s *sandbox, move toggles.Move, made bool) {
	t.Helper()
	for _, one := range move.Settings {
		value := one.Value
		if move.Back == made {
			value = one.Before
		}
		set(t, s, one, value)
	}
}

// set gives a setting a value, or takes it away.
func set(t *testing.T, s *sandbox, one toggles.Setting, value string) {
	t.Helper()
	if value == toggles.Given {
		value = aws[string](t, s, "acm", "list-certificates", "--query", "CertificateSummaryList[0].CertificateArn")
	}
	switch {
	case value == "":
		s.must(t, "config", "rm", "--path", one.Path)
	case one.Secret:
		s.must(t, "config", "set", "--secret", "--path", one.Path, value)
	default:
		s.must(t, "config", "set", "--plaintext", "--path", one.Path, value)
	}
}

const confirmation = "confirmReplacement[0]"

func confirmable(refusal string) bool {
	return strings.Contains(refusal, "pulumi config set --path '"+confirmation+"' cache")
}

func confirmed(t *testing.T, s *sandbox, yes bool) {
	t.Helper()
	if yes {
		s.must(t, "config", "set", "--path", confirmation, "cache")
		return
	}
	s.must(t, "config", "rm", "confirmReplacement")
}

// preview is what the engine would do, or why the program refuses.
func preview(t *testing.T, s *sandbox) (steps []toggles.Step, refusal string) {
	t.Helper()
	text, err := s.command("preview", "--json").Output()
	if err != nil {
		return nil, s.fails(t, "preview")
	}
	var plan struct {
		Steps []struct {
			Op, URN     string
			DiffReasons []string
		}
	}
	require.NoError(t, json.Unmarshal(text, &plan))
	for _, one := range plan.Steps {
		steps = add(steps, toggles.NewStep(one.Op, one.URN, one.DiffReasons))
	}
	return sorted(steps), ""
}

// up applies the configuration and returns what the engine has done.
func up(t *testing.T, s *sandbox) []toggles.Step {
	t.Helper()
	path := filepath.Join(t.TempDir(), "events.json")
	cmd := s.command("up", "--event-log", path)
	cmd.Env = append(cmd.Env, "PULUMI_DEBUG_COMMANDS=true") // which has the engine take --event-log
	out, code := s.finish(cmd)
	require.Zero(t, code, out)
	file, err := os.Open(path)
	require.NoError(t, err)
	defer func() { _ = file.Close() }()
	var did []toggles.Step
	lines := bufio.NewScanner(file)
	lines.Buffer(nil, 1<<24)
	for lines.Scan() {
		var event struct {
			ResOutputsEvent *struct {
				Metadata struct {
					Op, URN string
					Diffs   []string
				}
				Planning bool
			}
		}
		require.NoError(t, json.Unmarshal(lines.Bytes(), &event))
		if done := event.ResOutputsEvent; done != nil && !done.Planning {
			did = add(did, toggles.NewStep(done.Metadata.Op, done.Metadata.URN, done.Metadata.Diffs))
		}
	}
	require.NoError(t, lines.Err())
	return did
}

// sameOperations wants that an up did what its moves do alone, and nothing else.
func sameOperations(t *testing.T, alone, did []toggles.Step) {
	t.Helper()
	changed := map[string][]string{} // properties of each resource that is updated
	for _, one := range alone {
		key := one.Op + " " + one.Name
		changed[key] = append(changed[key], one.Properties...)
		// A preview does not know the version that a secret will have, which restarts the tasks; the rules know that it does.
		if one.Kind == "ssm/parameter" && (one.Op == "create" || slices.Contains(one.Properties, "value")) {
			changed["update compute-service"] = append(changed["update compute-service"], "capacityProviderStrategies", "triggers")
		}
	}
	for _, one := range did {
		key := one.Op + " " + one.Name
		assert.Contains(t, changed, key, "no move of the phase does this alone")
		assert.Subset(t, changed[key], one.Properties, "%s: no move of the phase changes this alone", key)
	}
	assert.Equal(t, slices.Sorted(maps.Keys(changed)), operations(did), "some move of the phase did not do what it does alone")
}

func operations(steps []toggles.Step) []string {
	all := map[string]bool{}
	for _, one := range steps {
		all[one.Op+" "+one.Name] = true
	}
	return slices.Sorted(maps.Keys(all))
}

// add leaves out what is no step.
func add(steps []toggles.Step, step *toggles.Step) []toggles.Step {
	if step == nil {
		return steps
	}
	return append(steps, *step)
}

// sorted brings steps into the one order that does not depend on which was ready first.
func sorted(steps []toggles.Step) []toggles.Step {
	slices.SortFunc(steps, func(a, b toggles.Step) int { return strings.Compare(a.Name+" "+a.Op, b.Name+" "+b.Op) })
	return steps
}
