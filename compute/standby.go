package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// StandbyName is the AWS name of the service whose tasks stand in for those that Spot has no capacity for.
func StandbyName(name string) string { return name + "-standby" }

// newStandby makes a service beside the one on Spot, with the same tasks on demand. It starts with none; how many there
// are then belongs to whoever watches Spot (scaling), so that no deployment changes it.
func newStandby(ctx *pulumi.Context, name string, args *Args, cluster *ecs.Cluster, r *roles, task *ecs.TaskDefinition,
	providers *ecs.ClusterCapacityProviders, parent pulumi.ResourceOption,
) (*ecs.Service, error) {
	all := serviceArgs(args, StandbyName(args.Name), onDemand, cluster, task)
	all.DesiredCount = pulumi.Int(0)
	standby, err := ecs.NewService(ctx, name+"-standby", all,
		append(serviceOptions(args, r, providers, parent), pulumi.IgnoreChanges([]string{"desiredCount"}))...)
	if err != nil {
		return nil, fmt.Errorf("create standby service: %w", err)
	}
	warnOfMissingSpot(ctx, args, standby)
	return standby, nil
}

// warnOfMissingSpot says at every preview and deployment that tasks stand in, and what that means for a deployment.
func warnOfMissingSpot(ctx *pulumi.Context, args *Args, standby *ecs.Service) {
	// The id is not known before the service is, so that a preview of a new stack asks nothing.
	name := pulumi.All(standby.ID(), standby.Name).ApplyT(func(parts []any) string { return parts[1].(string) })
	ecs.LookupServiceOutput(ctx, ecs.LookupServiceOutputArgs{
		ClusterArn: standby.Cluster, ServiceName: name.(pulumi.StringOutput),
	}, pulumi.Parent(standby)).DesiredCount().ApplyT(func(standingIn int) (int, error) {
		if standingIn == 0 {
			return 0, nil
		}
		return standingIn, ctx.Log.Warn(missingSpot(args, standingIn)+"\n"+
			"    A deployment changes them at once, and then waits up to "+steadyTimeout+" for tasks on Spot.",
			&pulumi.LogArgs{Resource: standby})
	})
}

func missingSpot(args *Args, standingIn int) string {
	return fmt.Sprintf("Spot capacity is missing: %d on-demand task(s) of the service %s stand in until it is back.",
		standingIn, StandbyName(args.Name))
}

// explainMissingSpot tells why a deployment of the service on Spot did not become steady, where Spot is to blame. The
// provider knows only that it has waited long enough.
func explainMissingSpot(ctx *pulumi.Context, args *Args) (pulumi.ResourceOption, error) {
	hook, err := ctx.RegisterErrorHook("spot-capacity", func(failed *pulumi.ErrorHookArgs) (bool, error) {
		const retry = false
		cluster := failed.NewInputs["cluster"]
		if !cluster.IsString() {
			return retry, nil
		}
		standby, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{
			ClusterArn: cluster.StringValue(), ServiceName: StandbyName(args.Name),
		})
		if err != nil || standby.DesiredCount == 0 {
			return retry, nil // the provider's own message is all that is known
		}
		return retry, ctx.Log.Error(missingSpot(args, standby.DesiredCount)+"\n"+
			"    They run what was deployed now; the service "+args.Name+" has no tasks on Spot to run it, and ECS goes on trying.\n"+
			"    Run  pulumi up  again when it has, or do without Spot:  pulumi config set useSpot false  and  pulumi up", nil)
	})
	if err != nil {
		return nil, fmt.Errorf("prepare the explanation of missing Spot capacity: %w", err)
	}
	return pulumi.ResourceHooks(&pulumi.ResourceHookBinding{OnError: []*pulumi.ErrorHook{hook}}), nil
}
