package network

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// build makes a VPC with a public and an isolated subnet in every zone. Neither the VPC nor an internet gateway nor a
// route table has a price; a NAT gateway would, and is not needed by tasks with public addresses.
func (n *Network) build(ctx *pulumi.Context, name string, args *Args, zones []string, parent pulumi.ResourceOption) error {
	vpc, err := ec2.NewVpc(ctx, name+"-vpc", &ec2.VpcArgs{
		CidrBlock:          pulumi.String(args.CIDR.String()),
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
		Tags:               named(args.Tags, args.Name),
	}, parent)
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	if err := closeDefaultGroup(ctx, name, args, vpc, parent); err != nil {
		return err
	}
	open, err := publicRoutes(ctx, name, args, vpc, parent)
	if err != nil {
		return err
	}
	closed, err := routeTable(ctx, name, args, isolated, vpc, parent)
	if err != nil {
		return err
	}

	n.VPCID = vpc.ID().ToStringOutput()
	if n.PublicSubnetIDs, err = subnets(ctx, name, args, public, vpc, open, zones, parent); err != nil {
		return err
	}
	n.PrivateSubnetIDs, err = subnets(ctx, name, args, isolated, vpc, closed, zones, parent)
	return err
}

// closeDefaultGroup takes every rule from the group that a VPC comes with, so that nothing is reachable by accident.
func closeDefaultGroup(ctx *pulumi.Context, name string, args *Args, vpc *ec2.Vpc, parent pulumi.ResourceOption) error {
	_, err := ec2.NewDefaultSecurityGroup(ctx, name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: vpc.ID(),
		Tags:  named(args.Tags, args.Name+"-default"),
	}, parent)
	if err != nil {
		return fmt.Errorf("close default security group: %w", err)
	}
	return nil
}

func publicRoutes(ctx *pulumi.Context, name string, args *Args, vpc *ec2.Vpc, parent pulumi.ResourceOption) (*ec2.RouteTable, error) {
	gateway, err := ec2.NewInternetGateway(ctx, name+"-gateway", &ec2.InternetGatewayArgs{
		VpcId: vpc.ID(),
		Tags:  named(args.Tags, args.Name),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create internet gateway: %w", err)
	}
	table, err := routeTable(ctx, name, args, public, vpc, parent)
	if err != nil {
		return nil, err
	}
	_, err = ec2.NewRoute(ctx, name+"-internet", &ec2.RouteArgs{
		RouteTableId:         table.ID(),
		DestinationCidrBlock: pulumi.String("0.0.0.0/0"),
		GatewayId:            gateway.ID(),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create route to the internet: %w", err)
	}
	return table, nil
}

func routeTable(ctx *pulumi.Context, name string, args *Args, t tier, vpc *ec2.Vpc, parent pulumi.ResourceOption) (*ec2.RouteTable, error) {
	table, err := ec2.NewRouteTable(ctx, name+"-"+string(t), &ec2.RouteTableArgs{
		VpcId: vpc.ID(),
		Tags:  named(args.Tags, args.Name+"-"+string(t)),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create %s route table: %w", t, err)
	}
	return table, nil
}

// subnets makes one subnet in every zone and ties it to a route table. Subnets hand out no public addresses by
// themselves: the service asks for the one that its tasks need.
func subnets(ctx *pulumi.Context, name string, args *Args, t tier, vpc *ec2.Vpc, table *ec2.RouteTable, zones []string,
	parent pulumi.ResourceOption,
) (pulumi.StringArrayOutput, error) {
	var ids pulumi.StringArray
	for i, zone := range zones {
		place := string(t) + "-" + zone[len(zone)-1:]
		subnet, err := ec2.NewSubnet(ctx, name+"-"+place, &ec2.SubnetArgs{
			VpcId:            vpc.ID(),
			AvailabilityZone: pulumi.String(zone),
			CidrBlock:        pulumi.String(block(args.CIDR, t, i).String()),
			Tags:             named(args.Tags, args.Name+"-"+place),
		}, parent)
		if err != nil {
			return pulumi.StringArrayOutput{}, fmt.Errorf("create %s subnet in %s: %w", t, zone, err)
		}
		_, err = ec2.NewRouteTableAssociation(ctx, name+"-"+place, &ec2.RouteTableAssociationArgs{
			SubnetId:     subnet.ID(),
			RouteTableId: table.ID(),
		}, parent)
		if err != nil {
			return pulumi.StringArrayOutput{}, fmt.Errorf("tie %s subnet in %s to its routes: %w", t, zone, err)
		}
		ids = append(ids, subnet.ID())
	}
	return ids.ToStringArrayOutput(), nil
}

// named adds the Name tag, which is what the EC2 console shows.
func named(tags pulumi.StringMap, name string) pulumi.StringMap {
	all := maps.Clone(tags)
	all["Name"] = pulumi.String(name)
	return all
}
