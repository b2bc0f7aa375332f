// Package cloudwatchlogs mocks the AWS SDK's client of CloudWatch Logs.
package cloudwatchlogs

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs/types"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeLogGroups returns the log groups with a prefix.
func (c Client) DescribeLogGroups(_ context.Context, in *cloudwatchlogs.DescribeLogGroupsInput,
	_ ...func(*cloudwatchlogs.Options),
) (*cloudwatchlogs.DescribeLogGroupsOutput, error) {
	out := &cloudwatchlogs.DescribeLogGroupsOutput{}
	for _, item := range c.Existing[resources.LogGroup] {
		if name := fmt.Sprint(item["name"]); strings.HasPrefix(name, *in.LogGroupNamePrefix) {
			days, _ := item["retentionInDays"].(int)
			out.LogGroups = append(out.LogGroups, types.LogGroup{LogGroupName: &name,
				RetentionInDays: aws.Int32(int32(days))}) //nolint:gosec // a test's number
		}
	}
	return out, c.Refuse("logs:DescribeLogGroups")
}
