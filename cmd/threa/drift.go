package main

import (
	"context"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/drift"
	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/cmd/threa/internal/secrets"
	"threa-infra/cmd/threa/recovery"
)

func newDrift() *cobra.Command {
	return &cobra.Command{
		Use:   "drift",
		Short: "Show what was changed in AWS by hand",
		Long: `Shows as Markdown how AWS differs from what the stack deployed:
  - what the next up would change back;
  - resources with the stack's tags, and rules of its security groups, that are not in its state;
  - what was added to the stack's resources by hand: policies of roles, routes, listener rules, and parameters under the
    stack's path.

Differences that the program ignores, such as the number of tasks under autoscaling, are not drift; nor are changes of
the program or its configuration that are not deployed yet. Additions to other resources, such as subscriptions to the
alarm topic or targets of an event rule, are not looked for. Neither AWS nor the state is changed.

Exit codes: 0 no drift; 1 the check failed; 2 nothing is deployed; 4 drift.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return reportDrift(cmd) },
	}
}

func reportDrift(cmd *cobra.Command) error {
	ctx, command := cmd.Context(), pulumiOn(stackFlag(cmd))
	name, err := command.StackName(ctx)
	if err != nil {
		return err
	}
	state, err := command.State(ctx)
	if err != nil {
		return err
	}
	resources, err := command.Resources(ctx)
	if err != nil {
		return err
	}
	if len(resources) == 0 {
		return fmt.Errorf("%w: stack %s has no resources", deployment.ErrNotDeployed, name)
	}
	report, err := findDrift(ctx, command, state)
	if err != nil {
		return err
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), withStack(cmd, report.Markdown(name))); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if !report.Empty() {
		return exitDrift
	}
	return nil
}

// findDrift compares the state with AWS.
func findDrift(ctx context.Context, command pulumicli.Command, state []byte) (*drift.Report, error) {
	awsConfig, err := command.AWSConfig(ctx)
	if err != nil {
		return nil, err
	}
	settings, err := secrets.Load(ctx, command)
	if err != nil {
		return nil, err
	}
	preview, err := command(ctx, nil, "preview", "--refresh", "--json", "--non-interactive")
	if err != nil {
		return nil, fmt.Errorf("preview the stack: %w", err)
	}
	report, api := &drift.Report{}, recovery.NewAPI(awsConfig)
	if report.Changes, err = drift.ReadPreview(preview); err != nil {
		return nil, err
	}
	if report.Unmanaged, err = api.Unmanaged(ctx, state); err != nil {
		return nil, err
	}
	report.Added, report.Skipped, err = api.Additions(ctx, state, settings.OwnParameters())
	return report, err
}
