package database

import (
	"crypto/rand"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
	"threa-infra/internal/steps"
)

// performanceInsightsDays is the retention that is free of charge.
const performanceInsightsDays = 7

// RDS stripes gp3 storage of this size and includes this performance. Without these values, the provider would send the
// instance's values from before it grew, which RDS refuses. Below this size, RDS refuses any value. Sources:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage and
// https://github.com/hashicorp/terraform-provider-aws/issues/28382
const (
	stripedStorage    = 400   // GiB
	stripedIOPS       = 12000 // I/O operations per second
	stripedThroughput = 500   // MiB per second
)

// pinned are the properties that keep their values, because a change would replace the instance. RDS cannot change
// engineLifecycleSupport: without the pin, every update of an imported instance would try it.
var pinned = append(resources.Replacing(resources.Database), "engineLifecycleSupport")

// commonArgs returns what the instance and its read replica have in common.
func (b *builder) commonArgs() *rds.InstanceArgs {
	return &rds.InstanceArgs{
		ParameterGroupName:      b.parameters.Name,
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		MaintenanceWindow:       pulumi.String(b.MaintenanceWindow),
		ApplyImmediately:        pulumi.Bool(true), // not in the next maintenance window

		InstanceClass:       pulumi.String(b.InstanceClass),
		MaxAllocatedStorage: pulumi.Int(b.MaxAllocatedStorage),
		StorageType:         pulumi.String("gp3"),
		StorageEncrypted:    pulumi.Bool(true),
		CopyTagsToSnapshot:  pulumi.Bool(true),

		VpcSecurityGroupIds: pulumi.StringArray{b.SecurityGroupID},
		PubliclyAccessible:  pulumi.Bool(false),

		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsRetentionPeriod: pulumi.Int(performanceInsightsDays),
	}
}

func (b *builder) createInstance() (err error) {
	args := b.commonArgs()
	args.Identifier = pulumi.String(b.Names.Name)
	args.DbName = pulumi.String(b.DBName)
	args.Username = pulumi.String(b.Username)
	args.Password = b.Password
	args.Port = pulumi.Int(Port)
	args.DbSubnetGroupName = b.subnets.Name

	args.Engine = pulumi.String("postgres")
	args.EngineVersion = pulumi.String(b.Found.engine.version)
	args.AllowMajorVersionUpgrade = pulumi.Bool(true)
	args.EngineLifecycleSupport = pulumi.String("open-source-rds-extended-support-disabled")

	args.AllocatedStorage = pulumi.Int(b.AllocatedStorage)
	args.MultiAz = pulumi.Bool(b.MultiAZ)
	if b.AllocatedStorage >= stripedStorage {
		args.Iops, args.StorageThroughput = pulumi.Int(stripedIOPS), pulumi.Int(stripedThroughput)
	}
	if b.Found.source != nil { // the provider sets the password after the restore
		args.SnapshotIdentifier = pulumi.String(b.Found.source.Id)
		args.AllocatedStorage = pulumi.Int(max(b.AllocatedStorage, b.Found.source.AllocatedStorage))
	}

	args.BackupRetentionPeriod = pulumi.Int(b.BackupRetention)
	args.BackupWindow = pulumi.String(b.BackupWindow)
	args.DeletionProtection = pulumi.Bool(b.DeletionProtection)
	args.SkipFinalSnapshot = pulumi.Bool(!b.FinalSnapshot)
	finalSnapshot, tags := b.finalSnapshotName(), maps.Clone(b.Tags)
	tags[snapshotTag] = finalSnapshot
	args.FinalSnapshotIdentifier, args.Tags = finalSnapshot, tags

	ignored := slices.Clone(pinned)
	if b.Found.engine.keep {
		ignored = append(ignored, "engineVersion")
	}
	b.instance, err = rds.NewInstance(b.ctx, b.name+"-instance", args, b.parent,
		pulumi.Protect(b.DeletionProtection), pulumi.IgnoreChanges(ignored))
	return steps.Wrap(err, "create DB instance")
}

// createReplica creates the read replica. Engine, version, user, database, storage and subnets are those of the
// instance. Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
//
// The replica has no data of its own, so it has no protection, no backups and no final snapshot.
func (b *builder) createReplica() (err error) {
	if !b.ReadReplica {
		return nil
	}
	args := b.commonArgs()
	args.Identifier = pulumi.String(b.Names.ReadReplica())
	args.ReplicateSourceDb = b.instance.Identifier
	args.DeletionProtection = pulumi.Bool(false)
	args.SkipFinalSnapshot = pulumi.Bool(true)
	args.Tags = b.Tags
	b.replica, err = rds.NewInstance(b.ctx, b.name+"-replica", args, b.parent)
	return steps.Wrap(err, "create read replica")
}

// setOutputs sets the component's outputs. They are errors if the instance differs from the configuration.
func (b *builder) setOutputs(database *Database) {
	database.Address, database.Endpoint = b.checkEncrypted(), b.instance.Endpoint
	database.Username = b.checkUnchanged(b.instance.Username, "dbUsername", b.Username)
	database.AppUsername = pulumix.Cast[pulumi.StringOutput](pulumix.Apply(database.Username, appUsername))
	database.DBName = b.checkUnchanged(b.instance.DbName, "dbName", b.DBName)
	database.FinalSnapshot = pulumi.String("").ToStringOutput()
	if b.FinalSnapshot {
		database.FinalSnapshot = b.instance.FinalSnapshotIdentifier.Elem()
	}
	database.Replica = b.replica
}

// appUsername returns the name of the app's user. PostgreSQL's names have at most 63 bytes.
func appUsername(master string) string { return master[:min(len(master), 59)] + "_app" }

// checkEncrypted returns the host name of the instance, or an error if its storage is not encrypted. Only an imported
// instance can have unencrypted storage.
func (b *builder) checkEncrypted() pulumi.StringOutput {
	checked := pulumix.Apply2Err(b.instance.Address, b.instance.StorageEncrypted.Elem(),
		func(address string, encrypted bool) (string, error) {
			if encrypted {
				return address, nil
			}
			return "", fmt.Errorf("the storage of the database %s is not encrypted, and RDS encrypts only new instances. "+
				"Create an encrypted copy of a snapshot, and start a new stack with it (restoreFromSnapshot):\n"+
				"    aws rds create-db-snapshot --region %[2]s --db-instance-identifier %[1]s "+
				"--db-snapshot-identifier %[1]s-open\n"+
				"    aws rds copy-db-snapshot --region %[2]s --kms-key-id alias/aws/rds --source-db-snapshot-identifier "+
				"%[1]s-open --target-db-snapshot-identifier %[1]s-encrypted", b.Names.Name, b.Names.Region)
		})
	return pulumix.Cast[pulumi.StringOutput](checked)
}

// checkUnchanged returns a pinned property, or an error if the configuration has another value. Discover reports it
// earlier, except for an instance that starts with a snapshot.
func (b *builder) checkUnchanged(actual pulumi.StringOutput, key, configured string) pulumi.StringOutput {
	checked := pulumix.ApplyErr(actual, func(actual string) (string, error) {
		return actual, refuseRename(key, actual, configured)
	})
	return pulumix.Cast[pulumi.StringOutput](checked)
}

// refuseRename returns an error if the instance has another name than the configuration: PostgreSQL's master user and
// first database cannot be renamed.
func refuseRename(key, actual, configured string) error {
	if actual == "" || actual == configured {
		return nil
	}
	return fmt.Errorf("threa:%s is %q, but the database was created with %q and RDS cannot rename it without losing the "+
		"data.\n    pulumi config set %s %s", key, configured, actual, key, actual)
}

// snapshotTag is the tag of the instance with the name of its final snapshot. Each instance has its own name, because
// RDS refuses a name that exists. The tag keeps the name for an instance that is imported into another state.
const snapshotTag = naming.TagFinalSnapshot

// finalSnapshotName returns the name of the final snapshot. In the preview of a new instance it is unknown: the update
// could not follow a plan with a random name.
func (b *builder) finalSnapshotName() pulumi.StringOutput {
	var suffix string
	switch {
	case b.Found.existing == nil && b.ctx.DryRun():
		return pulumi.UnsafeUnknownOutput(nil).ApplyT(func(any) string { return "" }).(pulumi.StringOutput)
	case b.Found.existing == nil:
		random := make([]byte, 8)
		_, _ = rand.Read(random) // never fails: https://pkg.go.dev/crypto/rand#Read
		suffix = hex.EncodeToString(random)
	case b.Found.existing.finalSnapshot != "":
		return pulumi.String(b.Found.existing.finalSnapshot).ToStringOutput()
	default: // created by an earlier version of the program, or imported
		suffix = b.Found.existing.resourceID
	}
	return pulumi.String(b.Names.Prefixed("final-" + suffix)).ToStringOutput()
}
