package shim

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// cacheNode is a node of a replication group. The API calls it a cache cluster.
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
	return params(r.Values).list("SecurityGroupIds.SecurityGroupId")
}

// Nodes returns the group's nodes, the primary first. They differ only in their number.
func (r *cacheResource) Nodes() []cacheNode {
	var nodes []cacheNode
	role := "primary"
	for n := range r.nodeCount() {
		nodes = append(nodes, cacheNode{r, fmt.Sprintf("%s-%03d", r.ID, n+1), r.Region + string("abc"[n%3]), role})
		role = "replica"
	}
	return nodes
}

func (r *cacheResource) nodeCount() int {
	count, _ := strconv.Atoi(r.Get("NumCacheClusters")) // checkReplicationGroup made sure that it is a number
	return count
}

func (a *account) changeReplicationGroup(c *call, g *cacheResource) error {
	p := params(c.form)
	engine, version := g.Get("Engine"), g.Get("EngineVersion")
	if p.has("SecurityGroupIds.SecurityGroupId.1") {
		maps.DeleteFunc(g.Values, func(key string, _ []string) bool { return strings.HasPrefix(key, "SecurityGroupIds.") })
	}
	maps.Copy(g.Values, url.Values(p))
	g.Set("PreferredMaintenanceWindow", strings.ToLower(g.Get("PreferredMaintenanceWindow")))
	g.Set("CacheSubnetGroupName", strings.ToLower(g.Get("CacheSubnetGroupName")))
	if p.flag("TransitEncryptionEnabled", false) && g.Get("TransitEncryptionMode") == "" {
		g.Set("TransitEncryptionMode", "required")
	}
	if p.text("AuthTokenUpdateStrategy", "") == "DELETE" {
		g.Del("AuthToken")
	}
	// A node reports the full version.
	if strings.Count(g.Get("EngineVersion"), ".") == 1 {
		g.Set("EngineVersion", g.Get("EngineVersion")+".0")
	}
	changed := engine != g.Get("Engine") || version != g.Get("EngineVersion")
	if changed && !p.has("CacheParameterGroupName") {
		g.Set("CacheParameterGroupName", "default."+g.Get("Engine")+major(g.Get("EngineVersion")))
	}
	return a.checkReplicationGroup(g)
}

func (a *account) checkReplicationGroup(g *cacheResource) error {
	nodes, err := params(g.Values).number("NumCacheClusters", 0)
	failover, subnets := g.Get("AutomaticFailoverEnabled") == "true", g.Get("CacheSubnetGroupName")
	switch {
	case err != nil:
		return err
	case subnets != "" && a.cache[cacheARN(g.Region, cacheSubnetGroups.arn, subnets)] == nil:
		return cacheSubnetGroups.missing
	case g.Get("AuthToken") != "" && g.Get("TransitEncryptionMode") == "":
		return badRequest("InvalidParameterCombination", "AuthToken requires TransitEncryptionEnabled.")
	case failover && nodes < 2:
		return badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	case g.Get("MultiAZEnabled") == "true" && !failover:
		return badRequest("InvalidParameterCombination", "Multi-AZ needs automatic failover.")
	}
	return nil
}

// resizeReplicationGroup serves IncreaseReplicaCount and DecreaseReplicaCount.
func (a *account) resizeReplicationGroup(c *call) (*reply, error) {
	replicas, err := params(c.form).number("NewReplicaCount", 0)
	if err != nil {
		return nil, err
	}
	c.form = url.Values{
		"ReplicationGroupId": c.form["ReplicationGroupId"], "NumCacheClusters": {strconv.Itoa(replicas + 1)},
	}
	return a.modifyCache(c, replicationGroups)
}

func (a *account) describeCacheNodes(c *call) (*reply, error) {
	id := c.form.Get("CacheClusterId")
	var nodes []cacheNode
	for _, g := range a.cacheResources(c.region, replicationGroups) {
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

// addCacheNodes adds the nodes of replication groups to an answer of the tagging API.
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
		for _, g := range a.cacheResources(c.region, replicationGroups) {
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
