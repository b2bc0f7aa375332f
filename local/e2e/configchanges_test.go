package e2e

import (
	"flag"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/local/internal/configchanges"
	"threa-infra/local/shim"
)

var (
	update = flag.Bool("update", false, "record the outcomes of the configuration changes")
	only   = flag.String("only", "", "the configuration changes to test, by their first keys, such as useSpot,redisTls")
)

// TestConfigChanges_MatchRecord changes every key of a running stack and back, in a few phases. The engine must do what
// is recorded of a phase's changes and nothing else, and a preview after it must be empty. A change without a record
// is first previewed alone, and so is each one with -full. -update stores these outcomes.
func TestConfigChanges_MatchRecord(t *testing.T) {
	parallel(t)
	recorded, err := configchanges.Load(root)
	require.NoError(t, err)
	s := newBootstrapped(t)
	deployBase(t, s)
	refuseFixed(t, s)
	outcomes := maps.Clone(recorded)
	if *update {
		defer func() { // even after a failure
			require.NoError(t, outcomes.Save(root))
			t.Log("Update the documentation with: go test ./local/internal/configchanges -update")
		}()
	}
	for _, phase := range configchanges.Phases() {
		applyPhase(t, s, selected(phase), outcomes)
	}
	expectNoDrift(t, s)
	checkRole(t, s, deployrole.Deploy, "rds:DescribeDBInstances", "iam:AttachRolePolicy")
	if *update {
		return
	}
	for name, outcome := range outcomes {
		assert.Equal(t, recorded[name], outcome, "%s has another outcome. If that is intended: "+
			"go test ./local/e2e -run TestConfigChanges -timeout 60m -args -full -update", name)
	}
}

func selected(phase []configchanges.Step) []configchanges.Step {
	if *only == "" {
		return phase
	}
	return slices.DeleteFunc(phase, func(step configchanges.Step) bool {
		return !slices.Contains(strings.Split(*only, ","), step.Keys()[0])
	})
}

// deployBase deploys the stack with an image and what the app needs.
func deployBase(t *testing.T, s *sandbox) {
	s.setAppVariables(t)
	s.set(t, "imageTag", shim.LocalImage)
	for _, setting := range configchanges.Base {
		applySetting(t, s, setting, setting.Value)
	}
	s.must(t, "up")
	s.push(t, "v2")
	// As in a maintenance window: from here on, RDS refuses the default version of the next major one.
	s.shell(t, "aws rds modify-db-instance --db-instance-identifier threa --engine-version 17.8 --apply-immediately")
	s.shell(t, "aws ssm put-parameter --type SecureString --name /threa/api-key --value x")
	s.shell(t, "aws acm request-certificate --domain-name app.example.com")
}

// refuseFixed checks that the program refuses to change the fixed keys.
func refuseFixed(t *testing.T, s *sandbox) {
	for _, settings := range configchanges.Fixed {
		for _, setting := range settings {
			s.set(t, setting.Path, setting.Value)
		}
		out := s.fails(t, "up", "--skip-preview")
		for _, setting := range settings {
			assert.Contains(t, out, setting.Path+` is "`+setting.Value+`", but`)
			s.unset(t, setting.Path)
		}
	}
	expectNoChanges(t, s)
	takeAuthorizations(t, s) // discards the requests: no role must suffice for another stack
}

// applyPhase applies the steps of a phase together, after previews of those without a record and of refused ones.
func applyPhase(t *testing.T, s *sandbox, phase []configchanges.Step, outcomes configchanges.Record) {
	var expected []configchanges.Operation
	var steps []configchanges.Step
	confirm := false
	for _, step := range phase {
		outcome, known := outcomes[step.Name()]
		if !known || outcome.Refused || *full {
			outcome = previewAlone(t, s, step)
			outcomes[step.Name()] = outcome
		}
		t.Logf("%s: %+v", step.Name(), outcome)
		if outcome.Refused && len(outcome.Steps) == 0 {
			continue
		}
		expected, steps = append(expected, outcome.Steps...), append(steps, step)
		confirm = confirm || outcome.Refused
	}
	if len(steps) == 0 {
		return
	}
	for _, step := range steps {
		applyStep(t, s, step, true)
	}
	if confirm {
		setConfirmation(t, s, true)
	}
	operations := deployOperations(t, s)
	if confirm {
		setConfirmation(t, s, false)
	}
	expectNoChanges(t, s)
	checkOperations(t, expected, operations)
}

// previewAlone previews one step and undoes it. If the refusal names a key that confirms the change, it previews again
// with that key.
func previewAlone(t *testing.T, s *sandbox, step configchanges.Step) configchanges.Outcome {
	t.Helper()
	applyStep(t, s, step, true)
	defer applyStep(t, s, step, false)
	operations, refusal := previewOperations(t, s)
	if refusal == "" {
		return configchanges.Outcome{Steps: operations}
	}
	require.Contains(t, refusal, "threa:"+step.Keys()[0]+" is ", "the refusal is the program's")
	if !strings.Contains(refusal, "--path '"+confirmation+"' cache") {
		return configchanges.Outcome{Refused: true}
	}
	setConfirmation(t, s, true)
	defer setConfirmation(t, s, false)
	operations, refusal = previewOperations(t, s)
	require.Empty(t, refusal)
	return configchanges.Outcome{Refused: true, Steps: operations}
}
