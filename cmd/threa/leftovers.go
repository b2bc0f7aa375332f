package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/spf13/cobra"

	"threa-infra/internal/cost"
	"threa-infra/internal/naming"
)

func newLeftovers() *cobra.Command {
	return &cobra.Command{
		Use:   "leftovers",
		Short: "List what a destroy left in AWS, what it costs and how to delete it",
		Long: `Lists what pulumi destroy left in AWS: snapshots of the database, SSM parameters that you created yourself, and
the log group of Container Insights.
Each has its price and the command that deletes it. Run it after the destroy, while the stack still has its
configuration. Nothing is changed.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			ctx, pulumi := cmd.Context(), pulumiOn(stackFlag(cmd))
			resources, err := pulumi.Resources(ctx)
			if err != nil {
				return err
			}
			if len(resources) > 0 {
				return fmt.Errorf("the stack still has %d resources. Run this after: pulumi destroy", len(resources))
			}
			name, err := pulumi.AWSName(ctx)
			if err != nil {
				return err
			}
			settings, err := pulumi.AWSConfig(ctx)
			if err != nil {
				return err
			}
			lines, err := leftovers(ctx, settings, name)
			if err != nil {
				return err
			}
			for _, line := range lines {
				cmd.Println(line)
			}
			return nil
		},
	}
}

// leftovers returns, as lines of a Markdown list, what a stack has left in AWS. name is the prefix of its AWS names.
func leftovers(ctx context.Context, settings aws.Config, name string) ([]string, error) {
	var lines []string
	add := func(thing, price, deletion string) {
		lines = append(lines, fmt.Sprintf("- %s, %s. Delete it: `aws %s`", thing, price, deletion))
	}
	snapshots := rds.NewDescribeDBSnapshotsPaginator(rds.NewFromConfig(settings), &rds.DescribeDBSnapshotsInput{
		DBInstanceIdentifier: &name, SnapshotType: aws.String("manual"),
	})
	for snapshots.HasMorePages() {
		page, err := snapshots.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list snapshots of %s: %w", name, err)
		}
		for _, snapshot := range page.DBSnapshots {
			id, size := aws.ToString(snapshot.DBSnapshotIdentifier), int(aws.ToInt32(snapshot.AllocatedStorage))
			price := "charged for each GB"
			if monthly, known := cost.SnapshotCost(settings.Region, size); known {
				price = "at most " + monthly.String() + " USD a month"
			}
			add(fmt.Sprintf("the snapshot `%s` of %d GB", id, size), price,
				fmt.Sprintf("rds delete-db-snapshot --region %s --db-snapshot-identifier %s", settings.Region, id))
		}
	}
	parameters := ssm.NewGetParametersByPathPaginator(ssm.NewFromConfig(settings), &ssm.GetParametersByPathInput{
		Path: aws.String(naming.Stack{Name: name}.ParameterPath()), Recursive: aws.Bool(true),
	})
	for parameters.HasMorePages() {
		page, err := parameters.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list parameters of %s: %w", name, err)
		}
		for _, parameter := range page.Parameters {
			id := aws.ToString(parameter.Name)
			add(fmt.Sprintf("the parameter `%s`", id), "free",
				fmt.Sprintf("ssm delete-parameter --region %s --name %s", settings.Region, id))
		}
	}
	// AWS creates the group for Container Insights, so no stack owns it.
	group := naming.Stack{Name: name}.InsightsLogGroup()
	groups, err := cloudwatchlogs.NewFromConfig(settings).DescribeLogGroups(ctx,
		&cloudwatchlogs.DescribeLogGroupsInput{LogGroupNamePrefix: &group})
	if err != nil {
		return nil, fmt.Errorf("look up log group %s: %w", group, err)
	}
	if len(groups.LogGroups) > 0 {
		add(fmt.Sprintf("the log group `%s` of Container Insights", group), "charged for each stored GB",
			fmt.Sprintf("logs delete-log-group --region %s --log-group-name %s", settings.Region, group))
	}
	if len(lines) == 0 {
		lines = []string{"- nothing"}
	}
	return lines, nil
}
