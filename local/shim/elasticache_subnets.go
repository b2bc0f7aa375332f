package shim

import (
	"errors"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// cacheSubnetGroup is a subnet group of ElastiCache.
type cacheSubnetGroup struct {
	Region, Name, Description, VPC string
	Subnets                        []cacheSubnet
}

type cacheSubnet struct{ ID, Zone string }

func cacheSubnetsNotFound(name string) error {
	return badRequest("CacheSubnetGroupNotFoundFault", "Cache Subnet Group %s does not exist.", name)
}

func (a *account) createCacheSubnets(c *call) (*reply, error) {
	p := params(c.form)
	name := strings.ToLower(p.text("CacheSubnetGroupName", ""))
	if a.cacheSubnets[regional{c.region, name}] != nil {
		return nil, badRequest("CacheSubnetGroupAlreadyExists", "Cache subnet group %s already exists.", name)
	}
	g := &cacheSubnetGroup{Region: c.region, Name: name}
	if err := a.changeCacheSubnets(c, g); err != nil {
		return nil, err
	}
	a.cacheSubnets[regional{c.region, name}] = g
	a.cacheTags[cacheARN(c.region, "subnetgroup", name)] = readCacheTags(p)
	return c.queryReply("CacheSubnetGroup", g)
}

func (a *account) modifyCacheSubnets(c *call) (*reply, error) {
	g, err := a.cacheSubnetGroup(c)
	if err != nil {
		return nil, err
	}
	if err := a.changeCacheSubnets(c, g); err != nil {
		return nil, err
	}
	return c.queryReply("CacheSubnetGroup", g)
}

func (a *account) deleteCacheSubnets(c *call) (*reply, error) {
	g, err := a.cacheSubnetGroup(c)
	if err != nil {
		return nil, err
	}
	for _, group := range inRegion(a.cacheGroups, c.region) {
		if group.Get("CacheSubnetGroupName") == g.Name {
			return nil, badRequest("CacheSubnetGroupInUse",
				"Cache subnet group %s is currently in use by a cache cluster.", g.Name)
		}
	}
	delete(a.cacheSubnets, regional{c.region, g.Name})
	delete(a.cacheTags, cacheARN(c.region, "subnetgroup", g.Name))
	return c.queryReply("", nil)
}

func (a *account) describeCacheSubnets(c *call) (*reply, error) {
	if params(c.form).has("CacheSubnetGroupName") {
		g, err := a.cacheSubnetGroup(c)
		if err != nil {
			return nil, err
		}
		return c.queryReply("CacheSubnetGroups", []*cacheSubnetGroup{g})
	}
	return c.queryReply("CacheSubnetGroups", inRegion(a.cacheSubnets, c.region))
}

// cacheSubnetGroup returns the subnet group that the call names.
func (a *account) cacheSubnetGroup(c *call) (*cacheSubnetGroup, error) {
	name := params(c.form).text("CacheSubnetGroupName", "")
	if g, ok := a.cacheSubnets[regional{c.region, strings.ToLower(name)}]; ok {
		return g, nil
	}
	return nil, cacheSubnetsNotFound(name)
}

// changeCacheSubnets sets what the call says. EC2 knows the VPC and the zones of the subnets.
func (a *account) changeCacheSubnets(c *call, g *cacheSubnetGroup) error {
	p := params(c.form)
	g.Description = p.text("CacheSubnetGroupDescription", g.Description)
	ids := p.list("SubnetIds.SubnetIdentifier")
	if len(ids) == 0 {
		return nil
	}
	var parameters []string
	for n, id := range ids {
		parameters = append(parameters, "SubnetId."+strconv.Itoa(n+1), id)
	}
	answer, err := a.upstream.query(c, "ec2", "DescribeSubnets", parameters...)
	if errors.Is(err, errRefused) {
		return badRequest("InvalidSubnet", "At least one of the subnets %s does not exist.", strings.Join(ids, ", "))
	}
	if err != nil {
		return err
	}
	g.Subnets = nil
	for _, item := range answer.FindElements("./subnetSet/item") {
		g.VPC = childText(item, "vpcId")
		g.Subnets = append(g.Subnets, cacheSubnet{childText(item, "subnetId"), childText(item, "availabilityZone")})
	}
	return nil
}

func readCacheTags(p params) tags {
	t := tags{}
	p.each("Tags.Tag", "Key", func(element string) {
		t[p.text(element+"Key", "")] = p.text(element+"Value", "")
	})
	return t
}

// cacheTagCall changes the tags of a resource, if the call says so, and answers with all of them. Nodes have the tags
// of their replication group.
func (a *account) cacheTagCall(c *call) (*reply, error) {
	p := params(c.form)
	arn := p.text("ResourceName", "")
	for _, g := range inRegion(a.cacheGroups, c.region) {
		for _, node := range g.Members() {
			if arn == cacheARN(c.region, "cluster", node.ID) {
				arn = cacheARN(c.region, "replicationgroup", g.ID)
			}
		}
	}
	t, ok := a.cacheTags[arn]
	if !ok {
		return nil, notFound("InvalidARN", "The requested resource %s does not exist.", arn)
	}
	maps.Copy(t, readCacheTags(p))
	for _, key := range p.list("TagKeys.member") {
		delete(t, key)
	}
	return c.queryReply("CacheTags", t)
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
		for _, g := range inRegion(a.cacheGroups, c.region) {
			t := a.cacheTags[cacheARN(c.region, "replicationgroup", g.ID)]
			if slices.ContainsFunc(in.TagFilters, func(f tagFilter) bool { return !f.matches(t) }) {
				continue
			}
			for _, node := range g.Members() {
				list = append(list, map[string]any{"ResourceARN": cacheARN(c.region, "cluster", node.ID), "Tags": t.list()})
			}
		}
		out["ResourceTagMappingList"] = list
		return nil
	})
}

// list returns the tags as JSON APIs spell them, sorted by key.
func (t tags) list() []any {
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		list = append(list, map[string]string{"Key": key, "Value": t[key]})
	}
	return list
}
