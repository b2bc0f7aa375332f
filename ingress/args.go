// Package ingress creates the load balancer: its listeners, the target group of the tasks, and the certificate and DNS
// records of the host name.
//
//	https ──> load balancer (443, TLS 1.2 and later) ──> target group ──> tasks (port)
//	http ───> load balancer (80) ──> redirect to https
package ingress

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the load balancer.
type Args struct {
	// Names gives the physical names. Required.
	Names naming.Stack
	// Port is the TCP port of the tasks. Required.
	Port int
	// Domain is the host name of the app and its certificate. Required.
	Domain Domain
	// Protect makes AWS and Pulumi refuse to delete the load balancer: its DNS name cannot be restored. Default: false.
	Protect bool
	// DeregistrationDelay is how long a stopping task may finish its requests, in seconds. Required.
	DeregistrationDelay int
	// IdleTimeout is how long a connection may be idle, in seconds. Required.
	IdleTimeout int
	// VPCID is the VPC of the tasks. Required.
	VPCID pulumi.StringInput
	// SubnetIDs are one public subnet in each zone of the tasks, at least two. Required.
	SubnetIDs pulumi.StringArrayInput
	// SecurityGroupID is the load balancer's security group. Required.
	SecurityGroupID pulumi.StringInput
	// Tags are the tags of all resources.
	Tags pulumi.StringMap
}

// Domain is the host name of the app and its certificate.
type Domain struct {
	// Name is the host name. Required without CertificateARN. Default: the load balancer's own name.
	Name string
	// CertificateARN is an existing certificate in ACM. Default: a new certificate for Name.
	CertificateARN string
	// ZoneID is the Route 53 zone for the records of Name. Required without CertificateARN. Default: no records.
	ZoneID string
}

// Ingress is the load balancer and its target group.
type Ingress struct {
	pulumi.ResourceState

	DNSName pulumi.StringOutput // of the load balancer
	URL     pulumi.StringOutput // of the app
	// TargetGroupARN resolves after a listener forwards to the group: ECS refuses a group without one.
	TargetGroupARN pulumi.StringOutput
	// LoadBalancerSuffix is the load balancer in CloudWatch, app/….
	LoadBalancerSuffix pulumi.StringOutput
	// TargetGroupSuffix is the target group in CloudWatch, targetgroup/….
	TargetGroupSuffix pulumi.StringOutput
}
