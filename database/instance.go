package database

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
)

// performanceInsightsDays is the retention that is free of charge.
const performanceInsightsDays = 7

// From this size on RDS stripes gp3 storage of PostgreSQL and includes this much. The provider would repeat what the
// instance had before it grew to that size, and RDS refuses that; below the size it refuses the two altogether. Sources:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Storage.html#gp3-storage and
// https://github.com/hashicorp/terraform-provider-aws/issues/28382
const (
	striped           = 400   // GiB
	stripedIOPS       = 12000 // I/O operations per second
	stripedThroughput = 500   // MiB per second
)

// pinned are the properties that keep the value the instance was created with: a change of most would replace it, data
// and all. RDS cannot modify the last one, so that an imported instance with another value would be changed by every up.
var pinned = append(resources.Replacing(resources.Database), "engineLifecycleSupport")

func newInstance(ctx *pulumi.Context, name string, args *Args, existing *instance, source *snapshot, postgres engine,
	subnets *rds.SubnetGroup, parameters *rds.ParameterGroup, parent pulumi.ResourceOption,
) (*rds.Instance, error) {
	finalSnapshot := finalSnapshotName(ctx, args, existing)
	instanceArgs := &rds.InstanceArgs{
		Identifier: pulumi.String(args.Name),
		DbName:     pulumi.String(args.DBName),
		Username:   pulumi.String(args.Username),
		Password:   args.Password,
		Port:       pulumi.Int(Port),

		// Nothing here follows the minor version: AWS withdraws them, and upgrades them by itself in the maintenance window.
		Engine:                   pulumi.String("postgres"),
		EngineVersion:            pulumi.String(postgres.version),
		AllowMajorVersionUpgrade: pulumi.Bool(true),
		AutoMinorVersionUpgrade:  pulumi.Bool(true),
		EngineLifecycleSupport:   pulumi.String("open-source-rds-extended-support-disabled"),
		ParameterGroupName:       parameters.Name,

		InstanceClass:       pulumi.String(args.InstanceClass),
		AllocatedStorage:    pulumi.Int(args.AllocatedStorage),
		MaxAllocatedStorage: pulumi.Int(args.MaxAllocatedStorage),
		StorageType:         pulumi.String("gp3"),
		StorageEncrypted:    pulumi.Bool(true),
		MultiAz:             pulumi.Bool(args.MultiAZ),

		DbSubnetGroupName:   subnets.Name,
		VpcSecurityGroupIds: pulumi.StringArray{args.SecurityGroupID},
		PubliclyAccessible:  pulumi.Bool(false),

		BackupRetentionPeriod:   pulumi.Int(args.BackupRetention),
		BackupWindow:            pulumi.String(args.BackupWindow),
		MaintenanceWindow:       pulumi.String(args.MaintenanceWindow),
		CopyTagsToSnapshot:      pulumi.Bool(true),
		DeletionProtection:      pulumi.Bool(args.DeletionProtection),
		SkipFinalSnapshot:       pulumi.Bool(!args.FinalSnapshot),
		FinalSnapshotIdentifier: finalSnapshot,

		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsRetentionPeriod: pulumi.Int(performanceInsightsDays),

		// A changed size or password is wanted now, not in next week's maintenance window.
		ApplyImmediately: pulumi.Bool(true),
		Tags:             withSnapshotTag(args.Tags, finalSnapshot),
	}
	if source != nil {
		// User and database are those of the snapshot, whatever is said here; the password is changed to the one here.
		instanceArgs.SnapshotIdentifier = pulumi.String(source.name)
		instanceArgs.AllocatedStorage = pulumi.Int(max(args.AllocatedStorage, source.storage))
	}
	if args.AllocatedStorage >= striped {
		instanceArgs.Iops, instanceArgs.StorageThroughput = pulumi.Int(stripedIOPS), pulumi.Int(stripedThroughput)
	}
	ignored := slices.Clone(pinned)
	if postgres.kept {
		ignored = append(ignored, "engineVersion")
	}
	instance, err := rds.NewInstance(ctx, name+"-instance", instanceArgs, parent, pulumi.Protect(args.DeletionProtection), pulumi.IgnoreChanges(ignored))
	if err != nil {
		return nil, fmt.Errorf("create DB instance: %w", err)
	}
	return instance, nil
}

// encrypted returns the host name of the instance, or an error if its storage is not encrypted: an imported instance may
// have been created without, and RDS encrypts only copies of snapshots.
func encrypted(instance *rds.Instance, name string) pulumi.StringOutput {
	return pulumi.All(instance.Address, instance.StorageEncrypted.Elem()).ApplyT(func(parts []any) (string, error) {
		if parts[1].(bool) {
			return parts[0].(string), nil
		}
		return "", fmt.Errorf("the storage of the database %s is not encrypted, and RDS cannot encrypt it without a new instance. "+
			"Make an encrypted copy of a snapshot, and start a new stack with it (restoreFromSnapshot):\n"+
			"    aws rds create-db-snapshot --db-instance-identifier %s --db-snapshot-identifier %s-open\n"+
			"    aws rds copy-db-snapshot --kms-key-id alias/aws/rds --source-db-snapshot-identifier %s-open "+
			"--target-db-snapshot-identifier %s-encrypted", name, name, name, name, name)
	}).(pulumi.StringOutput)
}

// unchanged holds a pinned property against the configuration. PostgreSQL's master user and first database cannot be
// renamed, so the way out is the old value, or a migration of the data by hand.
func unchanged(actual pulumi.StringOutput, key, wanted string) pulumi.StringOutput {
	return actual.ApplyT(func(actual string) (string, error) {
		if actual != "" && actual != wanted {
			return "", fmt.Errorf("threa:%s is %q, but the database was created with %q and RDS cannot rename it without losing the data.\n"+
				"    pulumi config set %s %s", key, wanted, actual, key, actual)
		}
		return actual, nil
	}).(pulumi.StringOutput)
}
