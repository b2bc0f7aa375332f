package network

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/program"
)

// minZones is the number of availability zones that an RDS subnet group and a load balancer must span.
const minZones = 2

// withoutFargate are the IDs of availability zones without Fargate or without current node types. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
var withoutFargate = []string{"apne1-az3", "cac1-az3", "usw1-az2", "use1-az3"}

const useDedicated = "    Let the program create a VPC:  pulumi config set vpc dedicated"

// Found is what Discover finds: the zones for a dedicated VPC, or an existing VPC and its subnets.
type Found struct {
	// Zones are those of a dedicated VPC.
	Zones                                                    []string
	vpcID                                                    string
	publicSubnetIDs, privateSubnetIDs, loadBalancerSubnetIDs []string
}

type discovery struct {
	ctx *pulumi.Context
	*Args
}

// Discover looks up existing VPCs, subnets and zones. It returns an error if the stack cannot use them.
func Discover(ctx *pulumi.Context, args *Args) (existing *Found, err error) {
	d := discovery{ctx, args}
	switch d.VPC {
	case "dedicated":
		return d.findZones()
	case "default":
		if existing, err = d.findDefaultVPC(); err == nil {
			err = program.Note(ctx, fmt.Sprintf("the default subnets of %s for tasks, database and cache are %s. Another "+
				"default subnet that is added to the VPC joins them.",
				existing.vpcID, strings.Join(existing.publicSubnetIDs, ", ")))
		}
	default:
		if existing, err = d.findSubnets(); err == nil {
			err = d.noteChoice(existing)
		}
	}
	if err == nil && d.LoadBalancer {
		existing.loadBalancerSubnetIDs, err = d.loadBalancerSubnets(existing.publicSubnetIDs)
	}
	if err == nil {
		err = d.checkIPv6(existing.publicSubnetIDs)
	}
	return existing, err
}

// checkIPv6 returns an error if AllowedCIDRs has IPv6 addresses, but no task can have one.
func (d discovery) checkIPv6(public []string) error {
	isIPv6 := func(cidr netip.Prefix) bool { return cidr.Addr().Is6() }
	if !slices.ContainsFunc(d.AllowedCIDRs, isIPv6) {
		return nil
	}
	for _, id := range public {
		subnet, err := ec2.LookupSubnet(d.ctx, &ec2.LookupSubnetArgs{Id: pulumi.StringRef(id)})
		if err != nil {
			return fmt.Errorf("look up subnet %s: %w", id, err)
		}
		if subnet.Ipv6CidrBlock != "" {
			return nil
		}
	}
	var ranges []string
	fix := ""
	for i, cidr := range slices.Backward(d.AllowedCIDRs) { // Pulumi shifts the elements behind one that is removed
		if isIPv6(cidr) {
			ranges = append(ranges, cidr.String())
			fix += fmt.Sprintf("\n    pulumi config rm --path 'allowedCidrs[%d]'", i)
		}
	}
	return fmt.Errorf("threa:allowedCidrs has %s, but the subnets for tasks (%s) have no IPv6 addresses. Remove it:%s",
		strings.Join(ranges, ", "), strings.Join(public, ", "), fix)
}

// findZones leaves out local and wavelength zones, which have no Fargate. It includes zones with an outage, because the
// subnets of a running stack must not move during one.
func (d discovery) findZones() (*Found, error) {
	if len(d.Zones) > 0 {
		return &Found{Zones: d.Zones}, d.checkZones()
	}
	zones, err := aws.GetAvailabilityZones(d.ctx, &aws.GetAvailabilityZonesArgs{
		ExcludeZoneIds: withoutFargate,
		Filters: []aws.GetAvailabilityZonesFilter{
			{Name: "opt-in-status", Values: []string{"opt-in-not-required"}},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("look up availability zones: %w", err)
	}
	if len(zones.Names) < minZones {
		return nil, fmt.Errorf("the region has %d availability zones, but RDS requires %d", len(zones.Names), minZones)
	}
	names := slices.Sorted(slices.Values(zones.Names))
	return &Found{Zones: names[:minZones]}, nil
}

// findDefaultVPC lists VPCs with a filter: asking for the default VPC itself fails if there is none.
func (d discovery) findDefaultVPC() (*Found, error) {
	vpcs, err := ec2.GetVpcs(d.ctx, &ec2.GetVpcsArgs{
		Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}},
	})
	if err != nil {
		return nil, fmt.Errorf("look up default VPC: %w", err)
	}
	if len(vpcs.Ids) == 0 {
		return nil, errors.New("threa:vpc is \"default\", but the account has no default VPC in this region.\n" +
			useDedicated + "\n" +
			"    or create the default VPC:     aws ec2 create-default-vpc --region " + d.Names.Region)
	}
	subnets, err := d.subnetsOf(vpcs.Ids[0], filter("default-for-az"))
	if err != nil {
		return nil, err
	}
	existing := &Found{vpcID: vpcs.Ids[0], publicSubnetIDs: subnets, privateSubnetIDs: subnets}
	return existing, d.checkPrivateZones(subnets, useDedicated)
}

// findSubnets takes the subnets that the configuration names. Otherwise a subnet is public if it assigns public
// addresses.
func (d discovery) findSubnets() (*Found, error) {
	vpc := d.VPC
	subnets, err := d.subnetsOf(vpc)
	if err != nil {
		return nil, err
	}
	if len(subnets) == 0 {
		return nil, fmt.Errorf("threa:vpc is %q, but that VPC does not exist in this region or has no subnets.\n"+
			"    List the VPCs:  aws ec2 describe-vpcs --region %s --query 'Vpcs[].VpcId'", vpc, d.Names.Region)
	}
	err = errors.Join(
		checkMembers("publicSubnetIds", d.PublicSubnetIDs, vpc, subnets),
		checkMembers("privateSubnetIds", d.PrivateSubnetIDs, vpc, subnets))
	if err != nil {
		return nil, err
	}
	assigning, err := d.subnetsOf(vpc, filter("map-public-ip-on-launch"))
	if err != nil {
		return nil, err
	}
	public := firstNonEmpty(d.PublicSubnetIDs, assigning)
	if len(public) == 0 {
		return nil, fmt.Errorf("no subnet of %s assigns public addresses. Name those with a route to the internet, of %s:\n"+
			"    pulumi config set --path 'publicSubnetIds[0]' <subnet id>", vpc, strings.Join(subnets, ", "))
	}
	private := firstNonEmpty(d.PrivateSubnetIDs, without(without(subnets, assigning), public), public)
	existing := &Found{vpcID: vpc, publicSubnetIDs: public, privateSubnetIDs: private}
	return existing, d.checkPrivateZones(private, fmt.Sprintf("    Name others, of %s:\n"+
		"    pulumi config set --path 'privateSubnetIds[0]' <subnet id>\n"+
		"    pulumi config set --path 'privateSubnetIds[1]' <subnet id>", strings.Join(subnets, ", ")))
}

// checkMembers returns an error if the configuration names subnets of another VPC.
func checkMembers(key string, ids []string, vpc string, subnets []string) error {
	others := without(ids, subnets)
	if len(others) == 0 {
		return nil
	}
	return fmt.Errorf("threa:%s names %s, but the subnets of %s are %s.\n    Let the program choose:  pulumi config rm %s",
		key, strings.Join(others, ", "), vpc, strings.Join(subnets, ", "), key)
}

func filter(name string) ec2.GetSubnetsFilter {
	return ec2.GetSubnetsFilter{Name: name, Values: []string{"true"}}
}

func (d discovery) subnetsOf(vpcID string, filters ...ec2.GetSubnetsFilter) ([]string, error) {
	filters = append(filters, ec2.GetSubnetsFilter{Name: "vpc-id", Values: []string{vpcID}})
	subnets, err := ec2.GetSubnets(d.ctx, &ec2.GetSubnetsArgs{Filters: filters})
	if err != nil {
		return nil, fmt.Errorf("look up subnets of %s: %w", vpcID, err)
	}
	return slices.Sorted(slices.Values(subnets.Ids)), nil
}

// loadBalancerSubnets returns one of the tasks' subnets in each zone. A load balancer takes no second one, and sends
// requests only to tasks in its zones. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html
func (d discovery) loadBalancerSubnets(public []string) ([]string, error) {
	return d.onePerZone(public, "tasks", fmt.Sprintf("a load balancer requires %d.\n"+
		"    Name one in another zone:  pulumi config set --path 'publicSubnetIds[%d]' <subnet id>\n"+
		"    or use no load balancer:   pulumi config set ingress direct", minZones, len(public)))
}

func (d discovery) checkPrivateZones(ids []string, fix string) error {
	_, err := d.onePerZone(ids, "database and cache", fmt.Sprintf("RDS requires %d.\n%s", minZones, fix))
	return err
}

// onePerZone returns the first of the subnets in each availability zone. It fails if they span too few zones.
func (d discovery) onePerZone(ids []string, users, requirement string) ([]string, error) {
	var chosen []string
	seen := map[string]bool{}
	for _, id := range ids {
		subnet, err := ec2.LookupSubnet(d.ctx, &ec2.LookupSubnetArgs{Id: pulumi.StringRef(id)})
		if err != nil {
			return nil, fmt.Errorf("look up subnet %s: %w", id, err)
		}
		if !seen[subnet.AvailabilityZone] {
			chosen, seen[subnet.AvailabilityZone] = append(chosen, id), true
		}
	}
	if len(chosen) < minZones {
		return nil, fmt.Errorf("the subnets for %s (%s) span %d availability zones, but %s",
			users, strings.Join(ids, ", "), len(chosen), requirement)
	}
	return chosen, nil
}

// firstNonEmpty returns the first list that has elements.
func firstNonEmpty(lists ...[]string) []string {
	for _, list := range lists {
		if len(list) > 0 {
			return list
		}
	}
	return nil
}

// without returns the elements of list that are not in excluded.
func without(list, excluded []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(s string) bool { return slices.Contains(excluded, s) })
}
