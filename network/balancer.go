package network

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ec2"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/vpc"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// allowLoadBalancer makes the load balancer's group, which everybody reaches on the ports of the web and which reaches
// nothing but the tasks, and lets the tasks be reached from it alone.
func (n *Network) allowLoadBalancer(ctx *pulumi.Context, name string, args *Args, tasks *ec2.SecurityGroup,
	parent pulumi.ResourceOption,
) (pulumi.CustomResource, error) {
	awsName := args.Name + "-load-balancer"
	balancer, err := n.group(ctx, name+"-load-balancer", awsName, "Security group for the load balancer", args, parent)
	if err != nil {
		return nil, err
	}
	https, err := allowInternet(ctx, name+"-https-from-internet", "HTTPS", args, balancer, 443, parent)
	if err != nil {
		return nil, err
	}
	http, err := allowInternet(ctx, name+"-http-from-internet", "HTTP, which is redirected", args, balancer, 80, parent)
	if err != nil {
		return nil, err
	}
	out, err := vpc.NewSecurityGroupEgressRule(ctx, name+"-load-balancer-to-tasks", &vpc.SecurityGroupEgressRuleArgs{
		SecurityGroupId:           balancer.ID(),
		ReferencedSecurityGroupId: tasks.ID(),
		Description:               pulumi.String("ECS tasks"),
		IpProtocol:                pulumi.String("tcp"),
		FromPort:                  pulumi.Int(args.ContainerPort),
		ToPort:                    pulumi.Int(args.ContainerPort),
		Tags:                      args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("let the load balancer reach the tasks: %w", err)
	}
	n.LoadBalancerSecurityGroupID = once(balancer, https, http, out)
	return allowGroup(ctx, name+"-tasks-from-load-balancer", "Load balancer", args, tasks, balancer, args.ContainerPort, parent)
}

// onePerZone is the first of some subnets in each zone: a load balancer takes no two of a zone, and wants two zones. It
// has to be in every zone that has tasks, or they get no requests. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#subnets-load-balancer
func onePerZone(ctx *pulumi.Context, ids []string) ([]string, error) {
	var chosen []string
	seen := map[string]bool{}
	for _, id := range ids {
		subnet, err := ec2.LookupSubnet(ctx, &ec2.LookupSubnetArgs{Id: pulumi.StringRef(id)})
		if err != nil {
			return nil, fmt.Errorf("look up subnet %s: %w", id, err)
		}
		if !seen[subnet.AvailabilityZone] {
			chosen, seen[subnet.AvailabilityZone] = append(chosen, id), true
		}
	}
	if len(chosen) < zonesWanted {
		return nil, fmt.Errorf("the subnets for the tasks (%s) do not span the %d availability zones that a load balancer asks for.\n"+
			"    Name one in another zone:  pulumi config set --path 'publicSubnetIds[%d]' <subnet id>\n"+
			"    or do without:             pulumi config set ingress direct", strings.Join(ids, ", "), zonesWanted, len(ids))
	}
	return chosen, nil
}
