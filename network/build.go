package network

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// New creates the network.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Network, error) {
	network := &Network{}
	if err := ctx.RegisterComponentResource("threa:network:Network", name, network, opts...); err != nil {
		return nil, fmt.Errorf("register network: %w", err)
	}
	b := &builder{ctx, name, args, args.Found, pulumi.Parent(network), network, groups{}}
	err := steps.Run(b.resolveVPC, b.createSecurityGroups, b.createRules, b.setGroupIDs)
	if err != nil {
		return nil, err
	}
	return network, ctx.RegisterResourceOutputs(network, pulumi.Map{
		"vpcId":            network.VPCID,
		"publicSubnetIds":  network.PublicSubnetIDs,
		"privateSubnetIds": network.PrivateSubnetIDs,
	})
}

type builder struct {
	ctx      *pulumi.Context
	name     string // prefix of the logical names
	args     *Args
	existing *Found
	parent   pulumi.ResourceOption
	*Network
	groups
}

type groups struct {
	tasks, database     *group
	cache, loadBalancer *group // nil if the stack does without them
}

// resolveVPC sets VPC and subnets to the existing ones, or creates them.
func (b *builder) resolveVPC() error {
	if b.args.VPC == "dedicated" {
		return b.createVPC()
	}
	b.VPCID = pulumi.String(b.existing.vpcID).ToStringOutput()
	b.PublicSubnetIDs = pulumi.ToStringArray(b.existing.publicSubnetIDs).ToStringArrayOutput()
	b.PrivateSubnetIDs = pulumi.ToStringArray(b.existing.privateSubnetIDs).ToStringArrayOutput()
	b.LoadBalancerSubnetIDs = pulumi.ToStringArray(b.existing.loadBalancerSubnetIDs).ToStringArrayOutput()
	return nil
}

// createVPC creates a VPC with a public and an isolated subnet in each availability zone.
func (b *builder) createVPC() error {
	vpc, err := ec2.NewVpc(b.ctx, b.name+"-vpc", &ec2.VpcArgs{
		CidrBlock:          pulumi.String(b.args.CIDR.String()),
		EnableDnsHostnames: pulumi.Bool(true),
		EnableDnsSupport:   pulumi.Bool(true),
		Tags:               b.tags(""),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("create VPC: %w", err)
	}
	b.VPCID = vpc.ID().ToStringOutput()
	// Managing the default security group without rules removes the rules that AWS gave it.
	_, err = ec2.NewDefaultSecurityGroup(b.ctx, b.name+"-default", &ec2.DefaultSecurityGroupArgs{
		VpcId: b.VPCID,
		Tags:  b.tags("-default"),
	}, b.parent)
	if err != nil {
		return fmt.Errorf("remove rules of default security group: %w", err)
	}
	if b.PublicSubnetIDs, err = b.createTier(public); err != nil {
		return err
	}
	b.LoadBalancerSubnetIDs = b.PublicSubnetIDs
	b.PrivateSubnetIDs, err = b.createTier(isolated)
	return err
}

// tags returns the stack's tags and a Name tag, which the EC2 console shows.
func (b *builder) tags(suffix string) pulumi.StringMap {
	tags := maps.Clone(b.args.Tags)
	tags["Name"] = pulumi.String(b.args.Names.Name + suffix)
	return tags
}
