package network

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// zonesWanted is what RDS asks for: a subnet group spans two zones, even for an instance in one of them.
const zonesWanted = 2

// mendDedicated ends the errors of a VPC that cannot be used.
const mendDedicated = "    Let the program make a VPC of its own:  pulumi config set vpc dedicated"

// site is what exists already: the zones for a VPC to build, or a VPC with its subnets.
type site struct {
	zones             []string
	vpcID             string
	publicSubnetIDs   []string
	privateSubnetIDs  []string
	balancerSubnetIDs []string // none without a load balancer
}

func survey(ctx *pulumi.Context, args *Args) (*site, error) {
	if args.VPC == "dedicated" {
		return surveyZones(ctx, args.Zones)
	}
	look := surveyExisting
	if args.VPC == "default" {
		look = surveyDefault
	}
	found, err := look(ctx, args)
	if err == nil && args.LoadBalancer {
		found.balancerSubnetIDs, err = onePerZone(ctx, found.publicSubnetIDs)
	}
	return found, err
}

// withoutFargate are zones by the ids that are the same in every account. The fourth has Fargate, but is old and lacks
// current node types. Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/AWS_Fargate-Regions.html
var withoutFargate = []string{"apne1-az3", "cac1-az3", "usw1-az2", "use1-az3"}

// surveyZones leaves out local and wavelength zones, which have no Fargate and must be opted in to. A zone in trouble
// counts: without it, the subnets of a running stack would move while it lasts.
func surveyZones(ctx *pulumi.Context, wanted []string) (*site, error) {
	if len(wanted) > 0 {
		return &site{zones: wanted}, nil
	}
	zones, err := aws.GetAvailabilityZones(ctx, &aws.GetAvailabilityZonesArgs{
		ExcludeZoneIds: withoutFargate,
		Filters: []aws.GetAvailabilityZonesFilter{
			{Name: "opt-in-status", Values: []string{"opt-in-not-required"}},
		},
	})
	if err != nil {
		return nil, fmt.Errorf("look up the region's availability zones: %w", err)
	}
	if len(zones.Names) < zonesWanted {
		return nil, fmt.Errorf("the region offers %d availability zones, RDS wants %d", len(zones.Names), zonesWanted)
	}
	names := slices.Sorted(slices.Values(zones.Names))
	return &site{zones: names[:zonesWanted]}, nil
}

// surveyDefault lists VPCs rather than asking for the default one, because none is no error there.
func surveyDefault(ctx *pulumi.Context, _ *Args) (*site, error) {
	vpcs, err := ec2.GetVpcs(ctx, &ec2.GetVpcsArgs{Filters: []ec2.GetVpcsFilter{{Name: "is-default", Values: []string{"true"}}}})
	if err != nil {
		return nil, fmt.Errorf("look up the account's default VPC: %w", err)
	}
	if len(vpcs.Ids) == 0 {
		return nil, fmt.Errorf("threa:vpc is \"default\", but the account has no default VPC in this region.\n" +
			mendDedicated + "\n" +
			"    or create the account's default VPC:  aws ec2 create-default-vpc")
	}
	found := &site{vpcID: vpcs.Ids[0]}
	found.publicSubnetIDs, err = subnetsOf(ctx, found.vpcID, filter("default-for-az", "true"))
	if err != nil {
		return nil, err
	}
	found.privateSubnetIDs = found.publicSubnetIDs
	return found, checkZones(ctx, found.privateSubnetIDs, mendDedicated)
}

func filter(name, value string) ec2.GetSubnetsFilter {
	return ec2.GetSubnetsFilter{Name: name, Values: []string{value}}
}

func subnetsOf(ctx *pulumi.Context, vpcID string, filters ...ec2.GetSubnetsFilter) ([]string, error) {
	subnets, err := ec2.GetSubnets(ctx, &ec2.GetSubnetsArgs{Filters: append(filters, filter("vpc-id", vpcID))})
	if err != nil {
		return nil, fmt.Errorf("look up the subnets of %s: %w", vpcID, err)
	}
	return slices.Sorted(slices.Values(subnets.Ids)), nil
}

// checkZones counts the zones of the subnets that database and cache are to use.
func checkZones(ctx *pulumi.Context, ids []string, mend string) error {
	zones := map[string]bool{}
	for _, id := range ids {
		subnet, err := ec2.LookupSubnet(ctx, &ec2.LookupSubnetArgs{Id: pulumi.StringRef(id)})
		if err != nil {
			return fmt.Errorf("look up subnet %s: %w", id, err)
		}
		zones[subnet.AvailabilityZone] = true
	}
	if len(zones) < zonesWanted {
		return fmt.Errorf("the subnets for database and cache (%s) do not span the %d availability zones that RDS asks for.\n%s",
			strings.Join(ids, ", "), zonesWanted, mend)
	}
	return nil
}
