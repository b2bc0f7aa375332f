package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const internet = "0.0.0.0/0"

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

// createSecurityGroups creates the groups without rules. Each rule is a resource of its own, so that rules can refer to
// any group.
func (b *builder) createSecurityGroups() (err error) {
	if b.tasks, err = b.createGroup("-ecs-tasks", "Security group for ECS tasks"); err != nil {
		return err
	}
	if b.database, err = b.createGroup("-rds", "Security group for RDS PostgreSQL"); err != nil {
		return err
	}
	if b.args.CachePort != 0 {
		if b.cache, err = b.createGroup("-redis", "Security group for ElastiCache Redis"); err != nil {
			return err
		}
	}
	if b.args.LoadBalancer {
		b.loadBalancer, err = b.createGroup("-load-balancer", "Security group for the load balancer")
	}
	return err
}

// createGroup creates a security group. AWS replaces a group if its name or its description changes, and cannot while
// the group is in use.
func (b *builder) createGroup(suffix, description string) (*group, error) {
	created, err := ec2.NewSecurityGroup(b.ctx, b.name+suffix, &ec2.SecurityGroupArgs{
		Name:        pulumi.String(b.args.Names.Name + suffix),
		Description: pulumi.String(description),
		VpcId:       b.VPCID,
		Tags:        b.tags(suffix),
	}, b.parent)
	if err != nil {
		return nil, fmt.Errorf("create security group %s%s: %w", b.args.Names.Name, suffix, err)
	}
	return &group{SecurityGroup: created}, nil
}

// ingressRule allows TCP connections to a port of a group.
type ingressRule struct {
	name, description string // name is the suffix of the logical name
	to, from          *group // from is nil for the internet
	port              int
}

// allowIngress opens database and cache to the tasks, and the app's port to the load balancer or to the internet.
func (b *builder) allowIngress() error {
	rules := []ingressRule{{"-rds-from-tasks", "ECS tasks", b.database, b.tasks, b.args.DatabasePort}}
	if b.cache != nil {
		rules = append(rules, ingressRule{"-redis-from-tasks", "ECS tasks", b.cache, b.tasks, b.args.CachePort})
	}
	switch port := b.args.ContainerPort; {
	case b.args.LoadBalancer:
		rules = append(rules,
			ingressRule{"-https-from-internet", "HTTPS", b.loadBalancer, nil, 443},
			ingressRule{"-http-from-internet", "HTTP, which is redirected", b.loadBalancer, nil, 80},
			ingressRule{"-tasks-from-load-balancer", "Load balancer", b.tasks, b.loadBalancer, port})
	case !b.args.Tunnel:
		rules = append(rules, ingressRule{"-tasks-from-internet", "App port", b.tasks, nil, port})
	}
	for _, r := range rules {
		args := &vpc.SecurityGroupIngressRuleArgs{
			SecurityGroupId: r.to.ID(),
			Description:     pulumi.String(r.description),
			IpProtocol:      pulumi.String("tcp"),
			FromPort:        pulumi.Int(r.port),
			ToPort:          pulumi.Int(r.port),
			Tags:            b.args.Tags,
		}
		if r.from != nil {
			args.ReferencedSecurityGroupId = r.from.ID()
		} else {
			args.CidrIpv4 = pulumi.String(internet)
		}
		created, err := vpc.NewSecurityGroupIngressRule(b.ctx, b.name+r.name, args, b.parent)
		if err != nil {
			return fmt.Errorf("create ingress rule %s%s: %w", b.name, r.name, err)
		}
		r.to.rules = append(r.to.rules, created.ID())
	}
	return nil
}

// allowEgress lets the tasks connect to the internet and the load balancer to the tasks.
func (b *builder) allowEgress() error {
	err := b.createEgressRule(b.tasks, "-tasks-to-internet", &vpc.SecurityGroupEgressRuleArgs{
		Description: pulumi.String("Image pulls, logs and third-party APIs"),
		IpProtocol:  pulumi.String("-1"),
		CidrIpv4:    pulumi.String(internet),
	})
	if err != nil || b.loadBalancer == nil {
		return err
	}
	return b.createEgressRule(b.loadBalancer, "-load-balancer-to-tasks", &vpc.SecurityGroupEgressRuleArgs{
		Description:               pulumi.String("ECS tasks"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(b.args.ContainerPort),
		ToPort:                    pulumi.Int(b.args.ContainerPort),
		ReferencedSecurityGroupId: b.tasks.ID(),
	})
}

func (b *builder) createEgressRule(from *group, suffix string, args *vpc.SecurityGroupEgressRuleArgs) error {
	args.SecurityGroupId, args.Tags = from.ID(), b.args.Tags
	created, err := vpc.NewSecurityGroupEgressRule(b.ctx, b.name+suffix, args, b.parent)
	if err != nil {
		return fmt.Errorf("create egress rule %s%s: %w", b.name, suffix, err)
	}
	from.rules = append(from.rules, created.ID())
	return nil
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
