package e2e

import (
	"errors"
	"flag"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/local/internal/toggles"
)

var (
	update = flag.Bool("update", false, "keep what was seen of the toggles, and write the table of the README anew")
	only   = flag.String("only", "", "the toggles to go through, by their first keys, such as useSpot,redisTls; empty for all")
)

// TestEveryToggleDoesWhatTheReadmeSays takes one running stack through every key, both ways, in a few phases. The engine
// has to do what is on record of the moves of a phase and nothing else, and a preview after it is empty. A move that is not
// on record, and each with -full, is previewed alone before, which is where the record and the table in the README come
// from: -update keeps what was seen.
func TestEveryToggleDoesWhatTheReadmeSays(t *testing.T) {
	t.Parallel()
	recorded, err := toggles.Load(root)
	if *update && errors.Is(err, fs.ErrNotExist) {
		recorded, err = toggles.Record{}, nil
	}
	require.NoError(t, err)
	s := newSandbox(t, root)
	begin(t, s)
	refuseFixed(t, s)
	seen := maps.Clone(recorded)
	if *update {
		defer func() { // what was seen before a failure, too
			require.NoError(t, seen.Save(root))
			require.NoError(t, toggles.WriteReadme(root, seen))
		}()
	}
	for _, phase := range toggles.Phases {
		run(t, s, chosen(phase), seen)
	}
	noDrift(t, s)
	enough(t, s, deployrole.Deploy, "rds:DescribeDBInstances")
	if *update {
		return
	}
	for name, outcome := range seen {
		assert.Equal(t, recorded[name], outcome, "%s does something else than the README says; if that is meant: "+
			"go test ./local/e2e -run TestEveryToggle -timeout 60m -args -full -update", name)
	}
}

func chosen(phase []toggles.Move) []toggles.Move {
	if *only == "" {
		return phase
	}
	return slices.DeleteFunc(slices.Clone(phase), func(move toggles.Move) bool {
		return !slices.Contains(strings.Split(*only, ","), move.Keys()[0])
	})
}

// begin brings the stack up, with an image and what the app needs.
func begin(t *testing.T, s *sandbox) {
	provideVariables(t, s)
	s.must(t, "config", "set", "imageTag", "v1")
	for _, one := range toggles.Base {
		set(t, s, one, one.Value)
	}
	s.must(t, "up")
	// As the maintenance window does: from here on, RDS refuses the default version of the next major one.
	s.shell(t, "aws rds modify-db-instance --db-instance-identifier threa --engine-version 17.8 --apply-immediately")
	s.shell(t, "aws ssm put-parameter --type SecureString --name /threa/api-key --value x")
	s.shell(t, "aws acm request-certificate --domain-name app.example.com")
}

// refuseFixed tries the keys that are chosen before the first up.
func refuseFixed(t *testing.T, s *sandbox) {
	for _, set := range toggles.Fixed {
		for _, one := range set {
			s.must(t, "config", "set", one.Path, one.Value)
		}
		out := s.fails(t, "up", "--skip-preview")
		for _, one := range set {
			assert.Contains(t, out, one.Path+` is "`+one.Value+`", but`)
			s.must(t, "config", "rm", one.Path)
		}
	}
	nothingToDo(t, s)
	accesses(t, s) // no role has to be enough for another stack
}

// run applies the moves of a phase together, after previews of those that are not on record or may be refused.
func run(t *testing.T, s *sandbox, phase []toggles.Move, seen toggles.Record) {
	var expected []toggles.Step
	var apply []toggles.Move
	confirm := false
	for _, move := range phase {
		outcome, known := seen[move.Name()]
		if !known || outcome.Refused || *full {
			outcome = try(t, s, move)
			seen[move.Name()] = outcome
		}
		t.Logf("%s: %+v", move.Name(), outcome)
		if outcome.Refused && len(outcome.Steps) == 0 {
			continue
		}
		expected, apply, confirm = append(expected, outcome.Steps...), append(apply, move), confirm || outcome.Refused
	}
	if len(apply) == 0 {
		return
	}
	for _, move := range apply {
		turn(t, s, move, true)
	}
	if confirm {
		confirmed(t, s, true)
	}
	did := up(t, s)
	if confirm {
		confirmed(t, s, false)
	}
	nothingToDo(t, s)
	sameOperations(t, expected, did)
}

// try previews one move and takes it back. A move that is refused is tried once more with the key that the refusal
// names, where it names one.
func try(t *testing.T, s *sandbox, move toggles.Move) toggles.Outcome {
	t.Helper()
	turn(t, s, move, true)
	defer turn(t, s, move, false)
	steps, refusal := preview(t, s)
	if refusal == "" {
		return toggles.Outcome{Steps: steps}
	}
	require.Contains(t, refusal, "threa:"+move.Keys()[0]+" is ", "the refusal is the program's")
	if !confirmable(refusal) {
		return toggles.Outcome{Refused: true}
	}
	confirmed(t, s, true)
	defer confirmed(t, s, false)
	steps, refusal = preview(t, s)
	require.Empty(t, refusal)
	return toggles.Outcome{Refused: true, Steps: steps}
}
