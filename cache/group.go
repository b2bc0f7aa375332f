package cache

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/dataholder"
)

// newReplicationGroup is a replication group even for one node: a plain cluster can have neither TLS with a token nor
// Valkey. Nodes come and go in place: the provider adds replicas before it turns failover on, and turns it off before it
// takes the last one away, which is the order that ElastiCache wants. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/AutoFailover.html
func newReplicationGroup(ctx *pulumi.Context, name string, args *Args, subnets *elasticache.SubnetGroup,
	token pulumi.StringOutput, options ...pulumi.ResourceOption,
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
	options = append(options,
		// AWS turns TLS on in two steps with a client that must follow each; a new cache takes one step and no longer.
		pulumi.ReplaceOnChanges([]string{"transitEncryptionEnabled"}),
		// The id is fixed, so the old group has to go first.
		pulumi.DeleteBeforeReplace(true))
	group, err := elasticache.NewReplicationGroup(ctx, name+"-group", groupArgs, options...)
	if err != nil {
		return nil, fmt.Errorf("create replication group: %w", err)
	}
	return group, nil
}

// confirmable are the properties that a confirmed replacement may change. Without TLS there is no token either.
var confirmable = []string{"atRestEncryptionEnabled", "port", "transitEncryptionEnabled", "transitEncryptionMode"}

// engineProperties change together. AWS upgrades Redis OSS to Valkey in place, but nothing leads back. Source:
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement.HowTo.html
var engineProperties = []string{"engine", "engineVersion", "parameterGroupName"}

// pinned returns the properties that the group keeps, so that nothing replaces it unless the user has confirmed that.
// Another version of the engine that runs is none of the reasons to replace it: AWS has upgraded it, or this program
// names a newer one.
func (a *Args) pinned(runningEngine string) []string {
	may := slices.Concat(confirmable, engineProperties)
	properties := slices.DeleteFunc(dataholder.ForceReplacement(dataholder.Cache), func(property string) bool {
		return slices.Contains(may, property)
	})
	if !a.changesEngine(runningEngine) {
		properties = append(properties, engineProperties...)
	}
	if a.MayReplace {
		return properties
	}
	properties = append(properties, confirmable...)
	if !a.TLS {
		properties = append(properties, "authToken")
	}
	return properties
}

// changesEngine tells whether the group that exists gets the other engine: Valkey in place, Redis OSS by a replacement.
func (a *Args) changesEngine(runningEngine string) bool {
	return runningEngine != "" && runningEngine != a.Engine && (a.Engine == "valkey" || a.MayReplace)
}

// unreplaced returns the host name of the group, or an error if only a replacement could give it what was asked for. A
// preview may know the one and not the other.
func (a *Args) unreplaced(group *elasticache.ReplicationGroup) pulumi.StringOutput {
	actual := pulumi.All(group.Engine.Elem(), group.TransitEncryptionEnabled, group.AtRestEncryptionEnabled, group.Port.Elem())
	asked := actual.ApplyT(func(parts []any) (bool, error) {
		return true, errors.Join(
			refuse("cacheEngine", a.Engine, parts[0].(string)),
			refuse("redisTls", strconv.FormatBool(a.TLS), strconv.FormatBool(parts[1].(bool))),
			refuseFixed("atRestEncryptionEnabled", "true", strconv.FormatBool(parts[2].(bool))),
			refuseFixed("port", strconv.Itoa(Port), strconv.Itoa(parts[3].(int))))
	})
	return pulumi.All(group.PrimaryEndpointAddress, asked).ApplyT(func(parts []any) string {
		return parts[0].(string)
	}).(pulumi.StringOutput)
}

const replacement = "only a new, empty one can have the other: all that is in it would be lost, " +
	"and it would be away for about 10 minutes.\n"

// refuse compares a pinned property with the configuration.
func refuse(key, wanted, actual string) error {
	if wanted == actual {
		return nil
	}
	return fmt.Errorf("threa:%s is %q, but the cache was made with %q, and "+replacement+
		"    To keep it:     pulumi config set %s %s\n"+
		"    To replace it:  pulumi config set --path 'confirmReplacement[0]' cache", key, wanted, actual, key, actual)
}

// refuseFixed compares a pinned property with what the program sets, whatever the configuration: an imported group may
// have another value.
func refuseFixed(property, wanted, actual string) error {
	if wanted == actual {
		return nil
	}
	return fmt.Errorf("the cache has %s %q, and the program makes it with %q; "+replacement+
		"    To replace it:  pulumi config set --path 'confirmReplacement[0]' cache", property, actual, wanted)
}
