package compute

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// LoadBalancer is what leads to the tasks.
type LoadBalancer struct {
	// TargetGroupARN has to be known only when a listener leads to the group: ECS refuses one that nothing leads to.
	TargetGroupARN pulumi.StringInput
	// HealthGrace is how long a new task may fail the load balancer's health check, in seconds.
	HealthGrace int
}

// behind puts the service behind a load balancer, or takes it from behind one, in place. The order is the engine's: what
// the service no longer needs is deleted after it has been updated.
func behind(service *ecs.ServiceArgs, args *Args) {
	if args.LoadBalancer == nil {
		return
	}
	service.HealthCheckGracePeriodSeconds = pulumi.Int(args.LoadBalancer.HealthGrace)
	service.LoadBalancers = ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
		TargetGroupArn: args.LoadBalancer.TargetGroupARN,
		ContainerName:  pulumi.String(args.Name),
		ContainerPort:  pulumi.Int(args.Port),
	}}
}

// keepGrace leaves the grace period out of the call that takes the load balancer away: ECS drops it by itself, and takes
// none for a service without a load balancer, not even zero. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html (healthCheckGracePeriodSeconds)
func keepGrace(args *Args) pulumi.ResourceOption {
	if args.LoadBalancer != nil {
		return pulumi.IgnoreChanges(nil)
	}
	return pulumi.IgnoreChanges([]string{"healthCheckGracePeriodSeconds"})
}
