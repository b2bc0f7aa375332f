package shim

import (
	"fmt"
	"maps"
	"net/url"
	"strconv"
	"strings"
)

// replicationGroup is a replication group with cluster mode disabled. Its values are the parameters of
// CreateReplicationGroup. Its nodes differ only in their number.
type replicationGroup struct {
	Region, ID, Status string
	url.Values
}

// cacheNode is a node of a replication group. The API calls it a cache cluster.
type cacheNode struct {
	Group          *replicationGroup
	ID, Zone, Role string
}

// Domain returns the domain of the group's endpoints.
func (g *replicationGroup) Domain() string { return g.ID + ".local.cache.amazonaws.com" }

// SecurityGroups returns the ids of the group's security groups.
func (g *replicationGroup) SecurityGroups() []string {
	return params(g.Values).list("SecurityGroupIds.SecurityGroupId")
}

func (g *replicationGroup) nodeCount() int {
	count, _ := strconv.Atoi(g.Get("NumCacheClusters")) // check made sure that it is a number
	return count
}

// Members returns the group's nodes, the primary first.
func (g *replicationGroup) Members() []cacheNode {
	var nodes []cacheNode
	role := "primary"
	for n := range g.nodeCount() {
		nodes = append(nodes, cacheNode{g, fmt.Sprintf("%s-%03d", g.ID, n+1), g.Region + string("abc"[n%3]), role})
		role = "replica"
	}
	return nodes
}

func cacheARN(region, kind, id string) string {
	return strings.Join([]string{"arn:aws:elasticache", region, accountID, kind, id}, ":")
}

// cacheCorrections answer every call of ElastiCache: moto's lacks modifications, subnet groups that can be deleted, and
// the nodes of replication groups.
func (a *account) cacheCorrections() corrections {
	return corrections{
		"CreateReplicationGroup":    {before: a.createCacheGroup},
		"DescribeReplicationGroups": {before: a.describeCacheGroups},
		"ModifyReplicationGroup":    {before: a.modifyCacheGroup},
		"IncreaseReplicaCount":      {before: a.resizeCacheGroup},
		"DecreaseReplicaCount":      {before: a.resizeCacheGroup},
		"DeleteReplicationGroup":    {before: a.deleteCacheGroup},
		"DescribeCacheClusters":     {before: a.describeCacheNodes},
		"CreateCacheSubnetGroup":    {before: a.createCacheSubnets},
		"DescribeCacheSubnetGroups": {before: a.describeCacheSubnets},
		"ModifyCacheSubnetGroup":    {before: a.modifyCacheSubnets},
		"DeleteCacheSubnetGroup":    {before: a.deleteCacheSubnets},
		"ListTagsForResource":       {before: a.cacheTagCall},
		"AddTagsToResource":         {before: a.cacheTagCall},
		"RemoveTagsFromResource":    {before: a.cacheTagCall},
		"*": check(func(c *call) error {
			return badRequest("InvalidAction",
				"%s is not available in the local AWS: it has replication groups and their subnet groups only", c.name())
		}),
	}
}

func (a *account) createCacheGroup(c *call) (*reply, error) {
	p := params(c.form)
	id := strings.ToLower(p.text("ReplicationGroupId", ""))
	key := regional{c.region, id}
	if a.cacheGroups[key] != nil {
		return nil, badRequest("ReplicationGroupAlreadyExists", "Replication group %s already exists.", id)
	}
	subnets := strings.ToLower(p.text("CacheSubnetGroupName", "default"))
	if _, ok := a.cacheSubnets[regional{c.region, subnets}]; !ok && p.has("CacheSubnetGroupName") {
		return nil, cacheSubnetsNotFound(subnets)
	}
	g := newReplicationGroup(key, p)
	if err := g.change(p); err != nil {
		return nil, err
	}
	g.Set("CacheSubnetGroupName", subnets)
	a.cacheGroups[key] = g
	a.cacheTags[cacheARN(c.region, "replicationgroup", id)] = readCacheTags(p)
	return g.reply(c, "creating")
}

// reply answers with the group in a status that is over before the next call.
func (g *replicationGroup) reply(c *call, status string) (*reply, error) {
	shown := *g
	shown.Status = status
	return c.queryReply("ReplicationGroup", &shown)
}

func (a *account) modifyCacheGroup(c *call) (*reply, error) {
	current, err := a.cacheGroup(c)
	if err != nil {
		return nil, err
	}
	// A refused modification must not change anything.
	changed := &replicationGroup{current.Region, current.ID, current.Status, maps.Clone(current.Values)}
	p := params(c.form)
	if err := changed.changeTLS(p); err != nil {
		return nil, err
	}
	if err := changed.change(p); err != nil {
		return nil, err
	}
	*current = *changed
	return current.reply(c, "modifying")
}

// resizeCacheGroup serves IncreaseReplicaCount and DecreaseReplicaCount.
func (a *account) resizeCacheGroup(c *call) (*reply, error) {
	g, err := a.cacheGroup(c)
	if err != nil {
		return nil, err
	}
	replicas, err := params(c.form).number("NewReplicaCount", g.nodeCount()-1)
	if err != nil {
		return nil, err
	}
	if replicas < 1 && g.Get("AutomaticFailoverEnabled") == "true" {
		return nil, badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	}
	g.Set("NumCacheClusters", strconv.Itoa(replicas+1))
	return g.reply(c, "modifying")
}

func (a *account) deleteCacheGroup(c *call) (*reply, error) {
	g, err := a.cacheGroup(c)
	if err != nil {
		return nil, err
	}
	delete(a.cacheGroups, regional{c.region, g.ID})
	delete(a.cacheTags, cacheARN(c.region, "replicationgroup", g.ID))
	return g.reply(c, "deleting")
}

func (a *account) describeCacheGroups(c *call) (*reply, error) {
	if params(c.form).has("ReplicationGroupId") {
		g, err := a.cacheGroup(c)
		if err != nil {
			return nil, err
		}
		return c.queryReply("ReplicationGroups", []*replicationGroup{g})
	}
	return c.queryReply("ReplicationGroups", inRegion(a.cacheGroups, c.region))
}

func (a *account) describeCacheNodes(c *call) (*reply, error) {
	id := params(c.form).text("CacheClusterId", "")
	var nodes []cacheNode
	for _, g := range inRegion(a.cacheGroups, c.region) {
		for _, node := range g.Members() {
			if id == "" || id == node.ID {
				nodes = append(nodes, node)
			}
		}
	}
	if id != "" && len(nodes) == 0 {
		return nil, notFound("CacheClusterNotFound", "CacheCluster not found: %s", id)
	}
	return c.queryReply("CacheClusters", nodes)
}

// cacheGroup returns the group that the call names.
func (a *account) cacheGroup(c *call) (*replicationGroup, error) {
	id := params(c.form).text("ReplicationGroupId", "")
	if g, ok := a.cacheGroups[regional{c.region, strings.ToLower(id)}]; ok {
		return g, nil
	}
	return nil, notFound("ReplicationGroupNotFoundFault", "ReplicationGroup %s not found.", id)
}

// inRegion returns the values of one region, sorted by id.
func inRegion[T any](m map[regional]T, region string) []T {
	var values []T
	for _, key := range sortedKeys(m) {
		if key.region == region {
			values = append(values, m[key])
		}
	}
	return values
}
