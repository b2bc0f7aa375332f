package ownership

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	sdkcloudwatch "github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
)

const kindRole = "IAM role"

// resource is a resource in AWS that has one of the stack's names.
type resource struct {
	kind, name string
	tags       map[string]string
}

// A lookup finds the resources of one kind that have the stack's names. It lists first: a data source of the provider
// that finds nothing writes an error to the log. The tagging API lists every type, but also what was deleted hours ago.
type lookup struct {
	kind  string
	names []string
	// list returns names in use, at least those of names.
	list func() ([]string, error)
	// tags returns the tags of a listed resource. It is nil for a kind without tags.
	tags func(name string) (map[string]string, error)
}

func (l lookup) run() ([]resource, error) {
	inUse, err := l.list()
	if err != nil {
		return nil, fmt.Errorf("look up %ss: %w", l.kind, err)
	}
	var found []resource
	for _, name := range l.names {
		if !slices.Contains(inUse, name) {
			continue
		}
		r := resource{kind: l.kind, name: name}
		if l.tags != nil {
			if r.tags, err = l.tags(name); err != nil {
				return nil, fmt.Errorf("read the tags of %s %s: %w", l.kind, name, err)
			}
		}
		found = append(found, r)
	}
	return found, nil
}

// lookups returns the lookups in the provider. An answer is nil if there is an error.
func (b *builder) lookups() []lookup {
	ctx, n, name := b.ctx, b.Names, []string{b.Names.Name}
	return []lookup{
		{"ECR repository", name, func() ([]string, error) {
			answer, err := ecr.GetRepositories(ctx)
			return orEmpty(answer).Names, err
		}, func(name string) (map[string]string, error) {
			answer, err := ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: name})
			return orEmpty(answer).Tags, err
		}},
		{"ECS cluster", []string{n.Name}, func() (names []string, err error) {
			answer, err := ecs.GetClusters(ctx)
			for _, arn := range orEmpty(answer).ClusterArns {
				names = append(names, arn[strings.LastIndex(arn, "/")+1:])
			}
			return names, err
		}, func(name string) (map[string]string, error) {
			answer, err := ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: name})
			return orEmpty(answer).Tags, err
		}},
		{kindRole, []string{n.ExecutionRole(), n.TaskRole()}, func() ([]string, error) {
			pattern := "^(" + regexp.QuoteMeta(n.ExecutionRole()) + "|" + regexp.QuoteMeta(n.TaskRole()) + ")$"
			answer, err := iam.GetRoles(ctx, &iam.GetRolesArgs{NameRegex: &pattern})
			return orEmpty(answer).Names, err
		}, func(name string) (map[string]string, error) {
			answer, err := iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: name})
			return orEmpty(answer).Tags, err
		}},
		{"RDS instance", name, func() ([]string, error) {
			filters := []rds.GetInstancesFilter{{Name: "db-instance-id", Values: name}}
			answer, err := rds.GetInstances(ctx, &rds.GetInstancesArgs{Filters: filters})
			return orEmpty(answer).InstanceIdentifiers, err
		}, func(name string) (map[string]string, error) {
			answer, err := rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &name})
			return orEmpty(answer).Tags, err
		}},
		{"SSM parameter", n.Parameters(), func() ([]string, error) { return b.parameters, nil }, nil},
		{"log group", []string{n.LogGroup()}, func() ([]string, error) {
			prefix := n.LogGroup()
			answer, err := cloudwatch.GetLogGroups(ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &prefix})
			return orEmpty(answer).LogGroupNames, err
		}, func(name string) (map[string]string, error) {
			answer, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
			return orEmpty(answer).Tags, err
		}},
	}
}

// sdkLookups returns the lookups of what the provider has no data source for.
func (b *builder) sdkLookups(api CloudWatch) []lookup {
	ctx, arns := b.ctx.Context(), map[string]*string{} // by the name of the alarm
	return []lookup{
		{"CloudWatch alarm", b.Alarms, func() (names []string, err error) {
			answer, err := api.DescribeAlarms(ctx, &sdkcloudwatch.DescribeAlarmsInput{AlarmNames: b.Alarms})
			for _, alarm := range orEmpty(answer).MetricAlarms {
				name := aws.ToString(alarm.AlarmName)
				arns[name], names = alarm.AlarmArn, append(names, name)
			}
			return names, err
		}, func(name string) (map[string]string, error) {
			answer, err := api.ListTagsForResource(ctx, &sdkcloudwatch.ListTagsForResourceInput{ResourceARN: arns[name]})
			tags := map[string]string{}
			for _, tag := range orEmpty(answer).Tags {
				tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			return tags, err
		}},
		{"CloudWatch dashboard", []string{b.Names.Name}, func() (names []string, err error) {
			in := &sdkcloudwatch.ListDashboardsInput{DashboardNamePrefix: &b.Names.Name}
			answer, err := api.ListDashboards(ctx, in)
			for _, dashboard := range orEmpty(answer).DashboardEntries {
				names = append(names, aws.ToString(dashboard.DashboardName))
			}
			return names, err
		}, nil},
	}
}

// orEmpty returns an answer, or an empty one for nil.
func orEmpty[T any](answer *T) *T {
	if answer == nil {
		return new(T)
	}
	return answer
}
