package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Capacity providers of Fargate.
const (
	onDemand = "FARGATE"
	spot     = "FARGATE_SPOT"
)

// newCluster makes a cluster that always has both capacity providers. They cost nothing, and a provider cannot be taken
// from the cluster while the service moves away from it, which would make the spot toggle a one-way street.
func newCluster(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*ecs.Cluster, error) {
	insights := "disabled"
	if args.Insights {
		insights = "enabled"
	}
	cluster, err := ecs.NewCluster(ctx, name+"-cluster", &ecs.ClusterArgs{
		Name: pulumi.String(args.Name),
		Settings: ecs.ClusterSettingArray{ecs.ClusterSettingArgs{
			Name: pulumi.String("containerInsights"), Value: pulumi.String(insights),
		}},
		Tags: args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create cluster: %w", err)
	}
	return cluster, nil
}

func newCapacityProviders(ctx *pulumi.Context, name string, cluster *ecs.Cluster, parent pulumi.ResourceOption) (*ecs.ClusterCapacityProviders, error) {
	providers, err := ecs.NewClusterCapacityProviders(ctx, name+"-capacity", &ecs.ClusterCapacityProvidersArgs{
		ClusterName:       cluster.Name,
		CapacityProviders: pulumi.ToStringArray([]string{onDemand, spot}),
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("attach capacity providers: %w", err)
	}
	return providers, nil
}
