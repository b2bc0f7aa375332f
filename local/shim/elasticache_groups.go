package shim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// cacheNode is a node of a replication group, or a cluster without a group. The API calls both a cache cluster.
type cacheNode struct {
	Group          *cacheResource
	ID, Zone, Role string
}

// ARN returns the node's ARN.
func (n cacheNode) ARN() string { return cacheARN(n.Group.Region, "cluster", n.ID) }

// Domain returns the domain of the group's endpoints.
func (r *cacheResource) Domain() string { return r.ID + ".local.cache.amazonaws.com" }

// SecurityGroups returns the ids of the group's security groups.
func (r *cacheResource) SecurityGroups() []string {
	return r.list("SecurityGroupIds.SecurityGroupId")
}

// Nodes returns the group's nodes, the primary first. They differ only in their number.
func (r *cacheResource) Nodes() []cacheNode {
	if r.IsCluster() {
		return []cacheNode{{r, r.ID, r.Region + "a", "primary"}}
	}
	var nodes []cacheNode
	role := "primary"
	for n := range r.nodeCount() {
		nodes = append(nodes, cacheNode{r, fmt.Sprintf("%s-%03d", r.ID, n+1), r.Region + string("abc"[n%3]), role})
		role = "replica"
	}
	return nodes
}

// IsCluster reports whether the resource is a cluster without a replication group.
func (r *cacheResource) IsCluster() bool { return r.ARN == cacheARN(r.Region, cacheClusters.arn, r.ID) }

func (r *cacheResource) nodeCount() int {
	count, _ := strconv.Atoi(r.Get("NumCacheClusters")) // checkReplicationGroup requires a number
	return count
}

// changeReplicationGroup sets the parameters of a creation or modification.
func (a *account) changeReplicationGroup(c *call, g *cacheResource) error {
	p, before := c.form, maps.Clone(g.Values)
	if err := checkCacheParameters(p); err != nil {
		return err
	}
	if p.Has("SecurityGroupIds.SecurityGroupId.1") {
		maps.DeleteFunc(g.Values, func(key string, _ []string) bool { return strings.HasPrefix(key, "SecurityGroupIds.") })
	}
	maps.Copy(g.Values, p.Values)
	g.Set("PreferredMaintenanceWindow", strings.ToLower(g.Get("PreferredMaintenanceWindow")))
	g.Set("CacheSubnetGroupName", strings.ToLower(g.Get("CacheSubnetGroupName")))
	if c.action == "CreateReplicationGroup" && g.Get("Engine") == "valkey" && !p.Has("AtRestEncryptionEnabled") {
		g.Set("AtRestEncryptionEnabled", "true")
	}
	if err := changeAuthToken(p, g, before); err != nil {
		return err
	}
	if err := changeTLS(c, g, before.Get("TransitEncryptionMode")); err != nil {
		return err
	}
	if err := changeCacheEngine(p, g, before); err != nil {
		return err
	}
	return a.checkReplicationGroup(g)
}

// changeCacheCluster sets the parameters of a creation or modification.
func (a *account) changeCacheCluster(c *call, cluster *cacheResource) error {
	before := maps.Clone(cluster.Values)
	if nodes := c.form.text("NumCacheNodes", "1"); nodes != "1" {
		return badRequest("InvalidParameterValue", "The local AWS has cache clusters with one node only, not %s", nodes)
	}
	maps.Copy(cluster.Values, c.form.Values)
	if err := changeCacheEngine(c.form, cluster, before); err != nil {
		return err
	}
	return a.checkReplicationGroup(cluster)
}

// resizeReplicationGroup serves IncreaseReplicaCount and DecreaseReplicaCount.
func (a *account) resizeReplicationGroup(c *call) (*reply, error) {
	replicas, err := c.form.number("NewReplicaCount")
	if err != nil {
		return nil, err
	}
	c.form = params{url.Values{
		"ReplicationGroupId": {c.form.Get("ReplicationGroupId")}, "NumCacheClusters": {strconv.Itoa(replicas + 1)},
	}}
	return a.modifyCache(c, replicationGroups)
}

func (a *account) describeCacheNodes(c *call) (*reply, error) {
	id := c.form.Get("CacheClusterId")
	var nodes []cacheNode
	for _, g := range a.cachesWithNodes(c.region) {
		for _, node := range g.Nodes() {
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

type tagFilter struct {
	Key    string
	Values []string
}

func (f tagFilter) matches(t tags) bool {
	value, ok := t[f.Key]
	return ok && (len(f.Values) == 0 || slices.Contains(f.Values, value))
}

// addCacheNodes adds clusters and the nodes of replication groups to an answer of the tagging API.
func (a *account) addCacheNodes(c *call, answer *reply) error {
	var in struct {
		ResourceTypeFilters []string
		TagFilters          []tagFilter
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	types := in.ResourceTypeFilters
	if len(types) > 0 && !slices.Contains(types, "elasticache") && !slices.Contains(types, "elasticache:cluster") {
		return nil
	}
	return answer.editJSON(func(out map[string]any) error {
		list, _ := out["ResourceTagMappingList"].([]any)
		for _, g := range a.cachesWithNodes(c.region) {
			t := a.tags[g.ARN]
			if slices.ContainsFunc(in.TagFilters, func(f tagFilter) bool { return !f.matches(t) }) {
				continue
			}
			for _, node := range g.Nodes() {
				list = append(list, map[string]any{"ResourceARN": node.ARN(), "Tags": t.list()})
			}
		}
		out["ResourceTagMappingList"] = list
		return nil
	})
}
