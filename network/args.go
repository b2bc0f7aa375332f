// Package network creates or looks up the VPC and its subnets, and creates every security group and rule of the stack.
//
//	internet ── containerPort ──> tasks ── 5432 ──> database
//	                                └───── 6379 ──> cache
//	tasks ──────── all ─────────> internet (image pulls, logs, third-party APIs)
//
// With a load balancer, the tasks accept connections from it only:
//
//	internet ── 443, 80 ──> load balancer ── containerPort ──> tasks
//
// With a tunnel, the tasks accept no connections: cloudflared connects from inside.
//
// Tasks run in public subnets and have public addresses, so the VPC needs no NAT gateway. Database and cache run in
// subnets without a route to the internet. Nothing in this package has a price.
package network

import (
	"net/netip"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the network.
type Args struct {
	// Names gives the physical names. Required.
	Names naming.Stack
	// VPC is "dedicated" for a new VPC, "default" for the account's default VPC, or the ID of a VPC. Required.
	VPC string
	// CIDR is the IPv4 range of a dedicated VPC, from /16 to /24. Required for a dedicated VPC.
	CIDR netip.Prefix
	// Zones are the availability zones of a dedicated VPC. Default: the region's first two.
	Zones []string
	// PublicSubnetIDs are the tasks' subnets in an existing VPC. Default: those that assign public addresses.
	PublicSubnetIDs []string
	// PrivateSubnetIDs are the subnets of database and cache in an existing VPC. Default: all others, or if there are
	// none, the public ones.
	PrivateSubnetIDs []string
	// ContainerPort is the app's TCP port. Required.
	ContainerPort int
	// LoadBalancer opens ContainerPort to a load balancer instead of the internet.
	LoadBalancer bool
	// Tunnel keeps ContainerPort closed.
	Tunnel bool
	// AllowedCIDRs are the addresses from which users may reach the app. IPv6 requires an existing VPC, with IPv6 in the
	// tasks' subnets, and no load balancer. Default: the whole internet, by IPv4.
	AllowedCIDRs []netip.Prefix
	// DatabasePort is the database's TCP port. Required.
	DatabasePort int
	// CachePort is the cache's TCP port. Default: the stack has no cache.
	CachePort int
	// Found is what Discover has found. Required for New.
	Found *Found
	// Tags are the tags of all resources.
	Tags pulumi.StringMap
}

// Network is the VPC, its subnets and the security groups.
type Network struct {
	pulumi.ResourceState

	VPCID pulumi.StringOutput
	// Internet are the resources that connect the public subnets with the internet. It is empty for an existing VPC.
	// Resources that need the internet must depend on them. AWS refuses a load balancer in a VPC without a gateway. It
	// does not detach a gateway while public addresses are in use. Sources:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/API_CreateLoadBalancer.html (InvalidSubnet) and
	// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DetachInternetGateway.html
	Internet []pulumi.Resource
	// PublicSubnetIDs are the tasks' subnets. They have a route to the internet.
	PublicSubnetIDs pulumi.StringArrayOutput
	// PrivateSubnetIDs are the subnets of database and cache. They span at least two availability zones.
	PrivateSubnetIDs pulumi.StringArrayOutput
	// LoadBalancerSubnetIDs are one public subnet in each availability zone.
	LoadBalancerSubnetIDs pulumi.StringArrayOutput
	// TaskSecurityGroupID resolves after the group's rules exist: a task that starts earlier cannot pull its image.
	TaskSecurityGroupID     pulumi.StringOutput
	DatabaseSecurityGroupID pulumi.StringOutput
	// CacheSecurityGroupID is not set without a cache.
	CacheSecurityGroupID pulumi.StringOutput
	// LoadBalancerSecurityGroupID resolves after the group's rules exist. It is not set without a load balancer.
	LoadBalancerSecurityGroupID pulumi.StringOutput
}
