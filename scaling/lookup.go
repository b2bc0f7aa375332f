package scaling

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// lookupService finds the service by its tag: the provider's own lookup fails for a service that does not exist, with an
// error that cannot be told from others.
func lookupService(ctx *pulumi.Context, name string) (serviceState, error) {
	tagged, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"ecs:service"},
		TagFilters:          []resourcegroupstaggingapi.GetResourcesTagFilter{{Key: ownerTag}},
	})
	if err != nil {
		return serviceState{}, fmt.Errorf("list services with tag %s: %w", ownerTag, err)
	}
	for _, mapping := range tagged.ResourceTagMappingLists {
		prefix, service, _ := strings.Cut(mapping.ResourceArn, ":service/"+name+"/")
		if service == name {
			return describeService(ctx, prefix+":cluster/"+name, name, mapping.Tags[ownerTag])
		}
	}
	return serviceState{}, nil
}

// describeService reads the desired count. The tagging API lists a service for some time after it was deleted together
// with its cluster.
func describeService(ctx *pulumi.Context, clusterARN, name, owner string) (serviceState, error) {
	clusters, err := ecs.GetClusters(ctx)
	if err != nil {
		return serviceState{}, fmt.Errorf("list clusters: %w", err)
	}
	if !slices.Contains(clusters.ClusterArns, clusterARN) {
		return serviceState{}, nil
	}
	service, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{ClusterArn: clusterARN, ServiceName: name})
	if err != nil {
		return serviceState{}, fmt.Errorf("describe service: %w", err)
	}
	return serviceState{owner: owner, count: service.DesiredCount}, nil
}
