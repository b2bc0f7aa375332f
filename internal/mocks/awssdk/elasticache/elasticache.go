// Package elasticache mocks the AWS SDK's client of ElastiCache.
package elasticache

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/service/elasticache"
	"github.com/aws/aws-sdk-go-v2/service/elasticache/types"

	"threa-infra/internal/mocks"
)

// NodeType is the type of node types in mocks.AWS.Existing: name. Without a list, ElastiCache has every one. If the
// list is empty, ElastiCache has none.
const NodeType = "nodeType"

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeReservedCacheNodesOfferings returns an offering of a node type.
func (c Client) DescribeReservedCacheNodesOfferings(_ context.Context,
	in *elasticache.DescribeReservedCacheNodesOfferingsInput, _ ...func(*elasticache.Options),
) (*elasticache.DescribeReservedCacheNodesOfferingsOutput, error) {
	out := &elasticache.DescribeReservedCacheNodesOfferingsOutput{}
	items, given := c.Existing[NodeType]
	if !given || slices.ContainsFunc(items, func(item mocks.Item) bool { return item["name"] == *in.CacheNodeType }) {
		out.ReservedCacheNodesOfferings = []types.ReservedCacheNodesOffering{{CacheNodeType: in.CacheNodeType}}
	}
	return out, c.Refuse("elasticache:DescribeReservedCacheNodesOfferings")
}
