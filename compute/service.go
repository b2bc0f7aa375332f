package compute

import (
	"fmt"
	"maps"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// steadyTimeout bounds the wait for a deployment. A good one takes one to four minutes; the circuit breaker needs three
// failed tasks before it rolls back, each of which may use its start period and all its health checks.
const steadyTimeout = "20m"

// newService runs the task. A deployment starts the new tasks beside the old ones and stops the old ones when the new
// ones are healthy; when they are not, the circuit breaker goes back.
func newService(ctx *pulumi.Context, name string, args *Args, cluster *ecs.Cluster, r *roles, task *ecs.TaskDefinition,
	providers *ecs.ClusterCapacityProviders, parent pulumi.ResourceOption,
) (*ecs.Service, error) {
	all := serviceArgs(args, args.Name, strategy(args), cluster, task)
	all.DesiredCount, all.Tags = pulumi.Int(args.DesiredCount), serviceTags(args)
	opts := serviceOptions(args, r, providers, parent)
	if args.KeepCount {
		opts = append(opts, pulumi.IgnoreChanges([]string{"desiredCount"}))
	}
	service, err := ecs.NewService(ctx, name+"-service", all, opts...)
	if err != nil {
		return nil, fmt.Errorf("create service: %w", err)
	}
	return service, nil
}

// serviceArgs are what a service has whatever number of tasks it runs.
func serviceArgs(args *Args, awsName string, on ecs.ServiceCapacityProviderStrategyArray, cluster *ecs.Cluster, task *ecs.TaskDefinition) *ecs.ServiceArgs {
	all := &ecs.ServiceArgs{
		Name:           pulumi.String(awsName),
		Cluster:        cluster.Arn,
		TaskDefinition: task.Arn,
		// A strategy, never a launch type: together with a forced deployment it changes in place.
		CapacityProviderStrategies: on,
		ForceNewDeployment:         pulumi.Bool(true),
		Triggers:                   triggers(args),
		NetworkConfiguration: &ecs.ServiceNetworkConfigurationArgs{
			Subnets:        args.SubnetIDs,
			SecurityGroups: pulumi.StringArray{args.SecurityGroupID},
			AssignPublicIp: pulumi.Bool(true),
		},
		DeploymentMinimumHealthyPercent: pulumi.Int(100),
		DeploymentMaximumPercent:        pulumi.Int(200),
		DeploymentCircuitBreaker: &ecs.ServiceDeploymentCircuitBreakerArgs{
			Enable: pulumi.Bool(true), Rollback: pulumi.Bool(true),
		},
		EnableExecuteCommand: pulumi.Bool(args.Exec),
		EnableEcsManagedTags: pulumi.Bool(true),
		PropagateTags:        pulumi.String("SERVICE"), // so that the bill of the tasks carries the stack's tags
		WaitForSteadyState:   pulumi.Bool(true),
		Tags:                 args.Tags,
	}
	behind(all, args)
	return all
}

func serviceOptions(args *Args, r *roles, providers *ecs.ClusterCapacityProviders, parent pulumi.ResourceOption) []pulumi.ResourceOption {
	return []pulumi.ResourceOption{
		parent, keepGrace(args),
		pulumi.DependsOn(append([]pulumi.Resource{providers}, r.grants...)),
		pulumi.DeleteBeforeReplace(true), // the name is fixed
		pulumi.Timeouts(&pulumi.CustomTimeouts{Create: steadyTimeout, Update: steadyTimeout}),
	}
}

// strategy is the capacity that the tasks run on. With a base the first tasks are on demand and only those beyond it on
// Spot: a weight of zero gives a provider no more than its base, of which a strategy may have one. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_CapacityProviderStrategyItem.html
func strategy(args *Args) ecs.ServiceCapacityProviderStrategyArray {
	switch {
	case !args.Spot:
		return only(onDemand)
	case args.OnDemandBase == 0:
		return only(spot)
	}
	return append(ecs.ServiceCapacityProviderStrategyArray{ecs.ServiceCapacityProviderStrategyArgs{
		CapacityProvider: pulumi.String(onDemand), Base: pulumi.Int(args.OnDemandBase), Weight: pulumi.Int(0),
	}}, only(spot)...)
}

func only(provider string) ecs.ServiceCapacityProviderStrategyArray {
	return ecs.ServiceCapacityProviderStrategyArray{
		ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(provider), Weight: pulumi.Int(1)},
	}
}

func serviceTags(args *Args) pulumi.StringMap {
	tags := maps.Clone(args.Tags)
	maps.Copy(tags, args.ServiceTags)
	return tags
}

// triggers restart the tasks when a secret changes: they read secrets only when they start.
func triggers(args *Args) pulumi.StringMap {
	all := pulumi.StringMap{}
	for variable, version := range args.SecretVersions {
		all[variable] = pulumi.Sprintf("%d", version)
	}
	if args.Tunnel != nil {
		all["tunnel-token"] = pulumi.Sprintf("%d", args.Tunnel.TokenVersion) // the name of no variable
	}
	return all
}
