package config

import (
	"net/netip"
	"regexp"
	"slices"
	"strings"
)

// Network configures the VPC and its subnets.
type Network struct {
	VPC  string       `key:"vpc"` // VPCDedicated, VPCDefault or the id of an existing VPC
	CIDR netip.Prefix // range of a dedicated VPC
	// Zones are the zones of a dedicated VPC. Default: the first two of the region.
	Zones []string `key:"availabilityZones"`
	// PublicSubnetIDs are the subnets of the tasks in an existing VPC. Default: looked up.
	PublicSubnetIDs []string `key:"publicSubnetIds"`
	// PrivateSubnetIDs are the subnets of database and cache in an existing VPC. Default: looked up.
	PrivateSubnetIDs []string `key:"privateSubnetIds"`
}

// Values of VPC besides the id of an existing one.
const (
	VPCDedicated = "dedicated"
	VPCDefault   = "default"
)

var (
	subnetID = regexp.MustCompile(`^subnet-([0-9a-f]{8}|[0-9a-f]{17})$`)
	zoneName = regexp.MustCompile(`^[a-z]$`)
)

func (r *reader) checkNetwork(n *Network, region string) {
	n.CIDR = r.vpcRange()
	r.zones(n, region)
	r.subnets("publicSubnetIds", n.PublicSubnetIDs, n.VPC, 1)
	r.subnets("privateSubnetIds", n.PrivateSubnetIDs, n.VPC, 2)
}

// vpcRange returns a private range that can be split into eight subnets. The smallest subnet of AWS is /28.
func (r *reader) vpcRange() netip.Prefix {
	prefix, err := netip.ParsePrefix(r.text("vpcCidr"))
	if err != nil || !prefix.Addr().Is4() || prefix != prefix.Masked() || !prefix.Addr().IsPrivate() ||
		prefix.Bits() < 16 || prefix.Bits() > 24 {
		r.rejectValue("vpcCidr",
			"must be a private IPv4 range between /16 and /24 that starts at its first address")
	}
	return prefix
}

func (r *reader) zones(n *Network, region string) {
	if len(n.Zones) == 0 {
		return
	}
	if n.VPC != VPCDedicated {
		r.reject("availabilityZones", r.quoted("availabilityZones", n.Zones...), "requires vpc dedicated",
			"pulumi config rm availabilityZones")
		return
	}
	r.checkList("availabilityZones",
		"must be two or three different zones of "+region+", such as "+region+"a and "+region+"b", n.Zones,
		func(zones []string) bool {
			return len(zones) >= 2 && len(zones) <= 3 && distinct(zones) && !slices.ContainsFunc(zones, func(zone string) bool {
				letter, found := strings.CutPrefix(zone, region)
				return !found || !zoneName.MatchString(letter)
			})
		})
}

func (r *reader) subnets(name string, ids []string, vpc string, least int) {
	if len(ids) == 0 {
		return
	}
	must := "must be different subnet ids (subnet- and 8 or 17 hexadecimal digits)"
	if least > 1 {
		must += ", at least two, because RDS requires two zones"
	}
	existing := strings.HasPrefix(vpc, "vpc-")
	if !existing {
		must = "requires the id of an existing VPC in vpc"
	}
	r.checkList(name, must, ids, func(ids []string) bool {
		return existing && len(ids) >= least && distinct(ids) &&
			!slices.ContainsFunc(ids, func(id string) bool { return !subnetID.MatchString(id) })
	})
}

func distinct(list []string) bool {
	return len(slices.Compact(slices.Sorted(slices.Values(list)))) == len(list)
}
