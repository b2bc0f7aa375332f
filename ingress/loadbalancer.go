package ingress

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// tlsPolicy is TLS 1.2 and 1.3 with forward secrecy; it is the one that AWS recommends. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

func newLoadBalancer(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*lb.LoadBalancer, error) {
	balancer, err := lb.NewLoadBalancer(ctx, name+"-load-balancer", &lb.LoadBalancerArgs{
		Name:                     pulumi.String(args.Name),
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(false),
		Subnets:                  args.SubnetIDs,
		SecurityGroups:           pulumi.StringArray{args.SecurityGroupID},
		IdleTimeout:              pulumi.Int(args.IdleTimeout),
		DropInvalidHeaderFields:  pulumi.Bool(true), // what could be read in two ways never reaches the app
		EnableDeletionProtection: pulumi.Bool(args.Protect),
		Tags:                     args.Tags,
	}, parent, pulumi.Protect(args.Protect)) // its name, which may be in somebody's DNS, does not come back
	if err != nil {
		return nil, fmt.Errorf("create load balancer: %w", err)
	}
	return balancer, nil
}

// newTargetGroup is the group that ECS puts the tasks into. Its name ends in one of its own, so that a group that has to
// be replaced, for another port, stands beside the old one until the tasks have moved.
func newTargetGroup(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*lb.TargetGroup, error) {
	group, err := lb.NewTargetGroup(ctx, name+"-tasks", &lb.TargetGroupArgs{
		NamePrefix:          pulumi.String(namePrefix(args.Name)),
		TargetType:          pulumi.String("ip"), // a Fargate task has an address and no instance
		VpcId:               args.VPCID,
		Port:                pulumi.Int(args.Port),
		Protocol:            pulumi.String("HTTP"),
		DeregistrationDelay: pulumi.Int(args.DeregistrationDelay),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path: pulumi.String("/health"), Matcher: pulumi.String("200"),
			Interval: pulumi.Int(10), Timeout: pulumi.Int(5), // seconds
			HealthyThreshold: pulumi.Int(2), UnhealthyThreshold: pulumi.Int(3),
		},
		// Socket.IO polls before it has a WebSocket, and every poll has to reach the same task.
		Stickiness: &lb.TargetGroupStickinessArgs{
			Type: pulumi.String("lb_cookie"), Enabled: pulumi.Bool(true), CookieDuration: pulumi.Int(day),
		},
		Tags: args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create target group: %w", err)
	}
	return group, nil
}

const day = 24 * 60 * 60 // seconds

// namePrefix is the beginning of a stack's name as far as the provider takes one: six characters.
func namePrefix(name string) string {
	const most = 6
	return strings.TrimRight(name[:min(len(name), most-1)], "-") + "-"
}

// newListeners returns the one that leads to the tasks; the other one leads to it.
func newListeners(ctx *pulumi.Context, name string, args *Args, balancer *lb.LoadBalancer, targets *lb.TargetGroup,
	certificate pulumi.StringInput, parent pulumi.ResourceOption,
) (*lb.Listener, error) {
	https, err := lb.NewListener(ctx, name+"-https", &lb.ListenerArgs{
		LoadBalancerArn: balancer.Arn,
		Port:            pulumi.Int(443),
		Protocol:        pulumi.String("HTTPS"),
		SslPolicy:       pulumi.String(tlsPolicy),
		CertificateArn:  certificate,
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("forward"), TargetGroupArn: targets.Arn,
		}},
		Tags: args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create HTTPS listener: %w", err)
	}
	_, err = lb.NewListener(ctx, name+"-http", &lb.ListenerArgs{
		LoadBalancerArn: balancer.Arn,
		Port:            pulumi.Int(80),
		Protocol:        pulumi.String("HTTP"),
		DefaultActions: lb.ListenerDefaultActionArray{lb.ListenerDefaultActionArgs{
			Type: pulumi.String("redirect"),
			Redirect: &lb.ListenerDefaultActionRedirectArgs{
				Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
			},
		}},
		Tags: args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create HTTP listener: %w", err)
	}
	return https, nil
}
