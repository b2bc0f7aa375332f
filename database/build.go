package database

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/stash"
	"threa-infra/internal/steps"
)

// New creates the database.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Database, error) {
	component := &Database{}
	if err := ctx.RegisterComponentResource("threa:database:Database", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register database: %w", err)
	}
	b := &builder{Args: args, ctx: ctx, name: name, parent: pulumi.Parent(component)}
	err := steps.Run(b.createSubnetGroup, b.createParameterGroup, b.createInstance, b.createReplica)
	if err != nil {
		return nil, err
	}
	b.setOutputs(component)
	password, err := stash.Random(ctx, name+"-app-password", b.parent)
	if err != nil {
		return nil, err
	}
	component.AppPassword = pulumi.ToSecret(password).(pulumi.StringOutput)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"endpoint": component.Endpoint,
		"dbName":   component.DBName,
	})
}

type builder struct {
	*Args
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	parent pulumi.ResourceOption

	subnets    *rds.SubnetGroup
	parameters *rds.ParameterGroup
	instance   *rds.Instance
	replica    *rds.Instance // nil without one
}

func (b *builder) createSubnetGroup() (err error) {
	b.subnets, err = rds.NewSubnetGroup(b.ctx, b.name+"-subnets", &rds.SubnetGroupArgs{
		Name:        pulumi.String(b.Names.Name),
		Description: pulumi.String("Subnets of the database"),
		SubnetIds:   b.SubnetIDs,
		Tags:        b.Tags,
	}, b.parent)
	return steps.Wrap(err, "create DB subnet group")
}

// createParameterGroup creates a group named after the major version, because its family cannot change. An upgrade
// creates the new group, moves the instances to it and then deletes the old one. By default, Pulumi would delete the
// old one first because its name is fixed, and RDS refuses to delete a parameter group in use. An imported group keeps
// its description, because RDS cannot change it.
func (b *builder) createParameterGroup() (err error) {
	family := "postgres" + b.EngineVersion
	b.parameters, err = rds.NewParameterGroup(b.ctx, b.name+"-parameters", &rds.ParameterGroupArgs{
		Name:        pulumi.String(b.Names.Prefixed(family)),
		Description: pulumi.String("Parameters of the database"),
		Family:      pulumi.String(family),
		Parameters: rds.ParameterGroupParameterArray{rds.ParameterGroupParameterArgs{
			Name:        pulumi.String("shared_preload_libraries"),
			Value:       pulumi.String("pg_stat_statements"),
			ApplyMethod: pulumi.String("pending-reboot"), // the parameter is static
		}},
		Tags: b.Tags,
	}, b.parent, pulumi.DeleteBeforeReplace(false), pulumi.IgnoreChanges([]string{"description"}))
	return steps.Wrap(err, "create DB parameter group")
}
