package ingress

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/lb"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/steps"
)

// New creates the load balancer.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Ingress, error) {
	component := &Ingress{}
	if err := ctx.RegisterComponentResource("threa:ingress:Ingress", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register ingress: %w", err)
	}
	b := &builder{Args: args, ctx: ctx, name: name, parent: pulumi.Parent(component)}
	err := steps.Run(b.createCertificate, b.createLoadBalancer, b.createTargetGroup, b.createListeners, b.createRecord)
	if err != nil {
		return nil, err
	}
	component.DNSName, component.URL = b.balancer.DnsName, pulumi.Sprintf("https://%s", b.balancer.DnsName)
	if args.Domain.Name != "" {
		component.URL = pulumi.String("https://" + args.Domain.Name).ToStringOutput()
	}
	component.TargetGroupARN = pulumix.Cast[pulumi.StringOutput](pulumix.Apply2(b.targets.Arn, b.https.ID(),
		func(arn string, _ pulumi.ID) string { return arn }))
	component.LoadBalancerSuffix, component.TargetGroupSuffix = b.balancer.ArnSuffix, b.targets.ArnSuffix
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"url": component.URL})
}

type builder struct {
	*Args
	ctx    *pulumi.Context
	name   string // prefix of the logical names
	parent pulumi.ResourceOption

	certificateARN pulumi.StringOutput
	balancer       *lb.LoadBalancer
	targets        *lb.TargetGroup
	https          *lb.Listener
}

func (b *builder) createLoadBalancer() (err error) {
	b.balancer, err = lb.NewLoadBalancer(b.ctx, b.name+"-load-balancer", &lb.LoadBalancerArgs{
		Name:                     pulumi.String(b.Names.Name),
		LoadBalancerType:         pulumi.String("application"),
		Internal:                 pulumi.Bool(false),
		Subnets:                  b.SubnetIDs,
		SecurityGroups:           pulumi.StringArray{b.SecurityGroupID},
		IdleTimeout:              pulumi.Int(b.IdleTimeout),
		DropInvalidHeaderFields:  pulumi.Bool(true), // protects the app from request smuggling
		EnableDeletionProtection: pulumi.Bool(b.Protect),
		Tags:                     b.Tags,
	}, b.parent, pulumi.Protect(b.Protect))
	return steps.Wrap(err, "create load balancer")
}

const day = 24 * 60 * 60 // seconds

// createTargetGroup creates the group of the tasks. AWS adds a random suffix to its name. So if another port replaces
// the group, both groups exist until the tasks have moved.
func (b *builder) createTargetGroup() (err error) {
	b.targets, err = lb.NewTargetGroup(b.ctx, b.name+"-tasks", &lb.TargetGroupArgs{
		NamePrefix:          pulumi.String(namePrefix(b.Names.Name)),
		TargetType:          pulumi.String("ip"), // Fargate tasks are not instances
		VpcId:               b.VPCID,
		Port:                pulumi.Int(b.Port),
		Protocol:            pulumi.String("HTTP"),
		DeregistrationDelay: pulumi.Int(b.DeregistrationDelay),
		HealthCheck: &lb.TargetGroupHealthCheckArgs{
			Path: pulumi.String("/health"), Matcher: pulumi.String("200"),
			Interval: pulumi.Int(10), Timeout: pulumi.Int(5), // seconds
			HealthyThreshold: pulumi.Int(2), UnhealthyThreshold: pulumi.Int(3),
		},
		// Socket.IO polls before it opens a WebSocket. Every poll of a client must reach the same task.
		Stickiness: &lb.TargetGroupStickinessArgs{
			Type: pulumi.String("lb_cookie"), Enabled: pulumi.Bool(true), CookieDuration: pulumi.Int(day),
		},
		Tags: b.Tags,
	}, b.parent)
	return steps.Wrap(err, "create target group")
}

// namePrefix returns the beginning of a name with a hyphen. The provider accepts six characters.
func namePrefix(name string) string {
	return strings.TrimRight(name[:min(len(name), 5)], "-") + "-"
}

// tlsPolicy is AWS's recommended policy, TLS 1.2 and 1.3 with forward secrecy. Source:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/describe-ssl-policies.html
const tlsPolicy = "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09"

// strictTransport makes browsers use HTTPS only, for a year. It does not include subdomains, which other servers may
// serve.
const strictTransport = "max-age=31536000"

// createListeners creates the HTTPS listener, and the HTTP listener that redirects to it.
func (b *builder) createListeners() (err error) {
	b.https, err = b.createListener("HTTPS", 443, lb.ListenerDefaultActionArgs{
		Type: pulumi.String("forward"), TargetGroupArn: b.targets.Arn,
	})
	if err != nil {
		return err
	}
	_, err = b.createListener("HTTP", 80, lb.ListenerDefaultActionArgs{
		Type: pulumi.String("redirect"),
		Redirect: &lb.ListenerDefaultActionRedirectArgs{
			Protocol: pulumi.String("HTTPS"), Port: pulumi.String("443"), StatusCode: pulumi.String("HTTP_301"),
		},
	})
	return err
}

func (b *builder) createListener(protocol string, port int, action lb.ListenerDefaultActionArgs) (*lb.Listener, error) {
	args := &lb.ListenerArgs{
		LoadBalancerArn: b.balancer.Arn,
		Port:            pulumi.Int(port),
		Protocol:        pulumi.String(protocol),
		DefaultActions:  lb.ListenerDefaultActionArray{action},
		Tags:            b.Tags,
	}
	if protocol == "HTTPS" {
		args.SslPolicy, args.CertificateArn = pulumi.String(tlsPolicy), b.certificateARN
		args.RoutingHttpResponseStrictTransportSecurityHeaderValue = pulumi.String(strictTransport)
	}
	listener, err := lb.NewListener(b.ctx, b.name+"-"+strings.ToLower(protocol), args, b.parent)
	return listener, steps.Wrap(err, "create %s listener", protocol)
}
