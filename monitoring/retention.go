package monitoring

import (
	"fmt"
	"slices"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/commandline"
	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
)

// WarnOfRetention warns if the log group keeps its logs for more days: an update then deletes the older ones.
func WarnOfRetention(ctx *pulumi.Context, names naming.Stack, days int) error {
	const question = "whether threa:logRetentionDays deletes logs"
	name := names.LogGroup()
	listed, err := cloudwatch.GetLogGroups(ctx, &cloudwatch.GetLogGroupsArgs{LogGroupNamePrefix: &name})
	if err != nil {
		return preconditions.Unanswered(question, err)
	}
	if !slices.Contains(listed.LogGroupNames, name) {
		return nil
	}
	group, err := cloudwatch.LookupLogGroup(ctx, &cloudwatch.LookupLogGroupArgs{Name: name})
	if err != nil {
		return preconditions.Unanswered(question, err)
	}
	if group.RetentionInDays <= days {
		return nil
	}
	return commandline.Warn(ctx, fmt.Sprintf("threa:logRetentionDays is %d, but the log group %s keeps logs for %d days. "+
		"The update deletes the older ones.\n    Keep them:  pulumi config set logRetentionDays %[3]d",
		days, name, group.RetentionInDays))
}
