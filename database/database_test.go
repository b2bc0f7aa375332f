package database

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const (
	instanceToken = "aws:rds/instance:Instance"
	groupToken    = "aws:rds/parameterGroup:ParameterGroup"
	subnetsToken  = "aws:rds/subnetGroup:SubnetGroup"
)

// arguments ask for a database, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa-staging", Username: "app", DBName: "threa",
		Password:      pulumi.ToSecret(pulumi.String(mocks.Password)).(pulumi.StringOutput),
		EngineVersion: "17", InstanceClass: "db.t4g.micro",
		AllocatedStorage: 20, MaxAllocatedStorage: 100,
		BackupRetention: 7, BackupWindow: "03:00-04:00", MaintenanceWindow: "mon:04:30-mon:05:30",
		FinalSnapshot: true,
		SubnetIDs:     pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-database"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// outputs is what a database tells, by name.
type outputs map[string]any

func try(t *testing.T, args *Args, aws *mocks.AWS) (*mocks.Recording, outputs, error) {
	t.Helper()
	told := outputs{}
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		db, err := New(ctx, "database", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"address": db.Address, "endpoint": db.Endpoint, "user": db.Username, "name": db.DBName, "snapshot": db.FinalSnapshot,
		} {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			told[name] = awaited.Value
		}
		return nil
	}, mocks.Options{AWS: aws})
	return recording, told, err
}

func mustBuild(t *testing.T, args *Args, aws *mocks.AWS) (*mocks.Recording, outputs) {
	t.Helper()
	recording, told, err := try(t, args, aws)
	require.NoError(t, err)
	return recording, told
}

func TestTheInstanceIsPrivateEncryptedAndAsLargeAsAskedFor(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) { a.MultiAZ = true }), nil)
	instance := stack.Only(t, instanceToken)
	for property, want := range map[string]string{
		"identifier":              "threa-staging",
		"engine":                  "postgres",
		"dbName":                  "threa",
		"username":                "app",
		"password":                mocks.Password,
		"port":                    "5432",
		"instanceClass":           "db.t4g.micro",
		"allocatedStorage":        "20",
		"maxAllocatedStorage":     "100",
		"storageType":             "gp3",
		"storageEncrypted":        "true",
		"multiAz":                 "true",
		"publiclyAccessible":      "false",
		"vpcSecurityGroupIds[0]":  "sg-database",
		"dbSubnetGroupName":       "threa-staging",
		"backupRetentionPeriod":   "7",
		"backupWindow":            "03:00-04:00",
		"maintenanceWindow":       "mon:04:30-mon:05:30",
		"copyTagsToSnapshot":      "true",
		"applyImmediately":        "true", // a password changed now is of no use to the app next week
		"tags.Project":            "threa",
		"vpcSecurityGroupIds[1]":  "",
		"parameterGroupName":      "threa-staging-postgres17",
		"autoMinorVersionUpgrade": "true",
	} {
		assert.Equal(t, want, instance.Text(property), property)
	}
	assert.True(t, instance.IsSecret("password"))
	subnets := stack.Only(t, subnetsToken)
	assert.Equal(t, "subnet-a subnet-b", subnets.Text("subnetIds[0]")+" "+subnets.Text("subnetIds[1]"))
}

func TestNothingIsBilledThatNobodyAskedFor(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), nil)
	instance := stack.Only(t, instanceToken)
	assert.Equal(t, "open-source-rds-extended-support-disabled", instance.Text("engineLifecycleSupport"), "extended support is on by default")
	assert.Equal(t, "7", instance.Text("performanceInsightsRetentionPeriod"), "a longer retention has a price")
	assert.Equal(t, "false", instance.Text("multiAz"))
	for _, property := range []string{"monitoringInterval", "iops", "storageThroughput", "performanceInsightsKmsKeyId", "kmsKeyId"} {
		assert.Empty(t, instance.Text(property), property)
	}
}

func TestAMajorUpgradeTakesANewParameterGroup(t *testing.T) {
	for version, family := range map[string]string{"16": "postgres16", "17": "postgres17"} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.EngineVersion = version }), nil)
		instance, group := stack.Only(t, instanceToken), stack.Only(t, groupToken)
		assert.Equal(t, version, instance.Text("engineVersion"), "AWS withdraws minor versions")
		assert.Equal(t, "true", instance.Text("allowMajorVersionUpgrade"))
		assert.Equal(t, family, group.Text("family"))
		assert.Equal(t, "threa-staging-"+family, group.Text("name"), "of a name that the old group does not have")
		assert.Equal(t, group.Text("name"), instance.Text("parameterGroupName"))
		assert.True(t, group.Request.GetDeleteBeforeReplaceDefined(), "by default it is deleted first")
		assert.False(t, group.Request.GetDeleteBeforeReplace(), "the old group is in use until the upgrade is done")
	}
}

func TestStatementsAreCountedFromTheStart(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), nil)
	group := stack.Only(t, groupToken)
	assert.Len(t, group.Value("parameters").ArrayValue(), 1)
	assert.Equal(t, "pg_stat_statements", group.Text("parameters[0].value"))
}

func TestProtectionCountsInRDSAndInPulumi(t *testing.T) {
	for _, protected := range []bool{true, false} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.DeletionProtection = protected }), nil)
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, protected, instance.Value("deletionProtection").BoolValue())
		assert.Equal(t, protected, instance.Request.GetProtect())
	}
}

func TestFinalSnapshot_HasANewNameForANewInstance(t *testing.T) {
	stack, told := mustBuild(t, arguments(nil), nil)
	instance := stack.Only(t, instanceToken)
	assert.Equal(t, "false", instance.Text("skipFinalSnapshot"))
	assert.Regexp(t, `^threa-staging-final-[0-9a-f]{16}$`, instance.Text("finalSnapshotIdentifier"))
	assert.Equal(t, instance.Text("finalSnapshotIdentifier"), told["snapshot"])
	assert.Equal(t, instance.Text("finalSnapshotIdentifier"), instance.Text("tags.FinalSnapshot"))
	assert.NotContains(t, instance.Request.GetIgnoreChanges(), "finalSnapshotIdentifier", "a state without a name gets one")

	_, again := mustBuild(t, arguments(nil), nil)
	assert.NotEqual(t, told["snapshot"], again["snapshot"], "the next instance may be destroyed, too")
}

func TestFinalSnapshot_KeepsTheNameOfAnExistingInstance(t *testing.T) {
	for name, one := range map[string]struct {
		tags map[string]string
		want string
	}{
		"with a tag": {map[string]string{"FinalSnapshot": "threa-staging-final-0a1b"}, "threa-staging-final-0a1b"},
		"imported":   {nil, "threa-staging-final-db-abc123"},
	} {
		aws := &mocks.AWS{Databases: map[string]string{"threa-staging": "17.6"}, DatabaseTags: one.tags}
		stack, told := mustBuild(t, arguments(nil), aws)
		assert.Equal(t, one.want, told["snapshot"], name)
		assert.Equal(t, one.want, stack.Only(t, instanceToken).Text("tags.FinalSnapshot"), name)
	}
}

func TestFinalSnapshot_IsUnknownInThePreviewOfANewInstance(t *testing.T) {
	for _, existing := range []*instance{nil, {finalSnapshot: "threa-staging-final-0a1b"}} {
		known := false
		_, err := mocks.Run(t, func(ctx *pulumi.Context) (err error) {
			known, err = mocks.Known(ctx, finalSnapshotName(ctx, arguments(nil), existing))
			return err
		}, mocks.Options{Preview: true})
		require.NoError(t, err)
		assert.Equal(t, existing != nil, known, "a plan must fit the up after it")
	}
}

func TestTheNameThatIsToldIsTheOneThatADestroyWillUse(t *testing.T) {
	aws := &mocks.AWS{Recorded: map[string]map[string]any{
		instanceToken: {"finalSnapshotIdentifier": "threa-staging-final-20250102-030405"},
	}}
	_, told := mustBuild(t, arguments(nil), aws)
	assert.Equal(t, "threa-staging-final-20250102-030405", told["snapshot"])
}

func TestWithoutAFinalSnapshotNoNameIsTold(t *testing.T) {
	stack, told := mustBuild(t, arguments(func(a *Args) { a.FinalSnapshot = false }), nil)
	assert.Equal(t, "true", stack.Only(t, instanceToken).Text("skipFinalSnapshot"))
	assert.Empty(t, told["snapshot"])
}

// RDS refuses other values above the limit, and any below.
func TestStorageThatGrowsBeyondWhatRDSStripesTakesWhatComesWithIt(t *testing.T) {
	for storage, want := range map[int][2]string{399: {"", ""}, 400: {"12000", "500"}, 1000: {"12000", "500"}} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.AllocatedStorage, a.MaxAllocatedStorage = storage, 2000 }), nil)
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, want, [2]string{instance.Text("iops"), instance.Text("storageThroughput")}, storage)
	}
}

func TestNothingInTheProgramReplacesTheDatabase(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil), nil)
	request := stack.Only(t, instanceToken).Request
	assert.Subset(t, request.GetIgnoreChanges(), []string{
		"dbName", "username", "snapshotIdentifier", "storageEncrypted", "kmsKeyId", "engineLifecycleSupport",
	})
	assert.Empty(t, request.GetReplaceOnChanges())
	assert.False(t, request.GetDeleteBeforeReplace())
}

func TestDatabase_UnencryptedIsRefused(t *testing.T) {
	_, _, err := try(t, arguments(nil), &mocks.AWS{
		Recorded: map[string]map[string]any{instanceToken: {"storageEncrypted": false}},
	})
	require.ErrorContains(t, err, "the storage of the database threa-staging is not encrypted")
	require.ErrorContains(t, err, "aws rds copy-db-snapshot --kms-key-id alias/aws/rds")
}

func TestTheOutputsAreThoseOfTheInstance(t *testing.T) {
	_, told := mustBuild(t, arguments(nil), nil)
	delete(told, "snapshot")
	assert.Equal(t, outputs{
		"address":  "threa-staging.abc123.eu-central-1.rds.amazonaws.com",
		"endpoint": "threa-staging.abc123.eu-central-1.rds.amazonaws.com:5432",
		"user":     "app",
		"name":     "threa",
	}, told)
}

func TestAReadReplicaFollowsTheInstanceAndIsAsPrivate(t *testing.T) {
	var endpoint mocks.Awaited
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		db, err := New(ctx, "database", arguments(func(a *Args) { a.ReadReplica, a.DeletionProtection = true, true }))
		if err != nil {
			return err
		}
		endpoint, err = mocks.Await(ctx, db.Replica.Endpoint)
		return err
	}, mocks.Options{})
	assert.Equal(t, "threa-staging-replica.abc123.eu-central-1.rds.amazonaws.com:5432", endpoint.Value)
	assert.Contains(t, endpoint.Dependencies, instanceToken+" database-replica")
	instance, replica := stack.Named(t, instanceToken, "database-instance"), stack.Named(t, instanceToken, "database-replica")
	for property, want := range map[string]string{
		"identifier": "threa-staging-replica", "replicateSourceDb": "threa-staging", "publiclyAccessible": "false", "skipFinalSnapshot": "true",
	} {
		assert.Equal(t, want, replica.Text(property), property)
	}
	for _, property := range []string{
		"instanceClass", "maxAllocatedStorage", "storageType", "storageEncrypted", "vpcSecurityGroupIds[0]", "maintenanceWindow",
		"parameterGroupName", "performanceInsightsRetentionPeriod", "applyImmediately", "tags.Project",
	} {
		assert.Equal(t, instance.Text(property), replica.Text(property), property)
	}
	for _, property := range []string{"username", "password", "dbName", "engineVersion", "allocatedStorage", "dbSubnetGroupName", "backupRetentionPeriod"} {
		assert.Empty(t, replica.Text(property), "%s is the instance's", property)
	}
}

func TestAReadReplicaCanGoWhileTheInstanceStaysProtected(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) { a.ReadReplica, a.DeletionProtection = true, true }), nil)
	instance, replica := stack.Named(t, instanceToken, "database-instance"), stack.Named(t, instanceToken, "database-replica")
	assert.Equal(t, []bool{true, false}, []bool{instance.Request.GetProtect(), replica.Request.GetProtect()})
	assert.Equal(t, []string{"true", "false"}, []string{instance.Text("deletionProtection"), replica.Text("deletionProtection")})
}

func TestAnotherUserOrDatabaseNameThanTheExistingOneIsRefused(t *testing.T) {
	for _, one := range []struct{ property, key, wanted string }{
		{"username", "dbUsername", "app"}, {"dbName", "dbName", "threa"},
	} {
		aws := &mocks.AWS{Recorded: map[string]map[string]any{instanceToken: {one.property: "former"}}}
		_, _, err := try(t, arguments(nil), aws)
		require.ErrorContains(t, err, "threa:"+one.key+` is "`+one.wanted+`", but the database was created with "former"`)
		require.ErrorContains(t, err, "pulumi config set "+one.key+" former")
	}
}

func TestADatabaseThatTellsNoNameIsTakenAsItIs(t *testing.T) {
	aws := &mocks.AWS{Recorded: map[string]map[string]any{instanceToken: {"dbName": ""}}}
	_, _, err := try(t, arguments(nil), aws)
	require.NoError(t, err)
}

func TestAPreviewOfANewDatabaseSucceeds(t *testing.T) {
	_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "database", arguments(nil))
		return err
	}, mocks.Options{AWS: &mocks.AWS{Unknown: []string{instanceToken}}, Preview: true})
	require.NoError(t, err)
}
