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

// lookups returns the lookups in the provider.
func (b *builder) lookups() []lookup {
	ctx, n, name := b.ctx, b.Names, []string{b.Names.Name}
	return []lookup{
		{"ECR repository", name, func() ([]string, error) {
			answer, err := orEmpty(ecr.GetRepositories(ctx))
			return answer.Names, err
		}, func(name string) (map[string]string, error) {
			answer, err := orEmpty(ecr.LookupRepository(ctx, &ecr.LookupRepositoryArgs{Name: name}))
			return answer.Tags, err
		}},
		{"ECS cluster", []string{n.Name}, func() (names []string, err error) {
			answer, err := orEmpty(ecs.GetClusters(ctx))
			for _, arn := range answer.ClusterArns {
				names = append(names, arn[strings.LastIndex(arn, "/")+1:])
			}
			return names, err
		}, func(name string) (map[string]string, error) {
			answer, err := orEmpty(ecs.LookupCluster(ctx, &ecs.LookupClusterArgs{ClusterName: name}))
			return answer.Tags, err
		}},
		{kindRole, []string{n.ExecutionRole(), n.TaskRole()}, func() ([]string, error) {
			pattern := "^(" + regexp.QuoteMeta(n.ExecutionRole()) + "|" + regexp.QuoteMeta(n.TaskRole()) + ")$"
			answer, err := orEmpty(iam.GetRoles(ctx, &iam.GetRolesArgs{NameRegex: &pattern}))
			return answer.Names, err
		}, func(name string) (map[string]string, error) {
			answer, err := orEmpty(iam.LookupRole(ctx, &iam.LookupRoleArgs{Name: name}))
			return answer.Tags, err
		}},
		{"RDS instance", name, func() ([]string, error) {
			filters := []rds.GetInstancesFilter{{Name: "db-instance-id", Values: name}}
			answer, err := orEmpty(rds.GetInstances(ctx, &rds.GetInstancesArgs{Filters: filters}))
			return answer.InstanceIdentifiers, err
		}, func(name string) (map[string]string, error) {
			answer, err := orEmpty(rds.LookupInstance(ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &name}))
			return answer.Tags, err
		}},
		{"SSM parameter", n.Parameters(), func() ([]string, error) { return b.parameters, nil }, nil},
		{"log group", []string{n.LogGroup(), n.ExecLogGroup()}, func() ([]string, error) {
			prefix := n.LogGroup()
			answer, err := orEmpty(cloudwatch.GetLogGroups(ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &prefix}))
			return answer.LogGroupNames, err
		}, func(name string) (map[string]string, error) {
			answer, err := orEmpty(cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: name}))
			return answer.Tags, err
		}},
	}
}

// sdkLookups returns the lookups of what the provider has no data source for.
func (b *builder) sdkLookups(api CloudWatch) []lookup {
	ctx, arns := b.ctx.Context(), map[string]*string{} // by the name of the alarm
	return []lookup{
		{"CloudWatch alarm", b.Alarms, func() (names []string, err error) {
			answer, err := orEmpty(api.DescribeAlarms(ctx, &sdkcloudwatch.DescribeAlarmsInput{AlarmNames: b.Alarms}))
			for _, alarm := range answer.MetricAlarms {
				name := aws.ToString(alarm.AlarmName)
				arns[name], names = alarm.AlarmArn, append(names, name)
			}
			return names, err
		}, func(name string) (map[string]string, error) {
			in := &sdkcloudwatch.ListTagsForResourceInput{ResourceARN: arns[name]}
			answer, err := orEmpty(api.ListTagsForResource(ctx, in))
			tags := map[string]string{}
			for _, tag := range answer.Tags {
				tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
			}
			return tags, err
		}},
		{"CloudWatch dashboard", []string{b.Names.Name}, func() (names []string, err error) {
			in := &sdkcloudwatch.ListDashboardsInput{DashboardNamePrefix: &b.Names.Name}
			answer, err := orEmpty(api.ListDashboards(ctx, in))
			for _, dashboard := range answer.DashboardEntries {
				names = append(names, aws.ToString(dashboard.DashboardName))
			}
			return names, err
		}, nil},
	}
}

// orEmpty returns an empty answer in place of nil, which comes with an error.
func orEmpty[T any](answer *T, err error) (*T, error) {
	if answer == nil {
		answer = new(T)
	}
	return answer, err
}
