package cache

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// newReplicationGroup is a replication group even for one node: a plain cluster can have neither TLS with a token nor
// Valkey. Nodes come and go in place: the provider adds replicas before it turns failover on, and turns it off before it
// takes the last one away, which is the order that ElastiCache wants. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
func newReplicationGroup(ctx *pulumi.Context, name string, args *Args, subnets *elasticache.SubnetGroup,
	token pulumi.StringOutput, parent pulumi.ResourceOption,
) (*elasticache.ReplicationGroup, error) {
	engine := versions[args.Engine]
	groupArgs := &elasticache.ReplicationGroupArgs{
		ReplicationGroupId:       pulumi.String(args.Name),
		Description:              pulumi.String("Cache of " + args.Name),
		Engine:                   pulumi.String(args.Engine),
		EngineVersion:            pulumi.String(engine.version),
		ParameterGroupName:       pulumi.String(engine.parameters),
		AutoMinorVersionUpgrade:  pulumi.Bool(false),
		NodeType:                 pulumi.String(args.NodeType),
		NumCacheClusters:         pulumi.Int(args.Nodes),
		AutomaticFailoverEnabled: pulumi.Bool(args.Nodes > 1),
		MultiAzEnabled:           pulumi.Bool(args.Nodes > 1),
		Port:                     pulumi.Int(Port),
		SubnetGroupName:          subnets.Name,
		SecurityGroupIds:         pulumi.StringArray{args.SecurityGroupID},
		AtRestEncryptionEnabled:  pulumi.Bool(true),
		TransitEncryptionEnabled: pulumi.Bool(args.TLS),
		ApplyImmediately:         pulumi.Bool(true),
		Tags:                     args.Tags,
	}
	if args.TLS {
		groupArgs.TransitEncryptionMode = pulumi.String("required")
		groupArgs.AuthToken = token
	}
	group, err := elasticache.NewReplicationGroup(ctx, name+"-group", groupArgs, parent,
		// AWS turns TLS on in two steps with a client that must follow each; a new cache takes one step and no longer.
		pulumi.ReplaceOnChanges([]string{"transitEncryptionEnabled"}),
		pulumi.IgnoreChanges(args.pinned()),
		// The id is fixed, so the old group has to go first.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("create replication group: %w", err)
	}
	return group, nil
}

// pinned are the properties that an existing group keeps, so that nothing replaces it unless the user has said that it
// may be. Redis OSS becomes Valkey in place, but nothing leads back; without TLS there is no token either. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html
func (a *Args) pinned() []string {
	if a.MayReplace {
		return nil
	}
	properties := []string{"transitEncryptionEnabled", "transitEncryptionMode"}
	if !a.TLS {
		properties = append(properties, "authToken")
	}
	if a.Engine == "redis" {
		properties = append(properties, "engine", "engineVersion", "parameterGroupName")
	}
	return properties
}

// unreplaced is the host name of the group, or an error where the group is not what was asked for. A preview may know the
// one and not the other.
func (a *Args) unreplaced(group *elasticache.ReplicationGroup) pulumi.StringOutput {
	asked := pulumi.All(group.Engine.Elem(), group.TransitEncryptionEnabled).ApplyT(func(parts []any) (bool, error) {
		return true, errors.Join(refuse("cacheEngine", a.Engine, parts[0].(string)),
			refuse("redisTls", strconv.FormatBool(a.TLS), strconv.FormatBool(parts[1].(bool))))
	})
	return pulumi.All(group.PrimaryEndpointAddress, asked).ApplyT(func(parts []any) string { return parts[0].(string) }).(pulumi.StringOutput)
}

// refuse holds a pinned property against the configuration.
func refuse(key, wanted, actual string) error {
	if wanted == actual {
		return nil
	}
	return fmt.Errorf("threa:%s is %q, but the cache was made with %q, and only a new, empty one can have the other: all that is in it "+
		"would be lost, and it would be away for about 10 minutes.\n"+
		"    To keep it:     pulumi config set %s %s\n"+
		"    To replace it:  pulumi config set --path 'confirmReplacement[0]' cache", key, wanted, actual, key, actual)
}
