package network

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const internet = "0.0.0.0/0"

var (
	anywhere = netip.MustParsePrefix(internet) // the default of AllowedCIDRs
	none     netip.Prefix
)

// group is a security group with the IDs of its rules.
type group struct {
	*ec2.SecurityGroup
	rules pulumi.IDArray
}

// afterRules returns the ID of the group. It resolves after the rules exist.
func (g *group) afterRules() pulumi.StringOutput {
	ids := append(pulumi.IDArray{g.ID()}, g.rules...)
	return ids.ToIDArrayOutput().Index(pulumi.Int(0)).ToStringOutput()
}

// createSecurityGroups creates the groups without rules. Each rule is a separate resource, so that rules can refer to
// any group. AWS replaces a group if its name or its description changes, and cannot while the group is in use.
func (b *builder) createSecurityGroups() error {
	for _, g := range []struct {
		group               **group
		suffix, description string
		needed              bool
	}{
		{&b.tasks, "-ecs-tasks", "Security group for ECS tasks", true},
		{&b.database, "-rds", "Security group for RDS PostgreSQL", true},
		{&b.cache, "-redis", "Security group for ElastiCache Redis", b.args.CachePort != 0},
		{&b.loadBalancer, "-load-balancer", "Security group for the load balancer", b.args.LoadBalancer},
	} {
		if !g.needed {
			continue
		}
		created, err := ec2.NewSecurityGroup(b.ctx, b.name+g.suffix, &ec2.SecurityGroupArgs{
			Name:        pulumi.String(b.args.Names.Name + g.suffix),
			Description: pulumi.String(g.description),
			VpcId:       b.VPCID,
			Tags:        b.tags(g.suffix),
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create security group %s%s: %w", b.args.Names.Name, g.suffix, err)
		}
		*g.group = &group{SecurityGroup: created}
	}
	return nil
}

// rule allows connections between a group and its peer.
type rule struct {
	name, description string       // name is the suffix of the logical name
	group, peer       *group       // peer is nil for addresses
	port              int          // TCP; 0 for every protocol and port
	cidr              netip.Prefix // without a peer
}

// fromUsers returns the rules that open a port to the addresses from which users may reach the app. Each rule has its
// addresses in its logical name, so that a change of the list creates and deletes rules instead of updating them.
// Updates could make two rules equal for a moment, which AWS refuses.
func (b *builder) fromUsers(name, description string, to *group, port int) []rule {
	cidrs := b.args.AllowedCIDRs
	if len(cidrs) == 0 {
		cidrs = []netip.Prefix{anywhere}
	}
	rules := make([]rule, len(cidrs))
	for i, cidr := range cidrs {
		source := "internet"
		if cidr != anywhere {
			source = strings.NewReplacer(":", ".", "/", "-").Replace(cidr.String())
		}
		rules[i] = rule{name + "-from-" + source, description, to, nil, port, cidr}
	}
	return rules
}

// createRules opens database and cache to the tasks, the app's port to the load balancer or to the users, and the
// internet to the tasks.
func (b *builder) createRules() error {
	port := b.args.ContainerPort
	ingress := []rule{{"-rds-from-tasks", "ECS tasks", b.database, b.tasks, b.args.DatabasePort, none}}
	egress := []rule{{"-tasks-to-internet", "Image pulls, logs and third-party APIs", b.tasks, nil, 0, anywhere}}
	if b.cache != nil {
		ingress = append(ingress, rule{"-redis-from-tasks", "ECS tasks", b.cache, b.tasks, b.args.CachePort, none})
	}
	switch {
	case b.args.LoadBalancer:
		ingress = slices.Concat(ingress,
			b.fromUsers("-https", "HTTPS", b.loadBalancer, 443),
			b.fromUsers("-http", "HTTP, which is redirected", b.loadBalancer, 80),
			[]rule{{"-tasks-from-load-balancer", "Load balancer", b.tasks, b.loadBalancer, port, none}})
		egress = append(egress, rule{"-load-balancer-to-tasks", "ECS tasks", b.loadBalancer, b.tasks, port, none})
	case !b.args.Tunnel:
		ingress = append(ingress, b.fromUsers("-tasks", "App port", b.tasks, port)...)
	}
	for _, r := range ingress {
		args := b.ruleArgs(r)
		created, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.name+r.name, &args, b.parent)
		if err != nil {
			return fmt.Errorf("create ingress rule %s%s: %w", b.name, r.name, err)
		}
		r.group.rules = append(r.group.rules, created.ID())
	}
	for _, r := range egress {
		args := vpc.SecurityGroupEgressRuleArgs(b.ruleArgs(r))
		created, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.name+r.name, &args, b.parent)
		if err != nil {
			return fmt.Errorf("create egress rule %s%s: %w", b.name, r.name, err)
		}
		r.group.rules = append(r.group.rules, created.ID())
	}
	return nil
}

// ruleArgs returns the arguments of a rule. The arguments of both directions have the same fields.
func (b *builder) ruleArgs(r rule) vpc.SecurityGroupIngressRuleArgs {
	args := vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: r.group.ID(), Description: pulumi.String(r.description), Tags: b.args.Tags,
		IpProtocol: pulumi.String("-1"),
	}
	if r.port != 0 {
		args.IpProtocol, args.FromPort, args.ToPort = pulumi.String("tcp"), pulumi.Int(r.port), pulumi.Int(r.port)
	}
	switch {
	case r.peer != nil:
		args.ReferencedSecurityGroupId = r.peer.ID()
	case r.cidr.Addr().Is6():
		args.CidrIpv6 = pulumi.String(r.cidr.String())
	default:
		args.CidrIpv4 = pulumi.String(r.cidr.String())
	}
	return args
}

func (b *builder) setGroupIDs() error {
	b.TaskSecurityGroupID = b.tasks.afterRules()
	b.DatabaseSecurityGroupID = b.database.ID().ToStringOutput()
	if b.cache != nil {
		b.CacheSecurityGroupID = b.cache.ID().ToStringOutput()
	}
	if b.loadBalancer != nil {
		b.LoadBalancerSecurityGroupID = b.loadBalancer.afterRules()
	}
	return nil
}
