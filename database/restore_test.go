package database

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	snapshotLookup = "aws:rds/getSnapshot:getSnapshot"
	tagLookup      = "aws:resourcegroupstaggingapi/getResources:getResources"
)

// snapshots are those of an account: two of the stack, one that RDS made, one of another stack.
func snapshots() *mocks.AWS {
	ours := map[string]string{"Project": "threa"}
	return &mocks.AWS{Snapshots: []mocks.Snapshot{
		{Name: "threa-staging-final-1", Instance: "threa-staging", Version: "17.6", Tags: ours},
		{Name: "threa-staging-final-2", Instance: "threa-staging", Version: "17.6", Storage: 42, Tags: ours},
		{Name: "rds:threa-staging-2026-02-01-03-10", Instance: "threa-staging", Version: "17.6", Automated: true},
		{Name: "threa-final-9", Instance: "threa", Version: "17.6", Tags: map[string]string{"Project": "other"}},
	}}
}

func restoring(from string) *Args {
	return arguments(func(a *Args) { a.RestoreFrom = from })
}

func TestANewDatabaseStartsWithTheSnapshotThatIsNamed(t *testing.T) {
	for from, want := range map[string]string{
		"threa-staging-final-1": "threa-staging-final-1", "latest": "threa-staging-final-2", "threa-final-9": "threa-final-9", "": "",
		"rds:threa-staging-2026-02-01-03-10": "rds:threa-staging-2026-02-01-03-10",
	} {
		stack, _ := mustBuild(t, restoring(from), snapshots())
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, want, instance.Text("snapshotIdentifier"), from)
		assert.Equal(t, mocks.Password, instance.Text("password"), "the provider changes the snapshot's to this one")
	}
}

func TestADatabaseThatHadGrownIsNotMadeSmaller(t *testing.T) {
	for from, want := range map[string]string{"threa-staging-final-1": "20", "threa-staging-final-2": "42"} {
		stack, _ := mustBuild(t, restoring(from), snapshots())
		assert.Equal(t, want, stack.Only(t, instanceToken).Text("allocatedStorage"), from)
	}
}

func TestAnExistingDatabaseIsLeftAlone(t *testing.T) {
	for _, from := range []string{"latest", "threa-staging-final-1", "gone-since"} {
		aws := snapshots()
		aws.Databases = map[string]string{"threa-staging": "17.6"}
		stack, _ := mustBuild(t, restoring(from), aws)
		instance := stack.Only(t, instanceToken)
		assert.Empty(t, instance.Text("snapshotIdentifier"))
		assert.Equal(t, "20", instance.Text("allocatedStorage"))
		assert.Contains(t, instance.Request.GetIgnoreChanges(), "snapshotIdentifier", "the one it was made of stays in the state")
		assert.Empty(t, stack.Calls(snapshotLookup), "it may be gone by now")
		assert.Len(t, stack.Calls("aws:rds/getInstances:getInstances"), 1, "one look is enough for the snapshot and the version")
	}
}

func TestNoSnapshotIsLookedUpUnlessARestoreIsAskedFor(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), nil)
	assert.Empty(t, stack.Calls(snapshotLookup))
}

func TestRestore_WarnsOfEmptyDatabase(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), snapshots())
	assert.Len(t, stack.Calls(tagLookup), 1, "the warning names the snapshots")

	aws := snapshots()
	aws.Databases = map[string]string{"threa-staging": "17.6"}
	stack, _ = mustBuild(t, arguments(nil), aws)
	assert.Empty(t, stack.Calls(tagLookup), "the database exists")
}

func TestASnapshotThatDoesNotExistIsRefusedWithThoseThatDo(t *testing.T) {
	recording, _, err := try(t, restoring("threa-staging-final-3"), snapshots())
	require.ErrorContains(t, err, `threa:restoreFromSnapshot is "threa-staging-final-3", but RDS shows no such snapshot of threa-staging`)
	require.ErrorContains(t, err, `    These have the tags of this stack: threa-staging-final-1, threa-staging-final-2
    pulumi config set restoreFromSnapshot threa-staging-final-2`)
	assert.Empty(t, recording.All(), "nothing may be registered")

	_, _, err = try(t, restoring("latest"), nil)
	require.ErrorContains(t, err, "No snapshot has the tags of this stack. To start with an empty database:  pulumi config rm restoreFromSnapshot")
}

func TestALookupOfSnapshotsThatAWSRefusesSaysSo(t *testing.T) {
	aws := snapshots()
	aws.Refused = []string{snapshotLookup, tagLookup}
	_, _, err := try(t, restoring("latest"), aws)
	require.ErrorContains(t, err, "AccessDenied: "+snapshotLookup)
	require.ErrorContains(t, err, "list the snapshots of the stack")

	aws.Refused = []string{"aws:rds/getInstances:getInstances"}
	_, _, err = try(t, restoring("latest"), aws)
	require.ErrorContains(t, err, "find out whether the database exists")
}

func TestASnapshotThatDoesNotFitIsRefusedBeforeAnythingIsMade(t *testing.T) {
	for name, one := range map[string]struct {
		snapshot mocks.Snapshot
		want     []string
	}{
		"of another major version": {mocks.Snapshot{Version: "16.10"}, []string{
			"is one of PostgreSQL 16.10, but threa:dbEngineVersion is 17", "pulumi config set dbEngineVersion 16",
		}},
		"of another engine": {mocks.Snapshot{Engine: "mysql", Version: "8.4.1"}, []string{"is one of mysql, not of PostgreSQL"}},
		"too large":         {mocks.Snapshot{Version: "17.6", Storage: 95}, []string{"pulumi config set dbMaxAllocatedStorage 105"}},
		"in the clear": {mocks.Snapshot{Version: "17.6", Unencrypted: true}, []string{
			"is not encrypted", "aws rds copy-db-snapshot --kms-key-id alias/aws/rds --source-db-snapshot-identifier before",
			"pulumi config set restoreFromSnapshot before-encrypted",
		}},
		"in every way": {mocks.Snapshot{Version: "15.14", Storage: 1000, Unencrypted: true}, []string{
			"PostgreSQL 15.14", "dbMaxAllocatedStorage 1100", "is not encrypted",
		}},
	} {
		one.snapshot.Name = "before"
		recording, _, err := try(t, restoring("before"), &mocks.AWS{Snapshots: []mocks.Snapshot{one.snapshot}})
		require.Error(t, err, name)
		for _, part := range one.want {
			assert.ErrorContains(t, err, part, name)
		}
		assert.Empty(t, recording.All(), name)
	}
}
