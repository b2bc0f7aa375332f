package mocks

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"
)

// CloudWatch is the part of the AWS SDK's client that the program uses, on AWS.Alarms and AWS.Dashboards.
type CloudWatch struct{ *AWS }

// DescribeAlarms returns the alarms with the given names.
func (c CloudWatch) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput, _ ...func(*cloudwatch.Options),
) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		if _, exists := c.Alarms[name]; exists {
			out.MetricAlarms = append(out.MetricAlarms, types.MetricAlarm{AlarmName: &name, AlarmArn: &name})
		}
	}
	return out, c.refuse("cloudwatch:DescribeAlarms")
}

// ListTagsForResource returns the tags of an alarm.
func (c CloudWatch) ListTagsForResource(_ context.Context, in *cloudwatch.ListTagsForResourceInput,
	_ ...func(*cloudwatch.Options),
) (*cloudwatch.ListTagsForResourceOutput, error) {
	out := &cloudwatch.ListTagsForResourceOutput{}
	for key, value := range c.Alarms[*in.ResourceARN] {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: &value})
	}
	return out, nil
}

// ListDashboards returns all dashboards.
func (c CloudWatch) ListDashboards(context.Context, *cloudwatch.ListDashboardsInput, ...func(*cloudwatch.Options),
) (*cloudwatch.ListDashboardsOutput, error) {
	out := &cloudwatch.ListDashboardsOutput{}
	for _, name := range c.Dashboards {
		out.DashboardEntries = append(out.DashboardEntries, types.DashboardEntry{DashboardName: &name})
	}
	return out, nil
}
