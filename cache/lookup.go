package cache

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// stackTag is the tag that everything of a stack has, with the name of the stack.
const stackTag = "Stack"

// lookUpEngine returns the engine that the stack's cache runs, and "" if the stack has no cache. It lists the nodes by
// their tag first: a data source of the provider that finds nothing writes an error to the log.
func lookUpEngine(ctx *pulumi.Context, name string) (string, error) {
	listed, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"elasticache:cluster"},
		TagFilters:          []resourcegroupstaggingapi.GetResourcesTagFilter{{Key: stackTag, Values: []string{name}}},
	})
	if err != nil {
		return "", fmt.Errorf("list the nodes of the cache %s: %w", name, err)
	}
	for _, one := range listed.ResourceTagMappingLists {
		_, id, _ := strings.Cut(one.ResourceArn, ":cluster:")
		node, err := elasticache.LookupCluster(ctx, &elasticache.LookupClusterArgs{ClusterId: id})
		switch {
		case err != nil && notFound.MatchString(err.Error()): // AWS lists a deleted node for some time
		case err != nil:
			return "", fmt.Errorf("look up the cache node %s: %w", id, err)
		case node.ReplicationGroupId == name:
			return node.Engine, nil
		}
	}
	return "", nil
}

// notFound is how the provider says that a node does not exist. It has no error code for that.
var notFound = regexp.MustCompile(`no matching ElastiCache Cluster found|couldn't find resource`)

// CheckRemoval refuses to delete the cache of a stack that no longer enables it. Call it only if the cache is disabled
// and confirmReplacement does not name it.
func CheckRemoval(ctx *pulumi.Context, name string) error {
	engine, err := lookUpEngine(ctx, name)
	if err != nil || engine == "" {
		return err
	}
	return errors.New("threa:enableRedis is \"false\", but the stack has a cache: it would be deleted, " +
		"and all that is in it would be lost.\n" +
		"    To keep it:    pulumi config set enableRedis true\n" +
		"    To delete it:  pulumi config set --path 'confirmReplacement[0]' cache")
}
