package compute

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/program"
	"threa-infra/internal/steps"
)

// steadyTimeout bounds the wait for a deployment. A successful one takes one to four minutes, and with a load balancer
// about five more, in which ECS watches the alarms. The circuit breaker needs three failed tasks before it rolls back,
// each of which may use its start period and all its health checks.
const steadyTimeout = "20m"

// createService creates the service. A deployment starts the new tasks while the old ones run, and stops the old ones
// once the new ones are healthy. If they are not, the circuit breaker rolls back.
func (b *builder) createService() (err error) {
	args := b.serviceArgs(b.Names.Name, b.strategy())
	args.DesiredCount = pulumi.Int(b.DesiredCount)
	tags := maps.Clone(b.Tags)
	maps.Copy(tags, b.ServiceTags)
	args.Tags = tags
	b.service, err = ecs.NewService(b.ctx, b.name+"-service", args, b.serviceOptions(b.KeepCount)...)
	return steps.Wrap(err, "create service")
}

// createFallback creates the service that runs the same tasks on demand while Spot has no capacity. It starts with no
// tasks. Package scaling changes their number, so no deployment does.
func (b *builder) createFallback() error {
	if !b.Fallback {
		return nil
	}
	args := b.serviceArgs(b.Names.FallbackService(), only(onDemand))
	args.DesiredCount = pulumi.Int(0)
	fallback, err := ecs.NewService(b.ctx, b.name+"-standby", args, b.serviceOptions(true)...)
	if err != nil {
		return fmt.Errorf("create on-demand fallback: %w", err)
	}
	b.lookup(fallback).DesiredCount().ApplyT(func(count int) (int, error) {
		if count == 0 {
			return 0, nil
		}
		return count, program.WarnAbout(b.ctx, fallback, fmt.Sprintf("Spot capacity is missing: %d on-demand task(s) of "+
			"the service %s run until it is back.\n    A deployment changes them immediately, and then waits up to %s for "+
			"tasks on Spot.", count, b.Names.FallbackService(), steadyTimeout))
	})
	return nil
}

// serviceArgs returns what both services have in common.
func (b *builder) serviceArgs(awsName string, strategy ecs.ServiceCapacityProviderStrategyArray) *ecs.ServiceArgs {
	args := &ecs.ServiceArgs{
		Name:           pulumi.String(awsName),
		Cluster:        b.cluster.Arn,
		TaskDefinition: b.task.Arn,
		// A strategy, never a launch type: together with a forced deployment it changes in place.
		CapacityProviderStrategies: strategy,
		ForceNewDeployment:         pulumi.Bool(true),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        b.SubnetIDs,
			SecurityGroups: pulumi.StringArray{b.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(true),
		},
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		// Requires a maximum above 100 %. AWS enables it for new services only. Source:
		// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-rebalancing.html
		AvailabilityZoneRebalancing: pulumi.String("ENABLED"),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		Alarms:               b.rollbackAlarms(),
		EnableExecuteCommand: pulumi.Bool(b.Exec),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("SERVICE"), // so that the bill of the tasks has the stack's tags
		WaitForSteadyState:   pulumi.Bool(true),
		Tags:                 b.Tags,
	}
	if balancer := b.LoadBalancer; balancer != nil {
		args.HealthCheckGracePeriodSeconds = pulumi.Int(balancer.HealthGrace)
		args.LoadBalancers = ecs.ServiceLoadBalancerArray{ecs.ServiceLoadBalancerArgs{
			TargetGroupArn: balancer.TargetGroupARN,
			ContainerName:  pulumi.String(b.Names.Name),
			ContainerPort:  pulumi.Int(b.Port),
		}}
	}
	return args
}

// rollbackAlarms returns the alarms that roll back a deployment. The circuit breaker does not notice an app that
// becomes healthy and fails later. ECS watches the alarms until a few minutes after the last old task has stopped.
// Without alarms they are disabled explicitly, with any name: ECS would keep former ones, and requires a name. Sources:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-alarm-failure.html and
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DeploymentAlarms.html
func (b *builder) rollbackAlarms() *ecs.ServiceAlarmsArgs {
	names, enable := b.RollbackAlarms, len(b.RollbackAlarms) > 0
	if !enable {
		names = pulumi.StringArray{pulumi.String(b.Names.NoTasksAlarm())}
	}
	return &ecs.ServiceAlarmsArgs{AlarmNames: names, Enable: pulumi.Bool(enable), Rollback: pulumi.Bool(enable)}
}

func (b *builder) serviceOptions(keepCount bool) []pulumi.ResourceOption {
	var ignored []string
	if b.LoadBalancer == nil {
		// ECS drops the grace period together with the load balancer, and refuses a value for a service without one. Source:
		// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_UpdateService.html (healthCheckGracePeriodSeconds)
		ignored = append(ignored, "healthCheckGracePeriodSeconds")
	}
	if keepCount {
		ignored = append(ignored, "desiredCount")
	}
	return []pulumi.ResourceOption{
		b.parent, pulumi.IgnoreChanges(ignored), pulumi.DependsOn(b.before),
		pulumi.DeleteBeforeReplace(true), // the name is fixed
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: steadyTimeout, Update: steadyTimeout}),
	}
}

// mostWeight is the highest weight of a capacity provider. If the other provider has weight 1, a provider with this
// weight gets all tasks beyond the base, which are at most 100.
const mostWeight = 1000

// strategy returns the capacity of the tasks. With a base, the first tasks run on demand and all further tasks on Spot.
// The API reference says that a provider with weight 0 cannot place tasks, and does not except its base. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
func (b *builder) strategy() ecs.ServiceCapacityProviderStrategyArray {
	switch {
	case !b.Spot:
		return only(onDemand)
	case b.OnDemandBase == 0:
		return only(spot)
	}
	return ecs.ServiceCapacityProviderStrategyArray{
		ecs.ServiceCapacityProviderStrategyArgs{
			CapacityProvider: pulumi.String(onDemand), Base: pulumi.Int(b.OnDemandBase), Weight: pulumi.Int(1),
		},
		ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(spot), Weight: pulumi.Int(mostWeight)},
	}
}

func only(provider string) ecs.ServiceCapacityProviderStrategyArray {
	return ecs.ServiceCapacityProviderStrategyArray{
		ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(provider), Weight: pulumi.Int(1)},
	}
}
