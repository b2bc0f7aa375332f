package mocks

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Named are the tags of resources of one type, by name.
type Named map[string]map[string]string

func (n Named) names(match func(string) bool) []any {
	var all []any
	for _, name := range slices.Sorted(maps.Keys(n)) {
		if match(name) {
			all = append(all, name)
		}
	}
	return all
}

// found answers a lookup by name.
func (n Named) found(name string) (resource.PropertyMap, error) {
	tags, exists := n[name]
	if !exists {
		return nil, fmt.Errorf("reading %s: couldn't find resource", name)
	}
	all := map[string]any{}
	for key, value := range tags {
		all[key] = value
	}
	return answer(map[string]any{"id": name, "tags": all}), nil
}

// byName answers the functions that list resources or look one up by its name. known is false for other functions.
func (a *AWS) byName(args pulumi.MockCallArgs) (found resource.PropertyMap, known bool, err error) {
	every := func(string) bool { return true }
	switch args.Token {
	case "aws:iam/getRoles:getRoles":
		return answer(map[string]any{"names": a.Roles.names(matches(text(args.Args, "nameRegex")))}), true, nil
	case "aws:iam/getRole:getRole":
		found, err = a.Roles.found(text(args.Args, "name"))
		if err == nil {
			found["assumeRolePolicy"] = resource.NewProperty(a.Trust[text(args.Args, "name")])
		}
	case "aws:ecs/getCluster:getCluster":
		found, err = a.Clusters.found(text(args.Args, "clusterName"))
	case "aws:ecr/getRepositories:getRepositories":
		return answer(map[string]any{"names": a.Repositories.names(every)}), true, nil
	case "aws:ecr/getRepository:getRepository":
		found, err = a.Repositories.found(text(args.Args, "name"))
	case "aws:cloudwatch/getLogGroups:getLogGroups":
		prefix := text(args.Args, "logGroupNamePrefix")
		return answer(map[string]any{"logGroupNames": a.LogGroups.names(func(name string) bool {
			return strings.HasPrefix(name, prefix)
		})}), true, nil
	case "aws:cloudwatch/getLogGroup:getLogGroup":
		found, err = a.LogGroups.found(text(args.Args, "name"))
	default:
		return nil, false, nil
	}
	return found, true, err
}

// CloudWatch is the part of the AWS SDK's client that the program uses, on AWS.Alarms and AWS.Dashboards.
type CloudWatch struct{ *AWS }

// DescribeAlarms answers with the alarms that are asked for by name.
func (c CloudWatch) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		if _, exists := c.Alarms[name]; exists {
			out.MetricAlarms = append(out.MetricAlarms, types.MetricAlarm{AlarmName: &name, AlarmArn: &name})
		}
	}
	return out, c.refused("cloudwatch:DescribeAlarms")
}

// ListTagsForResource answers with the tags of an alarm.
func (c CloudWatch) ListTagsForResource(_ context.Context, in *cloudwatch.ListTagsForResourceInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.ListTagsForResourceOutput, error) {
	out := &cloudwatch.ListTagsForResourceOutput{}
	for key, value := range c.Alarms[*in.ResourceARN] {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: &value})
	}
	return out, nil
}

// ListDashboards answers with all dashboards.
func (c CloudWatch) ListDashboards(context.Context, *cloudwatch.ListDashboardsInput, ...func(*cloudwatch.Options),
) (*cloudwatch.ListDashboardsOutput, error) {
	out := &cloudwatch.ListDashboardsOutput{}
	for _, name := range c.Dashboards {
		out.DashboardEntries = append(out.DashboardEntries, types.DashboardEntry{DashboardName: &name})
	}
	return out, nil
}

func matches(expression string) func(string) bool { return regexp.MustCompile(expression).MatchString }
