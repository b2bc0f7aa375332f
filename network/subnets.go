package network

import (
	"encoding/binary"
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// tier is a set of subnets, one in each availability zone.
type tier string

const (
	public   tier = "public"   // with a route to the internet
	isolated tier = "isolated" // without one
)

func (b *builder) createInternetRoute(table *ec2.RouteTable) error {
	gateway, err := ec2.NewInternetGateway(b.ctx, b.name+"-gateway", &ec2.InternetGatewayArgs{
		VpcId: b.VPCID,
		Tags:  b.tags(""),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create internet gateway: %w", err)
	}
	route, err := ec2.NewRoute(b.ctx, b.name+"-internet", &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String(internet),
		GatewayId:            gateway.ID(),
	}, b.parent)
	b.Internet = append(b.Internet, route)
	return steps.Wrap(err, "create route to the internet")
}

// createTier creates a route table and, for each availability zone, a subnet that uses it. Subnets do not assign public
// addresses: the ECS service asks for them.
func (b *builder) createTier(t tier) (pulumi.StringArrayOutput, error) {
	var none pulumi.StringArrayOutput
	table, err := ec2.NewRouteTable(b.ctx, b.name+"-"+string(t), &ec2.RouteTableArgs{
		VpcId: b.VPCID,
		Tags:  b.tags("-" + string(t)),
	}, b.parent)
	if err != nil {
		return none, fmt.Errorf("create %s route table: %w", t, err)
	}
	if t == public {
		if err := b.createInternetRoute(table); err != nil {
			return none, err
		}
	}
	var ids pulumi.StringArray
	for i, zone := range b.existing.Zones {
		suffix := fmt.Sprintf("-%s-%s", t, zone[len(zone)-1:])
		subnet, err := ec2.NewSubnet(b.ctx, b.name+suffix, &ec2.SubnetArgs{
			VpcId:            b.VPCID,
			AvailabilityZone: pulumi.String(zone),
			CidrBlock:        pulumi.String(subnetRange(b.args.CIDR, t, i).String()),
			Tags:             b.tags(suffix),
		}, b.parent)
		if err != nil {
			return none, fmt.Errorf("create %s subnet in %s: %w", t, zone, err)
		}
		association, err := ec2.NewRouteTableAssociation(b.ctx, b.name+suffix, &ec2.RouteTableAssociationArgs{
			SubnetId:     subnet.ID(),
			RouteTableId: table.ID(),
		}, b.parent)
		if err != nil {
			return none, fmt.Errorf("associate %s subnet in %s with its route table: %w", t, zone, err)
		}
		if t == public {
			b.Internet = append(b.Internet, association)
		}
		ids = append(ids, subnet.ID())
	}
	return ids.ToStringArrayOutput(), nil
}

// subnetRange returns the IPv4 range of a tier's subnet. The VPC is divided into eight ranges: four for the public
// tier, then four for the isolated one. So adding a zone later does not move a subnet.
func subnetRange(vpc netip.Prefix, t tier, zone int) netip.Prefix {
	const extraBits = 3   // eight ranges
	index := uint32(zone) //nolint:gosec // at most four zones
	if t == isolated {
		index += 4
	}
	bits := vpc.Bits() + extraBits
	address := vpc.Addr().As4()
	start := binary.BigEndian.Uint32(address[:]) + index<<(32-bits)
	binary.BigEndian.PutUint32(address[:], start)
	return netip.PrefixFrom(netip.AddrFrom4(address), bits)
}
