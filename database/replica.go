package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// ReplicaName is the identifier of the read replica of a stack.
func ReplicaName(name string) string { return name + "-replica" }

// newReplica makes a copy of the instance that follows it and answers reads. Engine, version, user, database, storage and
// subnets are those of the instance. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstanceReadReplica.html
//
// Nothing protects it: it holds nothing that the instance does not hold, and a protected one could not be switched off
// without taking the protection off the instance, too. It has no backups and leaves no snapshot for the same reason.
func newReplica(ctx *pulumi.Context, name string, args *Args, source *rds.Instance, parameters *rds.ParameterGroup,
	parent pulumi.ResourceOption,
) (*rds.Instance, error) {
	replica, err := rds.NewInstance(ctx, name+"-replica", &rds.InstanceArgs{
		Identifier:        pulumi.String(ReplicaName(args.Name)),
		ReplicateSourceDb: source.Identifier,

		// RDS upgrades the replica together with the instance; afterwards both let go of the old group.
		ParameterGroupName:      parameters.Name,
		AutoMinorVersionUpgrade: pulumi.Bool(true),
		MaintenanceWindow:       pulumi.String(args.MaintenanceWindow),

		InstanceClass:       pulumi.String(args.InstanceClass),
		MaxAllocatedStorage: pulumi.Int(args.MaxAllocatedStorage),
		StorageType:         pulumi.String("gp3"),
		StorageEncrypted:    pulumi.Bool(true), // as the instance is; the provider would take silence for a change

		VpcSecurityGroupIds: pulumi.StringArray{args.SecurityGroupID},
		PubliclyAccessible:  pulumi.Bool(false),

		CopyTagsToSnapshot: pulumi.Bool(true),
		DeletionProtection: pulumi.Bool(false),
		SkipFinalSnapshot:  pulumi.Bool(true),

		PerformanceInsightsEnabled:         pulumi.Bool(true),
		PerformanceInsightsRetentionPeriod: pulumi.Int(performanceInsightsDays),

		ApplyImmediately: pulumi.Bool(true),
		Tags:             args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create read replica: %w", err)
	}
	return replica, nil
}
