package database

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

const (
	instancesLookup = "aws:rds/getInstances:getInstances"
	instanceLookup  = "aws:rds/getInstance:getInstance"
	versionLookup   = "aws:rds/getEngineVersion:getEngineVersion"
	snapshotLookup  = "aws:rds/getSnapshot:getSnapshot"
	snapshotToken   = "aws:rds/snapshot:Snapshot"
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
	aws := (&mocks.AWS{}).Add(instanceToken, mocks.Database("threa-staging", version), mocks.Database("threa", "15.1"))
	return aws.Add("engineVersion", mocks.Item{"engine": "postgres", "version": version, "validMajorTargets": targets})
}

// snapshots returns an account with two snapshots of the stack, one that RDS took by itself and another stack's.
func snapshots() *mocks.AWS {
	tags := map[string]string{"Project": "threa"}
	const name = "threa-staging"
	return (&mocks.AWS{}).Add(snapshotToken,
		snapshot("threa-staging-final-1", mocks.Item{"dbInstanceIdentifier": name, "tags": tags}),
		snapshot("threa-staging-final-2", mocks.Item{"dbInstanceIdentifier": name, "tags": tags, "allocatedStorage": 42}),
		snapshot("rds:threa-staging-2026-02-01", mocks.Item{"dbInstanceIdentifier": name, "snapshotType": "automated"}),
		snapshot("threa-final-9", mocks.Item{
			"dbInstanceIdentifier": "threa", "tags": map[string]string{"Project": "other"},
		}),
	)
}

// snapshot returns an encrypted manual snapshot of PostgreSQL 17.6 with 20 GiB, with some properties changed.
func snapshot(name string, changes mocks.Item) mocks.Item {
	item := mocks.Item{
		"dbSnapshotIdentifier": name, "id": name, "snapshotType": "manual", "snapshotCreateTime": "2026-01-31T12:00:00Z",
		"status": "available",
		"engine": "postgres", "engineVersion": "17.6", "allocatedStorage": 20, "encrypted": true,
	}
	maps.Copy(item, changes)
	return item
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
		assert.True(t, stack.Calls(versionLookup)[0]["includeAll"].BoolValue(), "RDS may have retired the version")
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
	stack, _ := mustBuild(t, arguments(nil), (&mocks.AWS{}).Add(instanceToken, mocks.Database("threa", "16.10")))
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

// All names that differ are refused together, before anything is registered.
func TestDiscover_RefusesOtherNames(t *testing.T) {
	existing := mocks.Database("threa-staging", "18.1")
	existing["masterUsername"], existing["dbName"] = "former", "formerdb"
	checkRefused(t, arguments(nil), (&mocks.AWS{}).Add(instanceToken, existing),
		`threa:dbUsername is "app", but the database was created with "former"`, "pulumi config set dbUsername former",
		`threa:dbName is "threa", but the database was created with "formerdb"`, "pulumi config set dbName formerdb",
		"threa:dbEngineVersion is 17")
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
		assert.Equal(t, fixtures.Password, instance.Text("password"), "the provider changes the snapshot's")
		assert.Equal(t, from == "", len(stack.Calls(snapshotLookup)) == 0, from)
		assert.Equal(t, from == "", len(stack.Calls(tagLookup)) == 1, "the warning about an empty database lists snapshots")
	}
}

func TestRestore_LeavesExistingInstanceAlone(t *testing.T) {
	for _, from := range []string{"", "latest", "threa-staging-final-1", "deleted-since"} {
		aws := snapshots().Add(instanceToken, mocks.Database("threa-staging", "17.6"))
		stack, _ := mustBuild(t, restore(from), aws)
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, [2]string{"", "20"}, [2]string{instance.Text("snapshotIdentifier"),
			instance.Text("allocatedStorage")})
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
	stack, _ := mustBuild(t, restore("latest"), snapshots())
	assert.True(t, stack.Calls(snapshotLookup)[0]["mostRecent"].BoolValue(), "the provider requires it")
	checkRefused(t, restore("latest"), nil, "No snapshot has the tags of this stack. To start with an empty database:  "+
		"pulumi config rm restoreFromSnapshot")
	for _, row := range []struct {
		snapshot mocks.Item
		want     []string
	}{
		{mocks.Item{"engineVersion": "16.10"}, []string{
			"is of PostgreSQL 16.10, but threa:dbEngineVersion is 17", "pulumi config set dbEngineVersion 16"}},
		{mocks.Item{"engine": "mysql", "engineVersion": "8.4.1"}, []string{"is of mysql, not of PostgreSQL"}},
		{mocks.Item{"allocatedStorage": 95}, []string{"pulumi config set dbMaxAllocatedStorage 105"}},
		{mocks.Item{"status": "creating"}, []string{`has the status "creating"`,
			"aws rds wait db-snapshot-available --region eu-central-1 --db-snapshot-identifier before"}},
		{mocks.Item{"encrypted": false}, []string{"is not encrypted",
			"aws rds copy-db-snapshot --region eu-central-1 --kms-key-id alias/aws/rds --source-db-snapshot-identifier before",
			"pulumi config set restoreFromSnapshot before-encrypted"}},
		{mocks.Item{"engineVersion": "15.14", "allocatedStorage": 1000, "encrypted": false}, []string{
			"PostgreSQL 15.14", "dbMaxAllocatedStorage 1100", "is not encrypted"}},
	} {
		aws := (&mocks.AWS{}).Add(snapshotToken, snapshot("before", row.snapshot))
		checkRefused(t, restore("before"), aws, row.want...)
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
