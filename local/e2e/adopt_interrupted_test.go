package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/configchanges"
	"threa-infra/local/shim"
)

// TestAdopt_ContinuesAfterKill kills the adoption after each step. Then it changes the configuration of the adopted
// stack, loses its state and adopts it again. Each step depends on the one before.
func TestAdopt_ContinuesAfterKill(t *testing.T) {
	parallel(t)
	d := newTerraformDeployment(t)
	runSteps(t, d, []step[*terraformDeployment]{
		{"a missing permission changes nothing", refuseWithoutPermission},
		{"a killed plan changes nothing", killPlan},
		{"a killed import continues", killImport},
		{"a killed first up continues", killFirstUp},
		{"the configuration changes as that of other stacks", changeAdopted},
		{"a lost state is adopted again", loseState},
		{"another state is refused", refuseOtherState},
	})
	assert.NotContains(t, d.printed.String(), oldPassword)
}

// killAdoption kills the command at a call.
func killAdoption(t *testing.T, d *terraformDeployment, k killPoint) {
	t.Helper()
	d.killCommandAt(t, k, nil, d.shellCommand(`exec "$@"`, threa, "adopt", "--yes", "--configure"))
}

func refuseWithoutPermission(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	d.injectFaults(t, shim.FaultPlan{Deny: "rds:DescribeDBInstances"})
	out := d.threa(t, 1, "", "adopt", "--yes", "--configure")
	d.clearFaults(t)
	assertContains(t, out, "look up the database", "The credentials lack this permission")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
}

func killPlan(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	killAdoption(t, d, killPoint{call: "ecr:GetLifecyclePolicy", nth: 2})
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
}

// killImport kills the command after it has written the owner record, and then in the middle of the import.
func killImport(t *testing.T, d *terraformDeployment) {
	killAdoption(t, d, killPoint{call: "ssm:PutParameter", nth: 1, done: true})

	const call = "ecr:GetLifecyclePolicy"
	before := d.calls(t)[call]
	d.threa(t, 0, "", "adopt", "--dry-run")
	killAdoption(t, d, killPoint{call: call, nth: d.calls(t)[call] - before + 1})
	d.threa(t, 0, "", "adopt", "--yes")
	d.checkMarkers(t)
}

func killFirstUp(t *testing.T, d *terraformDeployment) {
	d.killAt(t, killPoint{call: "rds:ModifyDBInstance", nth: 1, done: true}, nil, "up", "--skip-preview")
	d.threa(t, 0, "", "recover", "--yes")
	upAfterAdoption(t, d)
	adoptAgain(t, d)
}

// changeAdopted makes some of the recorded configuration changes, which must do the same as on every other stack.
func changeAdopted(t *testing.T, d *terraformDeployment) {
	recorded, err := configchanges.Load(root)
	require.NoError(t, err)
	keys := []string{"desiredCount", "enableExec", "alarmEmail", "taskPolicyArns", "redisNodeType", "dbInstanceClass",
		"dbAllocatedStorage", "multiAz"}
	for _, phase := range configchanges.Phases() {
		applyPhase(t, d.sandbox, slices.DeleteFunc(phase, func(step configchanges.Step) bool {
			return !slices.Contains(keys, step.Keys()[0])
		}), recorded)
	}
	d.checkMarkers(t)
}

// loseState deletes the stack and keeps its resources.
func loseState(t *testing.T, d *terraformDeployment) {
	d.must(t, "stack", "rm", "--force", "--yes", "--preserve-config")
	d.must(t, "stack", "init", "prod")
	before := d.mutatingCalls(t)
	assertContains(t, d.threa(t, 1, "", "adopt", "--yes"), "belong to stack threa/prod", "adopt --take-over")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
	d.threa(t, 0, "", "adopt", "--yes", "--take-over", "--configure")
	upAfterAdoption(t, d)
}

// refuseOtherState adopts into another stack.
func refuseOtherState(t *testing.T, d *terraformDeployment) {
	d.must(t, "stack", "init", "other")
	d.must(t, "config", "set", "--stack", "other", "environment", "prod")
	assert.Contains(t, d.threa(t, 1, "", "adopt", "--yes", "--stack", "other"), "belong to stack threa/prod")
}
