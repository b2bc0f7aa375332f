package shim

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// createGroup creates the replication group "threa". args add to its parameters or replace them.
func createGroup(c *client, args ...string) answer {
	c.t.Helper()
	parameters := map[string]string{
		"ReplicationGroupId": "threa", "ReplicationGroupDescription": "cache & more", "Engine": "valkey",
		"EngineVersion": "8.0", "AtRestEncryptionEnabled": "true",
		"CacheNodeType": "cache.t4g.micro", "NumCacheClusters": "1", "TransitEncryptionEnabled": "true",
		"AuthToken": "0123456789abcdef", "Tags.Tag.1.Key": "Project", "Tags.Tag.1.Value": "threa",
	}
	for i := 0; i < len(args); i += 2 {
		parameters[args[i]] = args[i+1]
	}
	var flat []string
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		flat = append(flat, key, parameters[key])
	}
	return c.query("elasticache", "CreateReplicationGroup", flat...)
}

func groupCall(c *client, action string, args ...string) answer {
	c.t.Helper()
	return c.query("elasticache", action, append([]string{"ReplicationGroupId", "threa"}, args...)...)
}

func cacheGroup(t *testing.T, c *client) element {
	t.Helper()
	return single(t, groupCall(c, "DescribeReplicationGroups"), "ReplicationGroup")
}

func cacheMember(c *client, id string) answer {
	return c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", id)
}

func TestReplicationGroup_CreateAndDelete(t *testing.T) {
	c, m := newShim(t, nil)
	created := createGroup(c, "NumCacheClusters", "2", "AutomaticFailoverEnabled", "true",
		"SecurityGroupIds.SecurityGroupId.1", "sg-1")
	assert.Equal(t, "creating", single(t, created, "ReplicationGroup").value("Status"))
	createGroup(c).refused(t, http.StatusBadRequest, "ReplicationGroupAlreadyExists")
	group, member := cacheGroup(t, c), single(t, cacheMember(c, "threa-002"), "CacheCluster")
	for name, want := range map[string]string{
		"Status": "available", "Description": "cache & more", "Engine": "valkey", "AutomaticFailover": "enabled",
		"AuthTokenEnabled": "true", "TransitEncryptionEnabled": "true", "TransitEncryptionMode": "required",
		"AtRestEncryptionEnabled": "true", "ClusterEnabled": "false",
	} {
		assert.Equal(t, want, group.value(name), name)
	}
	for name, want := range map[string]string{
		"ReplicationGroupId": "threa", "Engine": "valkey", "EngineVersion": "8.0.0", "AuthTokenEnabled": "true",
	} {
		assert.Equal(t, want, member.value(name), name)
	}
	assert.Equal(t, "sg-1", member.elements("SecurityGroupId")[0].Text())
	cacheMember(c, "threa-003").refused(t, http.StatusNotFound, "CacheClusterNotFound")

	assert.Equal(t, "deleting", single(t, groupCall(c, "DeleteReplicationGroup"), "ReplicationGroup").value("Status"))
	groupCall(c, "DescribeReplicationGroups").refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
	groupCall(c, "DeleteReplicationGroup").refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
	cacheMember(c, "threa-001").refused(t, http.StatusNotFound, "CacheClusterNotFound")
	assert.Equal(t, http.StatusOK, createGroup(c).status, "its name is free again")
	assert.Empty(t, m.seen, "moto sees no calls of ElastiCache")
}

func TestCreateReplicationGroup_Checks(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		code string
	}{
		"token without TLS":          {[]string{"TransitEncryptionEnabled", "false"}, "InvalidParameterCombination"},
		"failover without replica":   {[]string{"AutomaticFailoverEnabled", "true"}, "InvalidParameterCombination"},
		"several zones, no failover": {[]string{"MultiAZEnabled", "true"}, "InvalidParameterCombination"},
		"unknown subnet group":       {[]string{"CacheSubnetGroupName", "none"}, "CacheSubnetGroupNotFoundFault"},
		"unknown version":            {[]string{"EngineVersion", "7.3"}, "InvalidParameterCombination"},
		"unknown engine":             {[]string{"Engine", "memcached"}, "InvalidParameterValue"},
		"not a number":               {[]string{"NumCacheClusters", "two"}, "MalformedInput"},
		"cluster mode":               {[]string{"NumNodeGroups", "2"}, "InvalidParameterValue"},
	} {
		c, _ := newShim(t, nil)
		createGroup(c, test.args...).refused(t, http.StatusBadRequest, test.code)
		assert.Equal(t, http.StatusNotFound, groupCall(c, "DescribeReplicationGroups").status, name)
	}
}

func TestModifyReplicationGroup_ChangesGroupAndNodes(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c, "Engine", "redis", "EngineVersion", "7.1", "SecurityGroupIds.SecurityGroupId.1", "sg-1",
		"SecurityGroupIds.SecurityGroupId.2", "sg-2")
	token := func() string {
		t.Helper()
		got := decoded[Credentials](t, c.local("GET", "credentials"))
		require.Len(t, got.Caches, 1)
		assert.True(t, got.Caches[0].TLS)
		return got.Caches[0].AuthToken
	}
	assert.Equal(t, "0123456789abcdef", token())
	assert.Equal(t, http.StatusOK, groupCall(c, "ModifyReplicationGroup", "CacheNodeType", "cache.t4g.small",
		"Engine", "valkey", "EngineVersion", "8.1", "AuthToken", "fedcba9876543210",
		"SecurityGroupIds.SecurityGroupId.1", "sg-3").status)
	assert.Equal(t, "fedcba9876543210", token())
	assert.Equal(t, http.StatusOK, groupCall(c, "IncreaseReplicaCount", "NewReplicaCount", "1").status)
	groupCall(c, "ModifyReplicationGroup", "NumCacheClusters", "two").refused(t, http.StatusBadRequest, "MalformedInput")
	group, node := cacheGroup(t, c), single(t, cacheMember(c, "threa-002"), "CacheCluster")
	assert.Equal(t, "cache.t4g.small", group.value("CacheNodeType"))
	assert.Len(t, group.elements("ClusterId"), 2, "a refused change changes nothing")
	assert.Equal(t, "8.1.0", node.value("EngineVersion"))
	assert.Equal(t, "default.valkey8", node.elements("CacheParameterGroupName")[0].Text())
	require.Len(t, node.elements("SecurityGroupId"), 1)
	assert.Equal(t, "sg-3", node.elements("SecurityGroupId")[0].Text())
	groupCall(c, "ModifyReplicationGroup", "AuthTokenUpdateStrategy", "DELETE")
	assert.Empty(t, token())
	assert.Equal(t, "false", cacheGroup(t, c).value("AuthTokenEnabled"))
}

// Source: https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html
func TestAuthToken_RotatesInTwoSteps(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c)
	change := func(token, strategy string) answer {
		return groupCall(c, "ModifyReplicationGroup", "AuthToken", token, "AuthTokenUpdateStrategy", strategy)
	}
	tokens := func() [2]string {
		got := decoded[Credentials](t, c.local("GET", "credentials")).Caches[0]
		return [2]string{got.AuthToken, got.PreviousToken}
	}
	const first, second = "0123456789abcdef", "fedcba9876543210"
	change(second, "SET").refused(t, http.StatusBadRequest, "SET requires the AUTH token of a ROTATE")
	assert.Equal(t, [2]string{first, ""}, tokens())
	change(second, "ROTATE")
	assert.Equal(t, [2]string{second, first}, tokens())
	change(second, "SET")
	assert.Equal(t, [2]string{second, ""}, tokens())
}

func TestCacheSubnetGroup_InUse(t *testing.T) {
	c, _ := newShim(t, map[string]string{"DescribeSubnets": `<DescribeSubnetsResponse><subnetSet>
<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-central-1a</availabilityZone></item>
<item><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-central-1b</availabilityZone></item>
</subnetSet></DescribeSubnetsResponse>`})
	call := func(action string, args ...string) answer {
		return c.query("elasticache", action, append([]string{"CacheSubnetGroupName", "Threa"}, args...)...)
	}
	created := call("CreateCacheSubnetGroup", "SubnetIds.SubnetIdentifier.1", "subnet-1", "SubnetIds.SubnetIdentifier.2",
		"subnet-2")
	got := single(t, created, "CacheSubnetGroup")
	assert.Equal(t, "vpc-1", got.value("VpcId"))
	assert.Len(t, got.elements("SubnetIdentifier"), 2)
	call("CreateCacheSubnetGroup").refused(t, http.StatusBadRequest, "CacheSubnetGroupAlreadyExists")

	createGroup(c, "CacheSubnetGroupName", "threa")
	call("DeleteCacheSubnetGroup").refused(t, http.StatusBadRequest, "CacheSubnetGroupInUse")
	groupCall(c, "DeleteReplicationGroup")
	assert.Equal(t, http.StatusOK, call("DeleteCacheSubnetGroup").status)
	call("DescribeCacheSubnetGroups").refused(t, http.StatusBadRequest, "CacheSubnetGroupNotFoundFault")
}

func TestCacheTags_EndWithTheirResource(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c)
	arn := cacheARN("eu-central-1", "replicationgroup", "threa")
	c.query("elasticache", "AddTagsToResource", "ResourceName", arn, "Tags.Tag.1.Key", "Owner", "Tags.Tag.1.Value", "me")
	c.query("elasticache", "RemoveTagsFromResource", "ResourceName", arn, "TagKeys.member.1", "Project")
	for _, resource := range []string{arn, cacheARN("eu-central-1", "cluster", "threa-001")} {
		got := single(t, c.query("elasticache", "ListTagsForResource", "ResourceName", resource), "Tag")
		assert.Equal(t, "Owner", got.value("Key"))
	}
	groupCall(c, "DeleteReplicationGroup")
	c.query("elasticache", "ListTagsForResource", "ResourceName", arn).refused(t, http.StatusNotFound, "InvalidARN")
}

func TestGetResources_ListsCacheNodes(t *testing.T) {
	c, _ := newShim(t, map[string]string{
		"GetResources": `{"PaginationToken":"","ResourceTagMappingList":[{"ResourceARN":"arn:x","Tags":[]}]}`,
	})
	createGroup(c, "NumCacheClusters", "2")
	for filter, listed := range map[string]bool{
		`{"ResourceTypeFilters":["elasticache:cluster"],"TagFilters":[{"Key":"Project","Values":["threa"]}]}`: true,
		`{"ResourceTypeFilters":["elasticache"]}`:                                                             true,
		`{}`: true,
		`{"TagFilters":[{"Key":"Project","Values":["other"]}]}`: false,
		`{"TagFilters":[{"Key":"Stack"}]}`:                      false,
		`{"ResourceTypeFilters":["ecs:service"]}`:               false,
	} {
		body := c.json("tagging", "GetResources", filter).body
		assert.Contains(t, body, "arn:x", "%s: moto's own answer", filter)
		for _, node := range []string{"threa-001", "threa-002"} {
			check := assert.NotContains
			if listed {
				check = assert.Contains
			}
			check(t, body, "arn:aws:elasticache:eu-central-1:123456789012:cluster:"+node, filter)
		}
	}
}

func TestCacheCluster_IsSingleNode(t *testing.T) {
	c, _ := newShim(t, map[string]string{"GetResources": `{"ResourceTagMappingList":[]}`})
	call := func(action string, args ...string) answer {
		return c.query("elasticache", action, append([]string{"CacheClusterId", "threa", "CacheNodeType", "cache.t4g.micro",
			"Engine", "redis", "EngineVersion", "7.1", "CacheParameterGroupName", "default.redis7",
			"SecurityGroupIds.SecurityGroupId.1", "sg-1", "Tags.Tag.1.Key", "Project", "Tags.Tag.1.Value", "threa"}, args...)...)
	}
	call("CreateCacheCluster", "NumCacheNodes", "2").refused(t, http.StatusBadRequest, "InvalidParameterValue")
	assert.Equal(t, "creating", single(t, call("CreateCacheCluster", "NumCacheNodes", "1"), "CacheCluster").value(
		"CacheClusterStatus"))
	call("CreateCacheCluster").refused(t, http.StatusBadRequest, "CacheClusterAlreadyExists")
	createGroup(c) // its node is another cluster
	assert.Len(t, every(t, c.query("elasticache", "DescribeCacheClusters"), "CacheCluster"), 2)
	cluster := single(t, cacheMember(c, "threa"), "CacheCluster")
	for name, want := range map[string]string{
		"CacheClusterStatus": "available", "EngineVersion": "7.1.0", "NumCacheNodes": "1", "ReplicationGroupId": "",
		"TransitEncryptionEnabled": "false", "ARN": cacheARN("eu-central-1", "cluster", "threa"),
	} {
		assert.Equal(t, want, cluster.value(name), name)
	}
	assert.Contains(t, c.json("tagging", "GetResources", "{}").body, cluster.value("ARN"))
	assert.Equal(t, "deleting", single(t, call("DeleteCacheCluster"), "CacheCluster").value("CacheClusterStatus"))
	cacheMember(c, "threa").refused(t, http.StatusNotFound, "CacheClusterNotFound")
}
