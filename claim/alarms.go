package claim

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// CloudWatch are the calls that look up alarms and dashboards. The provider has no data source for either, and silently
// overwrites both. *cloudwatch.Client of the AWS SDK is one.
type CloudWatch interface {
	DescribeAlarms(context.Context, *cloudwatch.DescribeAlarmsInput, ...func(*cloudwatch.Options)) (*cloudwatch.DescribeAlarmsOutput, error)
	ListTagsForResource(context.Context, *cloudwatch.ListTagsForResourceInput, ...func(*cloudwatch.Options),
	) (*cloudwatch.ListTagsForResourceOutput, error)
	ListDashboards(context.Context, *cloudwatch.ListDashboardsInput, ...func(*cloudwatch.Options)) (*cloudwatch.ListDashboardsOutput, error)
}

func (a *Args) findAlarms(watch CloudWatch) lookup {
	return func(ctx *pulumi.Context) ([]resource, error) {
		listed, err := watch.DescribeAlarms(ctx.Context(), &cloudwatch.DescribeAlarmsInput{AlarmNames: a.Names.Alarms})
		if err != nil {
			return nil, err
		}
		arns := map[string]*string{}
		var inUse []string
		for _, alarm := range listed.MetricAlarms {
			name := aws.ToString(alarm.AlarmName)
			arns[name], inUse = alarm.AlarmArn, append(inUse, name)
		}
		return withTags(named("CloudWatch alarm", a.Names.Alarms, inUse), func(name string) (map[string]string, error) {
			return alarmTags(ctx, watch, arns[name])
		})
	}
}

func alarmTags(ctx *pulumi.Context, watch CloudWatch, arn *string) (map[string]string, error) {
	listed, err := watch.ListTagsForResource(ctx.Context(), &cloudwatch.ListTagsForResourceInput{ResourceARN: arn})
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for _, tag := range listed.Tags {
		tags[aws.ToString(tag.Key)] = aws.ToString(tag.Value)
	}
	return tags, nil
}

func (a *Args) findDashboard(watch CloudWatch) lookup {
	return func(ctx *pulumi.Context) ([]resource, error) {
		listed, err := watch.ListDashboards(ctx.Context(), &cloudwatch.ListDashboardsInput{DashboardNamePrefix: &a.Name})
		if err != nil {
			return nil, err
		}
		var inUse []string
		for _, dashboard := range listed.DashboardEntries {
			inUse = append(inUse, aws.ToString(dashboard.DashboardName))
		}
		return named("CloudWatch dashboard", []string{a.Name}, inUse), nil
	}
}

// warnSkipped says which check is skipped and why. A nil reason means that none is.
func (a *Args) warnSkipped(ctx *pulumi.Context, reason error) error {
	if reason == nil {
		return nil
	}
	note := fmt.Sprintf("not checked: whether alarms %s-… or a dashboard %s exist already: %v", a.Name, a.Name, reason)
	if err := ctx.Log.Warn(note, nil); err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	return nil
}
