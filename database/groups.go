package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

func newSubnetGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*rds.SubnetGroup, error) {
	group, err := rds.NewSubnetGroup(ctx, name+"-subnets", &rds.SubnetGroupArgs{
		Name:        pulumi.String(args.Name),
		Description: pulumi.String("Subnets of the database"),
		SubnetIds:   args.SubnetIDs,
		Tags:        args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create DB subnet group: %w", err)
	}
	return group, nil
}

// newParameterGroup names the group after the major version, because its family cannot change: an upgrade creates a new
// group, moves the instances to it and then deletes the old group. Pulumi would delete the old group first, as it does
// with every resource that has a fixed name, and RDS refuses to delete a parameter group in use.
func newParameterGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*rds.ParameterGroup, error) {
	family := "postgres" + args.EngineVersion
	group, err := rds.NewParameterGroup(ctx, name+"-parameters", &rds.ParameterGroupArgs{
		Name:        pulumi.String(args.Name + "-" + family),
		Description: pulumi.String("Parameters of the database"),
		Family:      pulumi.String(family),
		Parameters: rds.ParameterGroupParameterArray{
			rds.ParameterGroupParameterArgs{
				Name:  pulumi.String("shared_preload_libraries"),
				Value: pulumi.String("pg_stat_statements"),
				// RDS refuses a static parameter that is to apply at once.
				ApplyMethod: pulumi.String("pending-reboot"),
			},
		},
		Tags: args.Tags,
	}, parent, pulumi.DeleteBeforeReplace(false))
	if err != nil {
		return nil, fmt.Errorf("create DB parameter group: %w", err)
	}
	return group, nil
}
