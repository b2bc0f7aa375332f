package network

import (
	"fmt"
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args says where the stack lives and what it serves.
type Args struct {
	Name             string       // prefix of the AWS names
	VPC              string       // dedicated, default or the id of an existing VPC
	CIDR             netip.Prefix // range of a dedicated VPC
	Zones            []string     // zones of a dedicated VPC; none: the region's first two
	PublicSubnetIDs  []string     // subnets of the tasks in an existing VPC; none: looked up
	PrivateSubnetIDs []string     // subnets of the data tiers in an existing VPC; none: looked up
	ContainerPort    int          // TCP port open to the internet, or to the load balancer
	LoadBalancer     bool         // whether there is one before the tasks
	Tunnel           bool         // whether the tasks dial out to a tunnel, so that no port of theirs is open
	DatabasePort     int          // TCP port open to the tasks
	Cache            bool         // whether there is a cache to reach
	CachePort        int          // TCP port open to the tasks
	Tags             pulumi.StringMap
}

// Network is the place of the stack.
type Network struct {
	pulumi.ResourceState

	VPCID pulumi.StringOutput
	// PublicSubnetIDs route to the internet; the tasks run there.
	PublicSubnetIDs pulumi.StringArrayOutput
	// PrivateSubnetIDs span two zones at least; database and cache run there.
	PrivateSubnetIDs pulumi.StringArrayOutput

	// LoadBalancerSubnetIDs are one public subnet in each zone.
	LoadBalancerSubnetIDs pulumi.StringArrayOutput

	TaskSecurityGroupID         pulumi.StringOutput
	DatabaseSecurityGroupID     pulumi.StringOutput
	CacheSecurityGroupID        pulumi.StringOutput // not set without a cache
	LoadBalancerSecurityGroupID pulumi.StringOutput // not set without a load balancer
}

// New finds or creates the VPC, then the security groups. What it has to look up it looks up first, so that a VPC that
// is missing or does not fit is an error before anything is registered.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	found, err := survey(ctx, args)
	if err != nil {
		return nil, err
	}
	component := &Network{}
	if err := ctx.RegisterComponentResource("threa:network:Network", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register network: %w", err)
	}
	parent := pulumi.Parent(component)

	if err := component.place(ctx, name, args, found, parent); err != nil {
		return nil, err
	}
	if err := component.secure(ctx, name, args, parent); err != nil {
		return nil, err
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{
		"vpcId":            component.VPCID,
		"publicSubnetIds":  component.PublicSubnetIDs,
		"privateSubnetIds": component.PrivateSubnetIDs,
	})
}

// place settles the VPC and its subnets: the existing ones that were found, or new ones in the zones that were found.
func (n *Network) place(ctx *pulumi.Context, name string, args *Args, found *site, parent pulumi.ResourceOption) error {
	if args.VPC == "dedicated" {
		err := n.build(ctx, name, args, found.zones, parent)
		n.LoadBalancerSubnetIDs = n.PublicSubnetIDs
		return err
	}
	n.VPCID = pulumi.String(found.vpcID).ToStringOutput()
	n.PublicSubnetIDs = pulumi.ToStringArray(found.publicSubnetIDs).ToStringArrayOutput()
	n.PrivateSubnetIDs = pulumi.ToStringArray(found.privateSubnetIDs).ToStringArrayOutput()
	n.LoadBalancerSubnetIDs = pulumi.ToStringArray(found.balancerSubnetIDs).ToStringArrayOutput()
	return nil
}
