package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/drift"
	"threa-infra/cmd/threa/recovery"
)

func newDrift() *cobra.Command {
	return &cobra.Command{
		Use:   "drift",
		Short: "Show what was changed in AWS by hand",
		Long: `Shows as Markdown how AWS differs from what the stack deployed: what the next up would change back, and
resources with the stack's tags or in its security groups that are not in its state. Differences that the program
ignores, such as the number of tasks under autoscaling, are not drift; nor are resources that were not deployed yet or
are to be deleted. Neither AWS nor the state is changed.

Exit codes: 0 no drift; 1 the check failed; 4 drift.`,
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
	awsConfig, err := command.AWSConfig(ctx)
	if err != nil {
		return err
	}
	preview, err := command(ctx, nil, "preview", "--refresh", "--json", "--non-interactive")
	if err != nil {
		return fmt.Errorf("preview the stack: %w", err)
	}
	report := &drift.Report{}
	if report.Changes, err = drift.ReadPreview(preview, state); err != nil {
		return err
	}
	if report.Unmanaged, err = recovery.NewAPI(awsConfig).Unmanaged(ctx, state); err != nil {
		return err
	}
	if _, err := io.WriteString(cmd.OutOrStdout(), report.Markdown(name)); err != nil {
		return fmt.Errorf("write report: %w", err)
	}
	if !report.Empty() {
		return exitDrift
	}
	return nil
}
