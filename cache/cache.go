package cache

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is the size of the cache and who can read it.
type Args struct {
	Name            string // prefix of the AWS names, id of the replication group
	Engine          string // redis or valkey
	NodeType        string
	Nodes           int                // from two on the others take over when the primary fails
	TLS             bool               // in transit, with an AUTH token
	Seed            pulumi.StringInput // secret that the AUTH token is derived from
	MayReplace      bool               // whether a change of Engine or TLS may replace the cache, with all that is in it
	SubnetIDs       pulumi.StringArrayInput
	SecurityGroupID pulumi.StringInput
	Tags            pulumi.StringMap
}

// Cache is the replication group.
type Cache struct {
	pulumi.ResourceState

	Address pulumi.StringOutput // host name of the primary endpoint
	// AuthToken is secret, and empty without TLS: ElastiCache has tokens on encrypted connections only.
	AuthToken pulumi.StringOutput
}

// Port is where the cache listens.
const Port = 6379

// NodeNames are the names under which CloudWatch knows the nodes of the replication group of a stack. ElastiCache counts
// them in the order in which they came to be; which of them is the primary changes with each failover.
func NodeNames(name string, nodes int) []string {
	names := make([]string, nodes)
	for i := range names {
		names[i] = fmt.Sprintf("%s-%03d", name, i+1)
	}
	return names
}

// versions are the engine versions that the group is created with, and the parameter group that goes with each. A group
// that exists keeps the version that it runs.
// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/engine-versions.html
var versions = map[string]struct{ version, parameters string }{
	"redis":  {"7.1", "default.redis7"},
	"valkey": {"8.1", "default.valkey8"},
}

// New creates the replication group.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Cache, error) {
	component := &Cache{}
	if err := ctx.RegisterComponentResource("threa:cache:Cache", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register cache: %w", err)
	}
	parent := pulumi.Parent(component)

	runningEngine, err := lookUpEngine(ctx, args.Name)
	if err != nil {
		return nil, err
	}
	subnets, err := newSubnetGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	component.AuthToken = pulumi.ToSecret(pulumi.String("")).(pulumi.StringOutput)
	if args.TLS {
		component.AuthToken = authToken(args.Seed, args.Name)
	}
	group, err := newReplicationGroup(ctx, name, args, subnets, component.AuthToken, parent,
		pulumi.IgnoreChanges(args.pinned(runningEngine)))
	if err != nil {
		return nil, err
	}
	component.Address = args.unreplaced(group)
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"address": component.Address})
}

func newSubnetGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*elasticache.SubnetGroup, error) {
	group, err := elasticache.NewSubnetGroup(ctx, name+"-subnets", &elasticache.SubnetGroupArgs{
		Name:        pulumi.String(args.Name),
		Description: pulumi.String("Subnets of the cache"),
		SubnetIds:   args.SubnetIDs,
		Tags:        args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create cache subnet group: %w", err)
	}
	return group, nil
}
