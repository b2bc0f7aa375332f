// Package cloudwatch mocks the AWS SDK's client of CloudWatch.
package cloudwatch

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/cloudwatch"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatch/types"

	"threa-infra/internal/mocks"
)

// The types of the resources that CloudWatch lists.
const (
	Alarm     = "aws:cloudwatch/metricAlarm:MetricAlarm"
	Dashboard = "aws:cloudwatch/dashboard:Dashboard"
)

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeAlarms returns the alarms with the given names.
func (c Client) DescribeAlarms(_ context.Context, in *cloudwatch.DescribeAlarmsInput,
	_ ...func(*cloudwatch.Options),
) (*cloudwatch.DescribeAlarmsOutput, error) {
	out := &cloudwatch.DescribeAlarmsOutput{}
	for _, name := range in.AlarmNames {
		if c.alarm(name) != nil {
			out.MetricAlarms = append(out.MetricAlarms, types.MetricAlarm{AlarmName: &name, AlarmArn: &name})
		}
	}
	return out, c.Refuse("cloudwatch:DescribeAlarms")
}

func (c Client) alarm(name string) mocks.Item {
	for _, alarm := range c.Existing[Alarm] {
		if alarm["name"] == name {
			return alarm
		}
	}
	return nil
}

// ListTagsForResource returns the tags of an alarm.
func (c Client) ListTagsForResource(_ context.Context, in *cloudwatch.ListTagsForResourceInput,
	_ ...func(*cloudwatch.Options),
) (*cloudwatch.ListTagsForResourceOutput, error) {
	out := &cloudwatch.ListTagsForResourceOutput{}
	for key, value := range c.alarm(*in.ResourceARN).Tags() {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: &value})
	}
	return out, nil
}

// ListDashboards returns all dashboards.
func (c Client) ListDashboards(context.Context, *cloudwatch.ListDashboardsInput, ...func(*cloudwatch.Options),
) (*cloudwatch.ListDashboardsOutput, error) {
	out := &cloudwatch.ListDashboardsOutput{}
	for _, dashboard := range c.Existing[Dashboard] {
		name := fmt.Sprint(dashboard["name"])
		out.DashboardEntries = append(out.DashboardEntries, types.DashboardEntry{DashboardName: &name})
	}
	return out, nil
}
