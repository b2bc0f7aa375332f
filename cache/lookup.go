package cache

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	sdk "github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/elasticache"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/program"
)

// CheckRemoval returns an error if the stack has a cache. Call it if the configuration disables the cache and does not
// confirm its deletion.
func CheckRemoval(found *Found) error {
	if found.engine == "" {
		return nil
	}
	return errors.New("threa:enableRedis is \"false\", but the stack has a cache: " +
		"an update would delete it with all cached data.\n" +
		"    To keep it:    pulumi config set enableRedis true\n" +
		"    To delete it:  " + confirm)
}

// Found is the cache before this deployment.
type Found struct{ engine, nodeType string } // empty if the stack has no cache yet

// NodeTypes lists reservations of cache nodes. *elasticache.Client implements it.
type NodeTypes interface {
	DescribeReservedCacheNodesOfferings(context.Context, *sdk.DescribeReservedCacheNodesOfferingsInput,
		...func(*sdk.Options)) (*sdk.DescribeReservedCacheNodesOfferingsOutput, error)
}

// NeedsNodeType reports whether the cache does not have the node type yet.
func (a *Args) NeedsNodeType(found *Found) bool { return found.nodeType != a.NodeType }

// CheckNodeType warns if ElastiCache sells no reservation of the node type. It does not refuse the type, because
// ElastiCache has no call that lists the types it offers.
func (a *Args) CheckNodeType(ctx *pulumi.Context, types NodeTypes) error {
	question := "whether ElastiCache has the node type " + a.NodeType
	answer, err := types.DescribeReservedCacheNodesOfferings(ctx.Context(),
		&sdk.DescribeReservedCacheNodesOfferingsInput{CacheNodeType: &a.NodeType})
	switch {
	case preconditions.IsInvalid(err): // an unknown type
	case err != nil:
		return preconditions.Skip(question, err) // the answer could only warn
	case len(answer.ReservedCacheNodesOfferings) > 0:
		return nil
	}
	return program.Warn(ctx, fmt.Sprintf("ElastiCache sells no %s in %s, so it may refuse threa:redisNodeType.\n"+
		"    The types:  aws elasticache describe-reserved-cache-nodes-offerings --region %[2]s "+
		"--query 'ReservedCacheNodesOfferings[].CacheNodeType'", a.NodeType, a.Names.Region))
}

// LookUp reads the stack's cache from one of its nodes. It first lists the nodes by tag, because the provider writes an
// error to the log if a lookup finds nothing.
func LookUp(ctx *pulumi.Context, name string) (*Found, error) {
	nodes, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"elasticache:cluster"},
		TagFilters: []resourcegroupstaggingapi.GetResourcesTagFilter{
			{Key: naming.TagStack, Values: []string{name}},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("list nodes of cache %s: %w", name, err)
	}
	for _, mapping := range nodes.ResourceTagMappingLists {
		_, id, _ := strings.Cut(mapping.ResourceArn, ":cluster:")
		node, err := elasticache.LookupCluster(ctx, &elasticache.LookupClusterArgs{ClusterId: id})
		switch {
		case err != nil && notFound.MatchString(err.Error()): // AWS lists a deleted node for some time
		case err != nil:
			return nil, fmt.Errorf("look up cache node %s: %w", id, err)
		case node.ReplicationGroupId == name:
			return &Found{node.Engine, node.NodeType}, nil
		}
	}
	return &Found{}, nil
}

// notFound matches the provider's error for a node that does not exist. The provider has no error code for it.
var notFound = regexp.MustCompile(`no matching ElastiCache Cluster found|couldn't find resource`)
