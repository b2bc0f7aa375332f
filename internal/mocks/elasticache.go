package mocks

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Cache is a replication group of ElastiCache with one node.
type Cache struct {
	Name    string
	Engine  string
	Version string
	Tags    map[string]string
	// Deleted is one of which the tagging API still lists the node.
	Deleted bool
}

func (c Cache) node() string { return c.Name + "-001" }

// taggedCaches answers the tagging API with the nodes of the groups that have all the tags.
func (a *AWS) taggedCaches(filters []resource.PropertyValue) resource.PropertyMap {
	var found []any
	for _, cache := range a.Caches {
		if hasTags(cache.Tags, filters) {
			found = append(found, map[string]any{"resourceArn": arn("elasticache", "cluster:"+cache.node())})
		}
	}
	return answer(map[string]any{"resourceTagMappingLists": found})
}

func hasTags(tags map[string]string, filters []resource.PropertyValue) bool {
	for _, filter := range filters {
		wanted := filter.ObjectValue()
		if value, has := tags[wanted["key"].StringValue()]; !has || value != wanted["values"].ArrayValue()[0].StringValue() {
			return false
		}
	}
	return true
}

func (a *AWS) cacheNode(id string) (resource.PropertyMap, error) {
	for _, cache := range a.Caches {
		if cache.node() == id && !cache.Deleted {
			return answer(map[string]any{
				"clusterId": id, "replicationGroupId": cache.Name, "engine": cache.Engine, "engineVersion": cache.Version,
			}), nil
		}
	}
	return nil, fmt.Errorf("no matching ElastiCache Cluster found")
}
