package shim

import (
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const twoSubnets = `<DescribeSubnetsResponse><subnetSet>
<item><subnetId>subnet-1</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-central-1a</availabilityZone></item>
<item><subnetId>subnet-2</subnetId><vpcId>vpc-1</vpcId><availabilityZone>eu-central-1b</availabilityZone></item>
</subnetSet></DescribeSubnetsResponse>`

// createGroup creates the replication group "threa"; args add to its
// parameters or replace them.
func createGroup(c *client, args ...string) answer {
	c.t.Helper()
	parameters := map[string]string{
		"ReplicationGroupId":          "threa",
		"ReplicationGroupDescription": "cache & more",
		"Engine":                      "valkey",
		"CacheNodeType":               "cache.t4g.micro",
		"NumCacheClusters":            "1",
		"TransitEncryptionEnabled":    "true",
		"AuthToken":                   "0123456789abcdef",
		"Tags.Tag.1.Key":              "Project",
		"Tags.Tag.1.Value":            "threa",
	}
	for i := 0; i < len(args); i += 2 {
		parameters[args[i]] = args[i+1]
	}
	return c.query("elasticache", "CreateReplicationGroup", flatten(parameters)...)
}

func flatten(parameters map[string]string) []string {
	var args []string
	for _, key := range slices.Sorted(maps.Keys(parameters)) {
		args = append(args, key, parameters[key])
	}
	return args
}

func modifyGroup(c *client, args ...string) answer {
	c.t.Helper()
	return c.query("elasticache", "ModifyReplicationGroup", append([]string{"ReplicationGroupId", "threa"}, args...)...)
}

// group describes the replication group "threa" itself.
func group(t *testing.T, c *client) element {
	t.Helper()
	return one(t, c.query("elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "threa"), "ReplicationGroup")
}

// one parses an answer that holds exactly one element of that name.
func one(t *testing.T, a answer, name string) element {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	root, err := parseXML([]byte(a.body))
	require.NoError(t, err)
	found := element{root}.all(name)
	require.Len(t, found, 1, a.body)
	return found[0]
}

func TestAReplicationGroupReportsWhatItWasCreatedWith(t *testing.T) {
	c, m := newShim(t, nil)
	assert.Equal(t, "creating", one(t, createGroup(c), "ReplicationGroup").value("Status"))
	got := group(t, c)
	for name, want := range map[string]string{
		"Status": "available", "Description": "cache & more", "Engine": "valkey", "AutomaticFailover": "disabled",
		"AuthTokenEnabled": "true", "TransitEncryptionEnabled": "true", "TransitEncryptionMode": "required",
		"AtRestEncryptionEnabled": "true", "ClusterEnabled": "false",
	} {
		assert.Equal(t, want, got.value(name), name)
	}
	assert.Empty(t, m.seen, "ElastiCache never reaches moto")
}

func TestMembersOfAReplicationGroupAreCacheClusters(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c, "NumCacheClusters", "2", "AutomaticFailoverEnabled", "true", "SecurityGroupIds.SecurityGroupId.1", "sg-1")
	got := one(t, c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", "threa-002"), "CacheCluster")
	for name, want := range map[string]string{
		"ReplicationGroupId": "threa", "Engine": "valkey", "EngineVersion": "8.0.0", "AuthTokenEnabled": "true",
	} {
		assert.Equal(t, want, got.value(name), name)
	}
	assert.Equal(t, "sg-1", got.all("SecurityGroupId")[0].Text())
	c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", "threa-003").
		refused(t, http.StatusNotFound, "CacheClusterNotFound")
}

func TestADeletedReplicationGroupIsGone(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c)
	deleted := c.query("elasticache", "DeleteReplicationGroup", "ReplicationGroupId", "threa")
	assert.Equal(t, "deleting", one(t, deleted, "ReplicationGroup").value("Status"))
	c.query("elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "threa").
		refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
	c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", "threa-001").
		refused(t, http.StatusNotFound, "CacheClusterNotFound")
	c.query("elasticache", "DeleteReplicationGroup", "ReplicationGroupId", "threa").
		refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
	assert.Equal(t, http.StatusOK, createGroup(c).status, "its name is free again")
}

func TestAReplicationGroupThatAWSRefusesIsRefused(t *testing.T) {
	tests := map[string]struct {
		args []string
		code string
	}{
		"token without TLS":             {[]string{"TransitEncryptionEnabled", "false"}, "InvalidParameterCombination"},
		"failover without replica":      {[]string{"AutomaticFailoverEnabled", "true"}, "InvalidParameterCombination"},
		"several zones, no failover":    {[]string{"MultiAZEnabled", "true", "NumCacheClusters", "2"}, "InvalidParameterCombination"},
		"unknown subnet group":          {[]string{"CacheSubnetGroupName", "nowhere"}, "CacheSubnetGroupNotFoundFault"},
		"unknown version":               {[]string{"EngineVersion", "7.3"}, "InvalidParameterCombination"},
		"unknown engine":                {[]string{"Engine", "memcached"}, "InvalidParameterValue"},
		"number that is none":           {[]string{"NumCacheClusters", "two"}, "MalformedInput"},
		"cluster mode, not served here": {[]string{"NumNodeGroups", "2"}, "InvalidParameterValue"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			c, _ := newShim(t, nil)
			createGroup(c, test.args...).refused(t, http.StatusBadRequest, test.code)
			c.query("elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "threa").
				refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
		})
	}
	c, _ := newShim(t, nil)
	createGroup(c)
	createGroup(c).refused(t, http.StatusBadRequest, "ReplicationGroupAlreadyExists")
}

func TestModificationsShowUpInGroupAndMembers(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c, "Engine", "redis", "AtRestEncryptionEnabled", "true")
	require.Equal(t, http.StatusOK, modifyGroup(c, "CacheNodeType", "cache.t4g.small", "Engine", "valkey",
		"EngineVersion", "8.1", "AuthToken", "", "AuthTokenUpdateStrategy", "DELETE").status)
	require.Equal(t, http.StatusOK,
		c.query("elasticache", "IncreaseReplicaCount", "ReplicationGroupId", "threa", "NewReplicaCount", "1").status)

	got := group(t, c)
	assert.Equal(t, "cache.t4g.small", got.value("CacheNodeType"))
	assert.Equal(t, "false", got.value("AuthTokenEnabled"))
	assert.Len(t, got.all("ClusterId"), 2)
	member := one(t, c.query("elasticache", "DescribeCacheClusters", "CacheClusterId", "threa-002"), "CacheCluster")
	assert.Equal(t, "8.1.0", member.value("EngineVersion"))
	assert.Equal(t, "default.valkey8", member.all("CacheParameterGroupName")[0].Text())
}

func TestEncryptionInTransitChangesInTwoSteps(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c, "TransitEncryptionEnabled", "false", "AuthToken", "")

	modifyGroup(c, "TransitEncryptionEnabled", "true").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
	modifyGroup(c, "AuthToken", "0123456789abcdef").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
	assert.Equal(t, "false", group(t, c).value("AuthTokenEnabled"), "a refused change changes nothing")

	for _, mode := range []string{"preferred", "required"} {
		require.Equal(t, http.StatusOK, modifyGroup(c, "TransitEncryptionEnabled", "true", "TransitEncryptionMode", mode).status)
		assert.Equal(t, mode, group(t, c).value("TransitEncryptionMode"))
	}
	modifyGroup(c, "TransitEncryptionEnabled", "false").refused(t, http.StatusBadRequest, "InvalidParameterCombination")
}

func TestASubnetGroupInUseStays(t *testing.T) {
	c, _ := newShim(t, map[string]string{"DescribeSubnets": twoSubnets})
	created := c.query("elasticache", "CreateCacheSubnetGroup", "CacheSubnetGroupName", "Threa",
		"SubnetIds.SubnetIdentifier.1", "subnet-1", "SubnetIds.SubnetIdentifier.2", "subnet-2")
	got := one(t, created, "CacheSubnetGroup")
	assert.Equal(t, "vpc-1", got.value("VpcId"))
	assert.Len(t, got.all("SubnetIdentifier"), 2)
	c.query("elasticache", "CreateCacheSubnetGroup", "CacheSubnetGroupName", "threa").
		refused(t, http.StatusBadRequest, "CacheSubnetGroupAlreadyExists")

	createGroup(c, "CacheSubnetGroupName", "threa")
	remove := func() answer {
		return c.query("elasticache", "DeleteCacheSubnetGroup", "CacheSubnetGroupName", "threa")
	}
	remove().refused(t, http.StatusBadRequest, "CacheSubnetGroupInUse")
	c.query("elasticache", "DeleteReplicationGroup", "ReplicationGroupId", "threa")
	assert.Equal(t, http.StatusOK, remove().status)
	c.query("elasticache", "DescribeCacheSubnetGroups", "CacheSubnetGroupName", "threa").
		refused(t, http.StatusBadRequest, "CacheSubnetGroupNotFoundFault")
}

func TestTagsChangeAndGoWithTheirResource(t *testing.T) {
	c, _ := newShim(t, nil)
	createGroup(c)
	arn := cacheARN("eu-central-1", "replicationgroup", "threa")
	c.query("elasticache", "AddTagsToResource", "ResourceName", arn, "Tags.Tag.1.Key", "Owner", "Tags.Tag.1.Value", "me")
	c.query("elasticache", "RemoveTagsFromResource", "ResourceName", arn, "TagKeys.member.1", "Project")
	for _, resource := range []string{arn, cacheARN("eu-central-1", "cluster", "threa-001")} {
		got := one(t, c.query("elasticache", "ListTagsForResource", "ResourceName", resource), "Tag")
		assert.Equal(t, "Owner", got.value("Key"))
	}
	c.query("elasticache", "DeleteReplicationGroup", "ReplicationGroupId", "threa")
	c.query("elasticache", "ListTagsForResource", "ResourceName", arn).refused(t, http.StatusNotFound, "InvalidARN")
}
