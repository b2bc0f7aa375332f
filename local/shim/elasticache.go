package shim

import (
	"maps"
	"net/url"
	"slices"
	"strings"
)

// The shim answers every call of ElastiCache. moto's lacks modifications, subnet groups that can be deleted, and the
// nodes of replication groups.

// cacheResource is a resource of ElastiCache. Its values are the parameters with which it was created and changed.
type cacheResource struct {
	Region, ID, ARN, Status string
	params
	// VPC and Subnets belong to a subnet group.
	VPC     string
	Subnets []cacheSubnet
}

type cacheSubnet struct{ ID, Zone string }

// cacheKind is a type of resources. All types have the same calls.
type cacheKind struct {
	name      string // as in the names of calls
	parameter string // with the resource's id
	arn       string // resource type in ARNs
	missing   *awsError
	defaults  map[string]string
	// change completes the parameters of a new or changed resource. It refuses what AWS refuses.
	change func(*account, *call, *cacheResource) error
}

var replicationGroups = &cacheKind{
	name: "ReplicationGroup", parameter: "ReplicationGroupId", arn: "replicationgroup",
	missing:  notFound("ReplicationGroupNotFoundFault", "The replication group does not exist."),
	defaults: cacheDefaults,
	change:   (*account).changeReplicationGroup,
}

// cacheClusters are single nodes that belong to no replication group.
var cacheClusters = &cacheKind{
	name: "CacheCluster", parameter: "CacheClusterId", arn: "cluster",
	missing:  notFound("CacheClusterNotFound", "The cache cluster does not exist."),
	defaults: cacheDefaults,
	change:   (*account).changeCacheCluster,
}

var cacheDefaults = map[string]string{
	"AtRestEncryptionEnabled":    "false",
	"AutoMinorVersionUpgrade":    "true",
	"Engine":                     "redis",
	"NumCacheClusters":           "1",
	"Port":                       "6379",
	"PreferredMaintenanceWindow": "sun:23:00-mon:01:30",
	"SnapshotRetentionLimit":     "0",
	"SnapshotWindow":             "05:00-06:00",
}

var cacheSubnetGroups = &cacheKind{
	name: "CacheSubnetGroup", parameter: "CacheSubnetGroupName", arn: "subnetgroup",
	missing: badRequest("CacheSubnetGroupNotFoundFault", "The cache subnet group does not exist."),
	change:  (*account).changeCacheSubnets,
}

func (a *account) cacheCorrections() corrections {
	rules := corrections{
		"IncreaseReplicaCount": {before: a.resizeReplicationGroup},
		"DecreaseReplicaCount": {before: a.resizeReplicationGroup},

		"DescribeReservedCacheNodesOfferings": {before: describeNodeOfferings},

		"ListTagsForResource":    {before: a.cacheTagCall},
		"AddTagsToResource":      {before: a.cacheTagCall},
		"RemoveTagsFromResource": {before: a.cacheTagCall},
		"*": check(func(c *call) error {
			return badRequest("InvalidAction",
				"%s is not available in the local AWS: it has replication groups, clusters and their subnet groups only", c.name())
		}),
	}
	for _, kind := range []*cacheKind{replicationGroups, cacheClusters, cacheSubnetGroups} {
		for action, serve := range map[string]func(*call, *cacheKind) (*reply, error){
			"Create" + kind.name: a.createCache, "Describe" + kind.name + "s": a.describeCache,
			"Modify" + kind.name: a.modifyCache, "Delete" + kind.name: a.deleteCache,
		} {
			rules[action] = correction{before: func(c *call) (*reply, error) { return serve(c, kind) }}
		}
	}
	rules["DescribeCacheClusters"] = correction{before: a.describeCacheNodes} // also those of replication groups
	return rules
}

func (a *account) createCache(c *call, kind *cacheKind) (*reply, error) {
	id := strings.ToLower(c.form.Get(kind.parameter))
	r := &cacheResource{
		Region: c.region, ID: id, ARN: cacheARN(c.region, kind.arn, id), Status: "available", params: params{url.Values{}},
	}
	if a.cache[r.ARN] != nil {
		return nil, badRequest(kind.name+"AlreadyExists", "%s already exists.", r.ARN)
	}
	for name, value := range kind.defaults {
		r.Set(name, value)
	}
	if err := kind.change(a, c, r); err != nil {
		return nil, err
	}
	a.cache[r.ARN] = r
	a.addTags(r.ARN, readCacheTags(c))
	return r.reply(c, kind, "creating")
}

func (a *account) describeCache(c *call, kind *cacheKind) (*reply, error) {
	if !c.form.Has(kind.parameter) {
		return c.queryReply(kind.name+"s", a.cacheResources(c.region, kind))
	}
	r, err := a.cacheResource(c, kind)
	if err != nil {
		return nil, err
	}
	return c.queryReply(kind.name+"s", []*cacheResource{r})
}

func (a *account) modifyCache(c *call, kind *cacheKind) (*reply, error) {
	current, err := a.cacheResource(c, kind)
	if err != nil {
		return nil, err
	}
	changed := *current // a refused modification must not change anything
	changed.Values = maps.Clone(current.Values)
	if err := kind.change(a, c, &changed); err != nil {
		return nil, err
	}
	*current = changed
	return current.reply(c, kind, "modifying")
}

func (a *account) deleteCache(c *call, kind *cacheKind) (*reply, error) {
	r, err := a.cacheResource(c, kind)
	if err != nil {
		return nil, err
	}
	for _, group := range a.cachesWithNodes(c.region) {
		if kind == cacheSubnetGroups && group.Get(kind.parameter) == r.ID {
			return nil, badRequest("CacheSubnetGroupInUse", "Cache subnet group %s is currently in use by %s.", r.ID, group.ID)
		}
	}
	delete(a.cache, r.ARN)
	delete(a.tags, r.ARN)
	return r.reply(c, kind, "deleting")
}

// reply answers with the resource in a status that is over before the next call.
func (r *cacheResource) reply(c *call, kind *cacheKind, status string) (*reply, error) {
	shown := *r
	shown.Status = status
	return c.queryReply(kind.name, &shown)
}

// cacheResource returns the resource that the call names.
func (a *account) cacheResource(c *call, kind *cacheKind) (*cacheResource, error) {
	r, ok := a.cache[cacheARN(c.region, kind.arn, strings.ToLower(c.form.Get(kind.parameter)))]
	if !ok {
		return nil, kind.missing
	}
	return r, nil
}

// cacheResources returns the resources of a type in a region, sorted by id. An empty region means all regions.
func (a *account) cacheResources(region string, kind *cacheKind) []*cacheResource {
	var resources []*cacheResource
	for _, arn := range slices.Sorted(maps.Keys(a.cache)) {
		r := a.cache[arn]
		if (region == "" || r.Region == region) && arn == cacheARN(r.Region, kind.arn, r.ID) {
			resources = append(resources, r)
		}
	}
	return resources
}

// cachesWithNodes returns the replication groups and the clusters of a region.
func (a *account) cachesWithNodes(region string) []*cacheResource {
	return slices.Concat(a.cacheResources(region, replicationGroups), a.cacheResources(region, cacheClusters))
}

func cacheARN(region, kind, id string) string {
	return strings.Join([]string{"arn:aws:elasticache", region, accountID, kind, id}, ":")
}

// changeCacheSubnets looks up the VPC and the zones of the subnets.
func (a *account) changeCacheSubnets(c *call, g *cacheResource) error {
	g.Set("Description", c.form.text("CacheSubnetGroupDescription", g.Get("Description")))
	ids := c.form.list("SubnetIds.SubnetIdentifier")
	if len(ids) == 0 {
		return nil
	}
	subnets, err := a.subnets(c, ids)
	if err != nil {
		return err
	}
	g.Subnets = nil
	for _, subnet := range subnets {
		g.VPC = childText(subnet, "vpcId")
		g.Subnets = append(g.Subnets, cacheSubnet{childText(subnet, "subnetId"), childText(subnet, "availabilityZone")})
	}
	return nil
}

func readCacheTags(c *call) tags {
	t := tags{}
	for _, tag := range c.form.structures("Tags.Tag", "Key") {
		t[c.form.Get(tag+"Key")] = c.form.Get(tag + "Value")
	}
	return t
}

// cacheTagCall changes the tags of a resource, if the call says so, and answers with all of them. Nodes have the tags
// of their replication group.
func (a *account) cacheTagCall(c *call) (*reply, error) {
	arn := c.form.Get("ResourceName")
	for _, g := range a.cacheResources(c.region, replicationGroups) {
		if slices.ContainsFunc(g.Nodes(), func(n cacheNode) bool { return n.ARN() == arn }) {
			arn = g.ARN
		}
	}
	if a.cache[arn] == nil {
		return nil, notFound("InvalidARN", "The requested resource %s does not exist.", arn)
	}
	a.addTags(arn, readCacheTags(c))
	for _, key := range c.form.list("TagKeys.member") {
		delete(a.tags[arn], key)
	}
	return c.queryReply("CacheTags", a.tags[arn])
}
