package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// versions are the engine version of a new group and the parameter group of each engine. An existing group keeps its
// version. Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
var versions = map[string]struct{ engine, parameters string }{
	"redis":  {"7.1", "default.redis7"},
	"valkey": {"8.1", "default.valkey8"},
}

// New creates the subnet group, the AUTH token and the replication group.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	cache := &Cache{}
	if err := ctx.RegisterComponentResource("threa:cache:Cache", name, cache, opts...); err != nil {
		return nil, fmt.Errorf("register cache: %w", err)
	}
	b := &builder{ctx: ctx, name: name, args: args, parent: pulumi.Parent(cache), Cache: cache}
	if err := steps.Run(b.createSubnetGroup, b.createToken, b.createGroup); err != nil {
		return nil, err
	}
	return cache, ctx.RegisterResourceOutputs(cache, pulumi.Map{"address": cache.Address})
}

type builder struct {
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	args   *Args
	parent pulumi.ResourceOption
	*Cache

	subnets  *elasticache.SubnetGroup
	strategy pulumi.StringOutput // for a changed AUTH token
}

func (b *builder) createSubnetGroup() (err error) {
	b.subnets, err = elasticache.NewSubnetGroup(b.ctx, b.name+"-subnets", &elasticache.SubnetGroupArgs{
		Name:        pulumi.String(b.args.Names.Name),
		Description: pulumi.String("Subnets of the cache"),
		SubnetIds:   b.args.SubnetIDs,
		Tags:        b.args.Tags,
	}, b.parent)
	return steps.Wrap(err, "create cache subnet group")
}

// createGroup creates a replication group even for one node: a plain cluster can have neither an AUTH token nor Valkey.
// The provider changes the number of nodes in place, in the order that ElastiCache requires. It adds replicas before it
// enables failover. It disables failover before it deletes the last replica. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
func (b *builder) createGroup() error {
	version, failover := versions[b.args.Engine], b.args.Nodes > 1
	args := &elasticache.ReplicationGroupArgs{
		ReplicationGroupId:       pulumi.String(b.args.Names.Name),
		Description:              pulumi.String("Cache of " + b.args.Names.Name),
		Engine:                   pulumi.String(b.args.Engine),
		EngineVersion:            pulumi.String(version.engine),
		ParameterGroupName:       pulumi.String(version.parameters),
		AutoMinorVersionUpgrade:  pulumi.Bool(true),
		NodeType:                 pulumi.String(b.args.NodeType),
		NumCacheClusters:         pulumi.Int(b.args.Nodes),
		AutomaticFailoverEnabled: pulumi.Bool(failover),
		MultiAzEnabled:           pulumi.Bool(failover),
		Port:                     pulumi.Int(Port),
		SubnetGroupName:          b.subnets.Name,
		SecurityGroupIds:         pulumi.StringArray{b.args.SecurityGroupID},
		AtRestEncryptionEnabled:  pulumi.Bool(true),
		TransitEncryptionEnabled: pulumi.Bool(b.args.TLS),
		ApplyImmediately:         pulumi.Bool(true),
		Tags:                     b.args.Tags,
	}
	if b.args.TLS {
		args.TransitEncryptionMode = pulumi.String("required")
		args.AuthToken, args.AuthTokenUpdateStrategy = b.AuthToken, b.strategy
	}
	group, err := elasticache.NewReplicationGroup(b.ctx, b.name+"-group", args, b.parent,
		pulumi.IgnoreChanges(b.args.pinned(b.args.Found.engine)),
		// AWS enables TLS in two steps, and clients must follow each. A new cache takes one step and no longer.
		pulumi.ReplaceOnChanges([]string{"transitEncryptionEnabled"}),
		// The ID is fixed, so the old group must be deleted first.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return fmt.Errorf("create replication group: %w", err)
	}
	b.Address = b.checkUnreplaced(group)
	return nil
}
