package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestGetResources_ListsCacheNodes(t *testing.T) {
	c, _ := newShim(t, map[string]string{"GetResources": `{"PaginationToken":"","ResourceTagMappingList":[{"ResourceARN":"arn:x","Tags":[]}]}`})
	require.Equal(t, http.StatusOK, createGroup(c, "NumCacheClusters", "2").status)
	const first, second = "arn:aws:elasticache:eu-central-1:123456789012:cluster:threa-001", "cluster:threa-002"
	for filter, listed := range map[string]bool{
		`{"ResourceTypeFilters":["elasticache:cluster"],"TagFilters":[{"Key":"Project","Values":["threa"]}]}`: true,
		`{"ResourceTypeFilters":["elasticache"]}`:                                                             true,
		`{}`: true,
		`{"TagFilters":[{"Key":"Project","Values":["other"]}]}`: false,
		`{"TagFilters":[{"Key":"Stack"}]}`:                      false,
		`{"ResourceTypeFilters":["ecs:service"]}`:               false,
	} {
		answer := c.json("tagging", "GetResources", filter).body
		assert.Contains(t, answer, "arn:x", "%s: what moto lists", filter)
		if listed {
			assert.Contains(t, answer, first, filter)
			assert.Contains(t, answer, second, filter)
			continue
		}
		assert.NotContains(t, answer, "elasticache", filter)
	}
}

func TestReplicationGroup_VersionIsNotLowered(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c, "EngineVersion", "8.1")
	require.Equal(t, http.StatusOK, modifyGroup(c, "EngineVersion", "8.2").status, "as an upgrade by AWS does")
	modifyGroup(c, "EngineVersion", "8.1").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
	member := one(t, c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", "threa-001"), "CacheCluster")
	assert.Equal(t, "8.2.0", member.value("EngineVersion"))
}
