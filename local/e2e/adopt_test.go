package e2e

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAdopt_TakesOverTerraform moves a deployment of the former Terraform program to this program. Each step depends on
// the one before.
func TestAdopt_TakesOverTerraform(t *testing.T) {
	parallel(t)
	d := newTerraformDeployment(t, "container_port=3108") // other tests use the default
	var adopted string
	runSteps(t, d, []step[*terraformDeployment]{
		{"an up names the command", nameCommand},
		{"a dry run changes nothing", planAdoption},
		{"the command imports and changes nothing else", func(t *testing.T, d *terraformDeployment) {
			adopted = adopt(t, d)
		}},
		{"a destroy before the first up deletes nothing", refuseEarlyDestroy},
		{"the first up keeps the data", upAfterAdoption},
		{"an adopted stack is not adopted again", adoptAgain},
		{"the app starts on the adopted database", startAdopted},
		{"Terraform has two resources left", func(t *testing.T, d *terraformDeployment) { d.forgetAdopted(t, adopted) }},
		{"a destroy leaves only the final snapshot", destroyAdopted},
	})
	assert.NotContains(t, d.printed.String(), oldPassword)
}

func nameCommand(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	assert.Contains(t, d.fails(t, "up", "--skip-preview"), "go run ./cmd/threa adopt")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
}

// planAdoption configures the stack and plans the import.
func planAdoption(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	assertContains(t, d.threa(t, 1, "", "adopt", "--dry-run"), " vpc default\n", " dbEngineVersion 16\n",
		" containerPort 3108\n")
	out := d.threa(t, 0, "", "adopt", "--configure", "--dry-run")
	assertContains(t, out, "database-instance", "Nothing was imported")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
	d.checkMarkers(t)
}

// adopt imports the deployment and returns the output.
func adopt(t *testing.T, d *terraformDeployment) string {
	t.Helper()
	before := d.mutatingCalls(t)
	out := d.threa(t, 0, "", "adopt", "--yes")
	before["ssm:PutParameter"]++ // the owner record
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
	return out
}

func refuseEarlyDestroy(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	d.fails(t, "destroy")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
}

// upAfterAdoption deploys the changes of the plan.
func upAfterAdoption(t *testing.T, d *terraformDeployment) {
	d.must(t, "up")
	d.checkMarkers(t)
	expectNoChanges(t, d.sandbox)
	expectNoDrift(t, d.sandbox)
	instance := findResource(resourcesOf(exportState(t, d.sandbox)), "::database-instance")
	assert.Equal(t, d.outputs(t)["rdsFinalSnapshot"], instance["outputs"].(fields)["finalSnapshotIdentifier"])
}

func adoptAgain(t *testing.T, d *terraformDeployment) {
	before := d.mutatingCalls(t)
	assert.Contains(t, d.threa(t, 0, "", "adopt", "--yes"), "There is nothing to import")
	assert.Equal(t, before, d.mutatingCalls(t), "calls that change something")
}

func startAdopted(t *testing.T, d *terraformDeployment) {
	app := startTask(t, d.sandbox)
	assert.Equal(t, 200, app.get(t, "/health", nil))
	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())
}

func destroyAdopted(t *testing.T, d *terraformDeployment) {
	d.set(t, "deletionProtection", "false")
	d.must(t, "up")
	snapshot, _ := d.outputs(t)["rdsFinalSnapshot"].(string)
	d.must(t, "destroy")
	// The revision of the task definition that Terraform has registered costs nothing.
	d.shell(t, "aws ecs deregister-task-definition --task-definition threa:1")
	checkDestroyed(t, d.sandbox)
	assert.Equal(t, []string{snapshot}, finalSnapshots(t, d.sandbox))
}
