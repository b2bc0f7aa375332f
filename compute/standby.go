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
	all := serviceArgs(args, StandbyName(args.Name), only(onDemand), cluster, task)
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
