package ownership

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	cloudwatchtypes "github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	iamtypes "github.com/aws/aws-sdk-go-v2/service/iam/types"
)

// sdkLookups returns the lookups through the AWS SDK.
func (b *builder) sdkLookups(sdk *SDK) []lookup {
	ctx, name := b.ctx.Context(), b.Names.Name
	return []lookup{
		{"CloudWatch alarm", func() (tagged, error) { return findAlarms(ctx, sdk.CloudWatch, b.Alarms) }},
		{"CloudWatch dashboard", func() (tagged, error) { return findDashboard(ctx, sdk.CloudWatch, name) }},
		{"ECR repository", func() (tagged, error) { return findRepository(ctx, sdk.Repositories, name) }},
		{"ECS cluster", func() (tagged, error) { return findCluster(ctx, sdk.Clusters, name) }},
		{kindRole, func() (tagged, error) {
			return findRoles(ctx, sdk.Roles, b.Names.ExecutionRole(), b.Names.TaskRole())
		}},
	}
}

func findAlarms(ctx context.Context, api CloudWatch, names []string) (tagged, error) {
	answer, err := api.DescribeAlarms(ctx, &cloudwatch.DescribeAlarmsInput{AlarmNames: names})
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	found := tagged{}
	for _, alarm := range answer.MetricAlarms {
		listed, err := api.ListTagsForResource(ctx, &cloudwatch.ListTagsForResourceInput{ResourceARN: alarm.AlarmArn})
		if err != nil {
			return nil, err //nolint:wrapcheck // the lookup names the kind
		}
		found[aws.ToString(alarm.AlarmName)] = tags(listed.Tags, func(t cloudwatchtypes.Tag) (key, value *string) {
			return t.Key, t.Value
		})
	}
	return found, nil
}

// findDashboard finds a dashboard, which has no tags.
func findDashboard(ctx context.Context, api CloudWatch, name string) (tagged, error) {
	answer, err := api.ListDashboards(ctx, &cloudwatch.ListDashboardsInput{DashboardNamePrefix: &name})
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	found := tagged{}
	for _, dashboard := range answer.DashboardEntries {
		if aws.ToString(dashboard.DashboardName) == name {
			found[name] = nil
		}
	}
	return found, nil
}

func findRepository(ctx context.Context, api Repositories, name string) (tagged, error) {
	answer, err := api.DescribeRepositories(ctx, &ecr.DescribeRepositoriesInput{RepositoryNames: []string{name}})
	if missing := (*ecrtypes.RepositoryNotFoundException)(nil); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	found := tagged{}
	for _, repository := range answer.Repositories {
		listed, err := api.ListTagsForResource(ctx, &ecr.ListTagsForResourceInput{ResourceArn: repository.RepositoryArn})
		if err != nil {
			return nil, err //nolint:wrapcheck // the lookup names the kind
		}
		found[name] = tags(listed.Tags, func(t ecrtypes.Tag) (key, value *string) { return t.Key, t.Value })
	}
	return found, nil
}

// findCluster leaves out a deleted cluster, which ECS describes for some time.
func findCluster(ctx context.Context, api Clusters, name string) (tagged, error) {
	answer, err := api.DescribeClusters(ctx, &ecs.DescribeClustersInput{
		Clusters: []string{name}, Include: []ecstypes.ClusterField{ecstypes.ClusterFieldTags},
	})
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	found := tagged{}
	for _, cluster := range answer.Clusters {
		if aws.ToString(cluster.Status) != "INACTIVE" {
			found[name] = tags(cluster.Tags, func(t ecstypes.Tag) (key, value *string) { return t.Key, t.Value })
		}
	}
	return found, nil
}

func findRoles(ctx context.Context, api Roles, names ...string) (tagged, error) {
	found := tagged{}
	for _, name := range names {
		role, err := findRole(ctx, api, name)
		if err != nil {
			return nil, err
		}
		if role != nil {
			found[name] = tags(role.Tags, func(t iamtypes.Tag) (key, value *string) { return t.Key, t.Value })
		}
	}
	return found, nil
}

// HasRole reports whether a role exists.
func HasRole(ctx context.Context, api Roles, name string) (bool, error) {
	role, err := findRole(ctx, api, name)
	return role != nil, err
}

// findRole returns nil if the role does not exist.
func findRole(ctx context.Context, api Roles, name string) (*iamtypes.Role, error) {
	answer, err := api.GetRole(ctx, &iam.GetRoleInput{RoleName: &name})
	if missing := (*iamtypes.NoSuchEntityException)(nil); errors.As(err, &missing) {
		return nil, nil
	}
	if err != nil {
		return nil, err //nolint:wrapcheck // the lookup names the kind
	}
	return answer.Role, nil
}

// tags returns the tags of an answer by key.
func tags[T any](list []T, pair func(T) (key, value *string)) map[string]string {
	byKey := map[string]string{}
	for _, tag := range list {
		key, value := pair(tag)
		byKey[aws.ToString(key)] = aws.ToString(value)
	}
	return byKey
}
