package network

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const anywhere = "0.0.0.0/0"

// secure makes the security groups first and the rules second, so that rules can name any group. One resource per
// rule: rules inside a group would be fought over with rules beside it. Names and descriptions are the ones that the
// stack has always had, because changing either replaces the group while it is in use.
func (n *Network) secure(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) error {
	tasks, err := n.group(ctx, name+"-ecs-tasks", args.Name+"-ecs-tasks", "Security group for ECS tasks", args, parent)
	if err != nil {
		return err
	}
	database, err := n.group(ctx, name+"-rds", args.Name+"-rds", "Security group for RDS PostgreSQL", args, parent)
	if err != nil {
		return err
	}
	n.DatabaseSecurityGroupID = database.ID().ToStringOutput()
	in, err := n.allowUsers(ctx, name, args, tasks, parent)
	if err != nil {
		return err
	}
	if n.TaskSecurityGroupID, err = letOut(ctx, name, args, tasks, in, parent); err != nil {
		return err
	}
	if err := allowTasks(ctx, name+"-rds-from-tasks", args, database, tasks, args.DatabasePort, parent); err != nil {
		return err
	}
	if !args.Cache {
		return nil
	}
	cache, err := n.group(ctx, name+"-redis", args.Name+"-redis", "Security group for ElastiCache Redis", args, parent)
	if err != nil {
		return err
	}
	n.CacheSecurityGroupID = cache.ID().ToStringOutput()
	return allowTasks(ctx, name+"-redis-from-tasks", args, cache, tasks, args.CachePort, parent)
}

func (n *Network) group(ctx *pulumi.Context, name, awsName, description string, args *Args, parent pulumi.ResourceOption) (*ec2.SecurityGroup, error) {
	group, err := ec2.NewSecurityGroup(ctx, name, &ec2.SecurityGroupArgs{
		Name:        pulumi.String(awsName),
		Description: pulumi.String(description),
		VpcId:       n.VPCID,
		Tags:        named(args.Tags, awsName),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create security group %s: %w", awsName, err)
	}
	return group, nil
}

// allowUsers opens the app's port to everybody, to the load balancer alone, or to nobody.
func (n *Network) allowUsers(ctx *pulumi.Context, name string, args *Args, tasks *ec2.SecurityGroup, parent pulumi.ResourceOption) ([]pulumi.CustomResource, error) {
	if args.Tunnel {
		return nil, nil
	}
	if args.LoadBalancer {
		rule, err := n.allowLoadBalancer(ctx, name, args, tasks, parent)
		return []pulumi.CustomResource{rule}, err
	}
	rule, err := allowInternet(ctx, name+"-tasks-from-internet", "App port", args, tasks, args.ContainerPort, parent)
	return []pulumi.CustomResource{rule}, err
}

// letOut lets the tasks out. It returns the group's id once the rules stand in both directions: a task that starts before
// could not even pull its image.
func letOut(ctx *pulumi.Context, name string, args *Args, tasks *ec2.SecurityGroup, in []pulumi.CustomResource, parent pulumi.ResourceOption) (pulumi.StringOutput, error) {
	out, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-tasks-to-internet", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId: tasks.ID(),
		Description:     pulumi.String("Image pulls, logs and third-party APIs"),
		IpProtocol:      pulumi.String("-1"),
		CidrIpv4:        pulumi.String(anywhere),
		Tags:            args.Tags,
	}, parent)
	if err != nil {
		return pulumi.StringOutput{}, fmt.Errorf("let the tasks out: %w", err)
	}
	return once(tasks, append(in, out)...), nil
}

// once is the id of a group when all of its rules stand.
func once(group pulumi.CustomResource, rules ...pulumi.CustomResource) pulumi.StringOutput {
	ids := []any{group.ID()}
	for _, rule := range rules {
		ids = append(ids, rule.ID())
	}
	return pulumi.All(ids...).ApplyT(func(ids []any) string { return string(ids[0].(pulumi.ID)) }).(pulumi.StringOutput)
}

// allowTasks opens a data tier to the task group only.
func allowTasks(ctx *pulumi.Context, name string, args *Args, to, from *ec2.SecurityGroup, port int, parent pulumi.ResourceOption) error {
	_, err := allowGroup(ctx, name, "ECS tasks", args, to, from, port, parent)
	return err
}

// allowGroup opens a port to a group by reference, so that no address range can be wrong.
func allowGroup(ctx *pulumi.Context, name, description string, args *Args, to, from *ec2.SecurityGroup, port int,
	parent pulumi.ResourceOption,
) (*vpc.SecurityGroupIngressRule, error) {
	rule, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId:           to.ID(),
		ReferencedSecurityGroupId: from.ID(),
		Description:               pulumi.String(description),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(port),
		ToPort:                    pulumi.Int(port),
		Tags:                      args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("open port %d (%s): %w", port, name, err)
	}
	return rule, nil
}

// allowInternet opens a port to everybody.
func allowInternet(ctx *pulumi.Context, name, description string, args *Args, to *ec2.SecurityGroup, port int,
	parent pulumi.ResourceOption,
) (*vpc.SecurityGroupIngressRule, error) {
	rule, err := vpc.NewSecurityGroupIngressRule(ctx, name, &vpc.SecurityGroupIngressRuleArgs{
		SecurityGroupId: to.ID(),
		Description:     pulumi.String(description),
		IpProtocol:      pulumi.String("tcp"),
		FromPort:        pulumi.Int(port),
		ToPort:          pulumi.Int(port),
		CidrIpv4:        pulumi.String(anywhere),
		Tags:            args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("open port %d to the internet (%s): %w", port, name, err)
	}
	return rule, nil
}
