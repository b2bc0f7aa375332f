package ingress

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is a load balancer and what it leads to.
type Args struct {
	Name    string // prefix of the AWS names
	Port    int    // TCP port of the tasks
	Domain  Domain
	Protect bool // whether AWS and Pulumi refuse to delete the load balancer

	// DeregistrationDelay is how long a task that is to stop may finish its requests, in seconds.
	DeregistrationDelay int
	// IdleTimeout is how long a connection may be silent, in seconds. Socket.IO pings every 25.
	IdleTimeout int

	VPCID           pulumi.StringInput
	SubnetIDs       pulumi.StringArrayInput // one in each zone that has tasks, two at least
	SecurityGroupID pulumi.StringInput
	Tags            pulumi.StringMap
}

// Domain says under which name users reach the app, and which certificate proves it.
type Domain struct {
	Name           string // empty: the load balancer's own
	CertificateARN string // empty: a certificate for Name is made
	ZoneID         string // Route 53 zone that gets the records of Name; empty: its DNS is somewhere else
}

// Ingress is the way in.
type Ingress struct {
	pulumi.ResourceState

	DNSName pulumi.StringOutput // of the load balancer
	URL     pulumi.StringOutput // under which users reach the app
	// TargetGroupARN is known once the load balancer leads to the group: ECS takes no group before.
	TargetGroupARN pulumi.StringOutput
	// LoadBalancerSuffix and TargetGroupSuffix are the names by which CloudWatch knows them: app/…, targetgroup/….
	LoadBalancerSuffix, TargetGroupSuffix pulumi.StringOutput
}

// New creates the certificate, the load balancer, the target group and the listeners, then the record of the name.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Ingress, error) {
	component := &Ingress{}
	if err := ctx.RegisterComponentResource("threa:ingress:Ingress", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register ingress: %w", err)
	}
	parent := pulumi.Parent(component)

	certificate, err := certificateARN(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	balancer, err := newLoadBalancer(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	targets, err := newTargetGroup(ctx, name, args, parent)
	if err != nil {
		return nil, err
	}
	https, err := newListeners(ctx, name, args, balancer, targets, certificate, parent)
	if err != nil {
		return nil, err
	}
	if err := newRecord(ctx, name, args, balancer, parent); err != nil {
		return nil, err
	}

	component.DNSName, component.URL = balancer.DnsName, pulumi.Sprintf("https://%s", balancer.DnsName)
	if args.Domain.Name != "" {
		component.URL = pulumi.String("https://" + args.Domain.Name).ToStringOutput()
	}
	component.TargetGroupARN = pulumi.All(targets.Arn, https.ID()).ApplyT(func(parts []any) string {
		return parts[0].(string)
	}).(pulumi.StringOutput)
	component.LoadBalancerSuffix, component.TargetGroupSuffix = balancer.ArnSuffix, targets.ArnSuffix
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{"url": component.URL})
}
