package compute

import (
	"fmt"

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
	provider := onDemand
	if args.Spot {
		provider = spot
	}
	all := serviceArgs(args, args.Name, provider, cluster, task)
	all.DesiredCount = pulumi.Int(args.Count)
	service, err := ecs.NewService(ctx, name+"-service", all, serviceOptions(args, r, providers, parent)...)
	if err != nil {
		return nil, fmt.Errorf("create service: %w", err)
	}
	return service, nil
}

// serviceArgs are what a service has whatever number of tasks it runs.
func serviceArgs(args *Args, awsName, provider string, cluster *ecs.Cluster, task *ecs.TaskDefinition) *ecs.ServiceArgs {
	all := &ecs.ServiceArgs{
		Name:           pulumi.String(awsName),
		Cluster:        cluster.Arn,
		TaskDefinition: task.Arn,
		// A strategy, never a launch type: together with a forced deployment it changes in place.
		CapacityProviderStrategies: ecs.ServiceCapacityProviderStrategyArray{
			ecs.ServiceCapacityProviderStrategyArgs{CapacityProvider: pulumi.String(provider), Weight: pulumi.Int(1)},
		},
		ForceNewDeployment: pulumi.Bool(true),
		Triggers:           triggers(args),
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

// verdict tells whether the service runs the task definition that was asked for. ECS calls a service steady after it
// has rolled back, so a failed deployment would pass for a good one with the old code running.
func verdict(ctx *pulumi.Context, args *Args, service *ecs.Service, task *ecs.TaskDefinition) pulumi.StringOutput {
	// The id is not known before the service is, so that a preview of a new stack asks nothing.
	serviceName := pulumi.All(service.ID(), service.Name).ApplyT(func(parts []any) string { return parts[1].(string) })
	running := ecs.LookupServiceOutput(ctx, ecs.LookupServiceOutputArgs{
		ClusterArn:  service.Cluster,
		ServiceName: serviceName.(pulumi.StringOutput),
	}, pulumi.Parent(service)).TaskDefinition()

	return pulumi.All(running, task.Arn).ApplyT(func(arns []any) (string, error) {
		running, wanted := arns[0].(string), arns[1].(string)
		if running == wanted {
			return running, nil
		}
		err := fmt.Errorf("the deployment failed: the service runs %s, not %s.\n"+
			"    Its new tasks did not become healthy, so ECS went back to the last ones that were; the old code is serving.\n"+
			"    See why:  go run ./cmd/threa deploy-status", running, wanted)
		if ctx.DryRun() { // a preview must be able to show the mend
			return running, ctx.Log.Warn(err.Error(), &pulumi.LogArgs{Resource: service})
		}
		return "", err
	}).(pulumi.StringOutput)
}
