package monitoring

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/program"
	"threa-infra/internal/resources"
)

// Logs lists log groups. *cloudwatchlogs.Client implements it. It answers in one call what takes the provider three.
type Logs interface {
	DescribeLogGroups(context.Context, *cloudwatchlogs.DescribeLogGroupsInput, ...func(*cloudwatchlogs.Options),
	) (*cloudwatchlogs.DescribeLogGroupsOutput, error)
}

// WarnOfRetention warns if the log group keeps its logs for more days: an update then deletes the older ones.
func WarnOfRetention(ctx *pulumi.Context, logs Logs, names naming.Stack, days int) error {
	name := names.LogGroup()
	listed, err := logs.DescribeLogGroups(ctx.Context(), &cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &name})
	if err != nil {
		return preconditions.Unanswered("whether threa:logRetentionDays deletes logs", err)
	}
	kept, text := 0, ""
	for _, group := range listed.LogGroups {
		switch {
		case aws.ToString(group.LogGroupName) != name:
		case aws.ToInt32(group.RetentionInDays) == 0: // another program created it
			kept, text = resources.LongestRetention, "without a limit"
		default:
			kept = int(*group.RetentionInDays)
			text = fmt.Sprintf("for %d days", kept)
		}
	}
	if kept <= days {
		return nil
	}
	return program.Warn(ctx, fmt.Sprintf("threa:logRetentionDays is %d, but the log group %s keeps logs %s. "+
		"The update deletes the older ones.\n    Keep them:  pulumi config set logRetentionDays %d",
		days, name, text, kept))
}
