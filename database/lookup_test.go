package database

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	instancesLookup = "aws:rds/getInstances:getInstances"
	instanceLookup  = "aws:rds/getInstance:getInstance"
	versionLookup   = "aws:rds/getEngineVersion:getEngineVersion"
	snapshotLookup  = "aws:rds/getSnapshot:getSnapshot"
	tagLookup       = "aws:resourcegroupstaggingapi/getResources:getResources"
)

// checkRefused wants an error with every text before anything is registered.
func checkRefused(t *testing.T, args *Args, aws *mocks.AWS, want ...string) {
	t.Helper()
	recording, _, err := try(t, args, mocks.Options{AWS: aws})
	require.Error(t, err)
	for _, text := range want {
		assert.ErrorContains(t, err, text)
	}
	assert.Empty(t, recording.All())
}

func version(configured string) *Args {
	return arguments(func(a *Args) { a.EngineVersion = configured })
}

func restore(from string) *Args { return arguments(func(a *Args) { a.RestoreFrom = from }) }

// running returns an account with an instance, the versions to which RDS upgrades it, and another stack's instance.
func running(version string, targets ...string) *mocks.AWS {
	return &mocks.AWS{
		Databases: map[string]string{"threa-staging": version, "threa": "15.1"},
		Upgrades:  map[string][]string{version: targets},
	}
}

// snapshots returns an account with two snapshots of the stack, one that RDS took by itself and another stack's.
func snapshots() *mocks.AWS {
	tags := map[string]string{"Project": "threa"}
	return &mocks.AWS{Snapshots: []mocks.Snapshot{
		{Name: "threa-staging-final-1", Instance: "threa-staging", Version: "17.6", Tags: tags},
		{Name: "threa-staging-final-2", Instance: "threa-staging", Version: "17.6", Storage: 42, Tags: tags},
		{Name: "rds:threa-staging-2026-02-01", Instance: "threa-staging", Version: "17.6", Automated: true},
		{Name: "threa-final-9", Instance: "threa", Version: "17.6", Tags: map[string]string{"Project": "other"}},
	}}
}

func TestUpgrade_ChoosesNewestTarget(t *testing.T) {
	for name, row := range map[string]struct {
		running    string
		targets    []string
		configured string
		want       string
	}{
		"the newest minor version":        {"17.13", []string{"18.7", "18.9", "18.8"}, "18", "18.9"},
		"compared as numbers":             {"17.9", []string{"18.9", "18.10", "18.4"}, "18", "18.10"},
		"of the configured major version": {"16.10", []string{"17.6", "17.7", "18.1"}, "17", "17.7"},
		"over several major versions":     {"15.14", []string{"16.10", "17.6", "18.1"}, "18", "18.1"},
		"of a similar major version":      {"15.14", []string{"17.6", "170.1"}, "17", "17.6"},
		"from extended support": {
			"15.18-rds.20270501", []string{"16.14", "16.14-rds.20270501"}, "16", "16.14-rds.20270501"},
	} {
		stack, _ := mustBuild(t, version(row.configured), running(row.running, row.targets...))
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, row.want, instance.Text("engineVersion"), name)
		assert.NotContains(t, instance.Request.GetIgnoreChanges(), "engineVersion", name)
	}
}

func TestUpgrade_KeepsRunningMinorVersion(t *testing.T) {
	for _, minor := range []string{"17.6", "17.13"} {
		stack, _ := mustBuild(t, arguments(nil), running(minor, "18.1"))
		ignored := stack.Only(t, instanceToken).Request.GetIgnoreChanges()
		assert.Contains(t, ignored, "engineVersion", "the state may have the major version or a former minor one")
		assert.Subset(t, ignored, pinned)
		assert.Empty(t, stack.Calls(versionLookup))
	}
	stack, _ := mustBuild(t, arguments(nil), &mocks.AWS{Databases: map[string]string{"threa": "16.10"}})
	instance := stack.Only(t, instanceToken)
	assert.Equal(t, "17", instance.Text("engineVersion"), "a new instance gets the default minor version of RDS")
	assert.NotContains(t, instance.Request.GetIgnoreChanges(), "engineVersion")
	assert.Empty(t, stack.Calls(instanceLookup), "the other instance is another stack's")
}

func TestUpgrade_RefusesVersions(t *testing.T) {
	checkRefused(t, arguments(nil), running("18.1"), "threa:dbEngineVersion is 17, but the database runs PostgreSQL 18.1",
		"pulumi config set dbEngineVersion 18")
	for _, row := range []struct {
		targets []string
		want    string
	}{
		{[]string{"17.6", "16.10", "17.7", "16.9"}, "RDS does not upgrade it to 18 in one step. It can go to 16, 17.\n" +
			"    pulumi config set dbEngineVersion 17"},
		{[]string{"19.1"}, "It can go to 19.\n    pulumi config set dbEngineVersion 19"},
		{[]string{"17.6", "19.1"}, "It can go to 17, 19.\n    pulumi config set dbEngineVersion 17"},
		{nil, "to 18 in one step, nor to any other major version.\n    pulumi config set dbEngineVersion 15"},
	} {
		checkRefused(t, version("18"), running("15.14", row.targets...),
			"threa:dbEngineVersion is 18, but the database runs PostgreSQL 15.14", row.want)
	}
}

func TestRestore_StartsWithSnapshot(t *testing.T) {
	for from, want := range map[string][2]string{
		"threa-staging-final-1":        {"threa-staging-final-1", "20"},
		"latest":                       {"threa-staging-final-2", "42"}, // its storage had grown
		"threa-final-9":                {"threa-final-9", "20"},
		"rds:threa-staging-2026-02-01": {"rds:threa-staging-2026-02-01", "20"},
		"":                             {"", "20"},
	} {
		stack, _ := mustBuild(t, restore(from), snapshots())
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, want, [2]string{instance.Text("snapshotIdentifier"), instance.Text("allocatedStorage")}, from)
		assert.Equal(t, mocks.Password, instance.Text("password"), "the provider changes the snapshot's")
		assert.Equal(t, from == "", len(stack.Calls(snapshotLookup)) == 0, from)
		assert.Equal(t, from == "", len(stack.Calls(tagLookup)) == 1, "the warning about an empty database lists snapshots")
	}
}

func TestRestore_LeavesExistingInstanceAlone(t *testing.T) {
	for _, from := range []string{"", "latest", "threa-staging-final-1", "deleted-since"} {
		aws := snapshots()
		aws.Databases = map[string]string{"threa-staging": "17.6"}
		stack, _ := mustBuild(t, restore(from), aws)
		instance := stack.Only(t, instanceToken)
		checkProperties(t, instance, map[string]string{"snapshotIdentifier": "", "allocatedStorage": "20"})
		assert.Contains(t, instance.Request.GetIgnoreChanges(), "snapshotIdentifier", "the state keeps the one of the start")
		assert.Empty(t, stack.Calls(snapshotLookup), "the snapshot may be deleted")
		assert.Empty(t, stack.Calls(tagLookup), "no warning about an empty database")
		assert.Len(t, stack.Calls(instancesLookup), 1)
	}
}

func TestRestore_RefusesSnapshots(t *testing.T) {
	checkRefused(t, restore("threa-staging-final-3"), snapshots(),
		`threa:restoreFromSnapshot is "threa-staging-final-3", but RDS shows no such snapshot of threa-staging`,
		"    These have the tags of this stack: threa-staging-final-1, threa-staging-final-2\n"+
			"    pulumi config set restoreFromSnapshot threa-staging-final-2")
	checkRefused(t, restore("latest"), nil, "No snapshot has the tags of this stack. To start with an empty database:  "+
		"pulumi config rm restoreFromSnapshot")
	for _, row := range []struct {
		snapshot mocks.Snapshot
		want     []string
	}{
		{mocks.Snapshot{Version: "16.10"}, []string{
			"is of PostgreSQL 16.10, but threa:dbEngineVersion is 17", "pulumi config set dbEngineVersion 16"}},
		{mocks.Snapshot{Engine: "mysql", Version: "8.4.1"}, []string{"is of mysql, not of PostgreSQL"}},
		{mocks.Snapshot{Version: "17.6", Storage: 95}, []string{"pulumi config set dbMaxAllocatedStorage 105"}},
		{mocks.Snapshot{Version: "17.6", Unencrypted: true}, []string{"is not encrypted",
			"aws rds copy-db-snapshot --kms-key-id alias/aws/rds --source-db-snapshot-identifier before",
			"pulumi config set restoreFromSnapshot before-encrypted"}},
		{mocks.Snapshot{Version: "15.14", Storage: 1000, Unencrypted: true}, []string{
			"PostgreSQL 15.14", "dbMaxAllocatedStorage 1100", "is not encrypted"}},
	} {
		row.snapshot.Name = "before"
		checkRefused(t, restore("before"), &mocks.AWS{Snapshots: []mocks.Snapshot{row.snapshot}}, row.want...)
	}
}

func TestLookups_NameWhatFailed(t *testing.T) {
	for lookup, want := range map[string]string{
		instancesLookup: "list DB instances", instanceLookup: "look up DB instance",
		versionLookup: "look up the versions to which RDS upgrades PostgreSQL 17.6",
	} {
		aws := running("17.6", "18.1")
		aws.Refused = []string{lookup}
		checkRefused(t, version("18"), aws, want, "AccessDenied: "+lookup)
	}
	aws := snapshots()
	aws.Refused = []string{snapshotLookup, tagLookup}
	checkRefused(t, restore("latest"), aws, "AccessDenied: "+snapshotLookup, "list the snapshots of the stack")
}
