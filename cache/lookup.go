package cache

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// CheckRemoval returns an error if the stack has a cache. Call it if the configuration disables the cache and does not
// confirm its deletion.
func CheckRemoval(ctx *pulumi.Context, name string) error {
	engine, err := runningEngine(ctx, name)
	if err != nil || engine == "" {
		return err
	}
	return errors.New("threa:enableRedis is \"false\", but the stack has a cache: " +
		"an update would delete it with all cached data.\n" +
		"    To keep it:    pulumi config set enableRedis true\n" +
		"    To delete it:  " + confirm)
}

func (b *builder) findRunningEngine() (err error) {
	b.runningEngine, err = runningEngine(b.ctx, b.args.Names.Name)
	return err
}

// runningEngine returns the engine of the stack's cache, or "" if the stack has none. It lists the nodes by tag first:
// a data source of the provider that finds nothing writes an error to the log.
func runningEngine(ctx *pulumi.Context, name string) (string, error) {
	nodes, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"elasticache:cluster"},
		TagFilters: []resourcegroupstaggingapi.GetResourcesTagFilter{
			{Key: naming.TagStack, Values: []string{name}},
		},
	})
	if err != nil {
		return "", fmt.Errorf("list nodes of cache %s: %w", name, err)
	}
	for _, mapping := range nodes.ResourceTagMappingLists {
		_, id, _ := strings.Cut(mapping.ResourceArn, ":cluster:")
		node, err := elasticache.LookupCluster(ctx, &elasticache.LookupClusterArgs{ClusterId: id})
		switch {
		case err != nil && notFound.MatchString(err.Error()): // AWS lists a deleted node for some time
		case err != nil:
			return "", fmt.Errorf("look up cache node %s: %w", id, err)
		case node.ReplicationGroupId == name:
			return node.Engine, nil
		}
	}
	return "", nil
}

// notFound matches the provider's error for a node that does not exist. The provider has no error code for it.
var notFound = regexp.MustCompile(`no matching ElastiCache Cluster found|couldn't find resource`)
