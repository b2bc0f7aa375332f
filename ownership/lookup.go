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
	awsiam "github.com/pulumi/pulumi-aws/sdk/v6/go/aws/iam"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

const kindRole = "IAM role"

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

// lookups returns all lookups before the first deployment. watch is nil if CloudWatch cannot be reached.
func (b *builder) lookups(watch CloudWatch) []lookup {
	name, n := []string{b.Names.Name}, b.Names
	lookups := []lookup{
		{"ECR repository", name, b.listRepositories, b.repositoryTags},
		{"ECS cluster", name, b.listClusters, b.clusterTags},
		{kindRole, []string{n.ExecutionRole(), n.TaskRole()}, b.listRoles, b.roleTags},
		{"RDS instance", name, b.listInstances, b.instanceTags},
		{"SSM parameter", n.Parameters(), func() ([]string, error) { return b.parameters, nil }, nil},
		{"log group", []string{n.LogGroup()}, b.listLogGroups, b.logGroupTags},
	}
	if watch == nil {
		return lookups
	}
	alarms := alarmLookup{b, watch, map[string]*string{}}
	return append(lookups,
		lookup{"CloudWatch alarm", b.Alarms, alarms.list, alarms.tags}, lookup{"CloudWatch dashboard", name,
			alarms.dashboards, nil})
}

// get takes a field of the provider's answer.
func get[A, F any](answer *A, err error, field func(*A) F) (F, error) {
	if err != nil {
		var none F
		return none, err
	}
	return field(answer), nil
}

type (
	names = []string
	tags  = map[string]string
)

func (b *builder) listRoles() (names, error) {
	pattern := "^(" + regexp.QuoteMeta(b.Names.ExecutionRole()) + "|" + regexp.QuoteMeta(b.Names.TaskRole()) + ")$"
	answer, err := awsiam.GetRoles(b.ctx, &awsiam.GetRolesArgs{NameRegex: &pattern})
	return get(answer, err, func(r *awsiam.GetRolesResult) names { return r.Names })
}

func (b *builder) roleTags(name string) (tags, error) {
	answer, err := awsiam.LookupRole(b.ctx, &awsiam.LookupRoleArgs{Name: name})
	return get(answer, err, func(r *awsiam.LookupRoleResult) tags { return r.Tags })
}

func (b *builder) listClusters() (names, error) {
	answer, err := ecs.GetClusters(b.ctx)
	return get(answer, err, func(r *ecs.GetClustersResult) (clusters names) {
		for _, arn := range r.ClusterArns {
			clusters = append(clusters, arn[strings.LastIndex(arn, "/")+1:])
		}
		return clusters
	})
}

func (b *builder) clusterTags(name string) (tags, error) {
	answer, err := ecs.LookupCluster(b.ctx, &ecs.LookupClusterArgs{ClusterName: name})
	return get(answer, err, func(r *ecs.LookupClusterResult) tags { return r.Tags })
}

func (b *builder) listInstances() (names, error) {
	filter := rds.GetInstancesFilter{Name: "db-instance-id", Values: []string{b.Names.Name}}
	answer, err := rds.GetInstances(b.ctx, &rds.GetInstancesArgs{Filters: []rds.GetInstancesFilter{filter}})
	return get(answer, err, func(r *rds.GetInstancesResult) names { return r.InstanceIdentifiers })
}

func (b *builder) instanceTags(name string) (tags, error) {
	answer, err := rds.LookupInstance(b.ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &name})
	return get(answer, err, func(r *rds.LookupInstanceResult) tags { return r.Tags })
}

func (b *builder) listRepositories() (names, error) {
	answer, err := ecr.GetRepositories(b.ctx)
	return get(answer, err, func(r *ecr.GetRepositoriesResult) names { return r.Names })
}

func (b *builder) repositoryTags(name string) (tags, error) {
	answer, err := ecr.LookupRepository(b.ctx, &ecr.LookupRepositoryArgs{Name: name})
	return get(answer, err, func(r *ecr.LookupRepositoryResult) tags { return r.Tags })
}

func (b *builder) listLogGroups() (names, error) {
	prefix := pulumi.StringRef(b.Names.LogGroup())
	answer, err := cloudwatch.GetLogGroups(b.ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: prefix})
	return get(answer, err, func(r *cloudwatch.GetLogGroupsResult) names { return r.LogGroupNames })
}

func (b *builder) logGroupTags(name string) (tags, error) {
	answer, err := cloudwatch.LookupLogGroup(b.ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
	return get(answer, err, func(r *cloudwatch.LookupLogGroupResult) tags { return r.Tags })
}

// alarmLookup looks up alarms and dashboards.
type alarmLookup struct {
	*builder
	api  CloudWatch
	arns map[string]*string // by the name of the alarm
}

func (a alarmLookup) list() (alarms names, err error) {
	answer, err := a.api.DescribeAlarms(a.ctx.Context(), &sdkcloudwatch.DescribeAlarmsInput{AlarmNames: a.Alarms})
	return get(answer, err, func(r *sdkcloudwatch.DescribeAlarmsOutput) (alarms names) {
		for _, alarm := range r.MetricAlarms {
			name := aws.ToString(alarm.AlarmName)
			a.arns[name], alarms = alarm.AlarmArn, append(alarms, name)
		}
		return alarms
	})
}

func (a alarmLookup) tags(name string) (tags, error) {
	in := &sdkcloudwatch.ListTagsForResourceInput{ResourceARN: a.arns[name]}
	answer, err := a.api.ListTagsForResource(a.ctx.Context(), in)
	return get(answer, err, func(r *sdkcloudwatch.ListTagsForResourceOutput) tags {
		all := tags{}
		for _, tag := range r.Tags {
			all[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
		}
		return all
	})
}

func (a alarmLookup) dashboards() (names, error) {
	in := &sdkcloudwatch.ListDashboardsInput{DashboardNamePrefix: &a.Names.Name}
	answer, err := a.api.ListDashboards(a.ctx.Context(), in)
	return get(answer, err, func(r *sdkcloudwatch.ListDashboardsOutput) (dashboards names) {
		for _, dashboard := range r.DashboardEntries {
			dashboards = append(dashboards, aws.ToString(dashboard.DashboardName))
		}
		return dashboards
	})
}
