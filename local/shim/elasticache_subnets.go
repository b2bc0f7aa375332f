package shim

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
)

// subnetGroup is where the nodes of a replication group live.
type subnetGroup struct {
	region, name, description string
	vpc                       string
	subnets                   []subnet
}

type subnet struct{ id, zone string }

type subnetAnswer struct {
	SubnetIdentifier string
	Zone             string `xml:"SubnetAvailabilityZone>Name"`
}

type subnetGroupAnswer struct {
	CacheSubnetGroupName        string
	CacheSubnetGroupDescription string
	VpcID                       string         `xml:"VpcId"`
	Subnets                     []subnetAnswer `xml:"Subnets>Subnet"`
	ARN                         string
	SupportedNetworkTypes       []string `xml:"SupportedNetworkTypes>member"`
}

type subnetGroupResult struct {
	CacheSubnetGroup subnetGroupAnswer
}

type subnetGroupsResult struct {
	CacheSubnetGroups []subnetGroupAnswer `xml:"CacheSubnetGroups>CacheSubnetGroup"`
}

func subnetGroupNotFound(name string) error {
	return badRequest("CacheSubnetGroupNotFoundFault", "Cache Subnet Group %s does not exist.", name)
}

func (r *cacheRule) createSubnetGroup(c *call, p params) (any, error) {
	name := strings.ToLower(p.text("CacheSubnetGroupName", ""))
	if _, taken := r.subnets[regional{c.region, name}]; taken {
		return nil, badRequest("CacheSubnetGroupAlreadyExists", "Cache subnet group %s already exists.", name)
	}
	g := &subnetGroup{region: c.region, name: name, description: p.text("CacheSubnetGroupDescription", "")}
	if err := r.place(c, g, p); err != nil {
		return nil, err
	}
	r.subnets[regional{c.region, name}] = g
	r.tags[cacheARN(c.region, "subnetgroup", name)] = readTags(p)
	return subnetGroupResult{g.answer()}, nil
}

func (r *cacheRule) modifySubnetGroup(c *call, p params) (any, error) {
	g, err := r.subnetGroup(c.region, p.text("CacheSubnetGroupName", ""))
	if err != nil {
		return nil, err
	}
	if err := r.place(c, g, p); err != nil {
		return nil, err
	}
	g.description = p.text("CacheSubnetGroupDescription", g.description)
	return subnetGroupResult{g.answer()}, nil
}

func (r *cacheRule) deleteSubnetGroup(c *call, p params) (any, error) {
	g, err := r.subnetGroup(c.region, p.text("CacheSubnetGroupName", ""))
	if err != nil {
		return nil, err
	}
	for key, group := range r.groups {
		if key.region == c.region && group.subnetGroup == g.name {
			return nil, badRequest("CacheSubnetGroupInUse", "Cache subnet group %s is currently in use by a cache cluster.", g.name)
		}
	}
	delete(r.subnets, regional{c.region, g.name})
	delete(r.tags, cacheARN(c.region, "subnetgroup", g.name))
	return struct{}{}, nil
}

func (r *cacheRule) describeSubnetGroups(c *call, p params) (any, error) {
	names := inRegion(r.subnets, c.region)
	if p.has("CacheSubnetGroupName") {
		names = []string{p.text("CacheSubnetGroupName", "")}
	}
	var result subnetGroupsResult
	for _, name := range names {
		g, err := r.subnetGroup(c.region, name)
		if err != nil {
			return nil, err
		}
		result.CacheSubnetGroups = append(result.CacheSubnetGroups, g.answer())
	}
	return result, nil
}

func (r *cacheRule) subnetGroup(region, name string) (*subnetGroup, error) {
	if g, ok := r.subnets[regional{region, strings.ToLower(name)}]; ok {
		return g, nil
	}
	return nil, subnetGroupNotFound(name)
}

// place asks EC2 for the VPC and the zones of the subnets that the call names.
func (r *cacheRule) place(c *call, g *subnetGroup, p params) error {
	ids := p.list("SubnetIds.SubnetIdentifier")
	if len(ids) == 0 {
		return nil
	}
	form := url.Values{"Action": {"DescribeSubnets"}, "Version": {"2016-11-15"}}
	for n, id := range ids {
		form.Set("SubnetId."+strconv.Itoa(n+1), id)
	}
	answer, err := r.upstream.query(c, "ec2", form)
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK {
		return badRequest("InvalidSubnet", "At least one of the subnets %s does not exist.", strings.Join(ids, ", "))
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	g.subnets = nil
	for _, item := range tree.all("item") {
		if id := item.value("subnetId"); id != "" {
			g.vpc = item.value("vpcId")
			g.subnets = append(g.subnets, subnet{id: id, zone: item.value("availabilityZone")})
		}
	}
	return nil
}

func (g *subnetGroup) answer() subnetGroupAnswer {
	a := subnetGroupAnswer{
		CacheSubnetGroupName:        g.name,
		CacheSubnetGroupDescription: g.description,
		VpcID:                       g.vpc,
		ARN:                         cacheARN(g.region, "subnetgroup", g.name),
		SupportedNetworkTypes:       []string{"ipv4"},
	}
	for _, s := range g.subnets {
		a.Subnets = append(a.Subnets, subnetAnswer{SubnetIdentifier: s.id, Zone: s.zone})
	}
	return a
}
