package main

import (
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/drift"
	"threa-infra/cmd/threa/recovery"
)

func newDrift() *cobra.Command {
	return &cobra.Command{
		Use:   "drift",
		Short: "Say what somebody changed in AWS by hand",
		Long: `Says how AWS differs from what the stack deployed, as Markdown: what the next up would put back, and what is in AWS with the
stack's tags or in its security groups, but not in its state. What the program leaves to something else, such as the number
of tasks while they are scaled, is no drift; nor is what was not deployed yet, or was destroyed. Nothing is changed, neither
in AWS nor in the state.

Exit codes: 0 nothing differs; 1 it could not be found out; 4 something differs.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			run, err := pulumiOf(cmd)
			if err != nil {
				return err
			}
			return sayDrift(cmd.Context(), run, cmd.OutOrStdout())
		},
	}
}

func sayDrift(ctx context.Context, run deployment.Pulumi, out io.Writer) error {
	settings, err := regional(ctx, run)
	if err != nil {
		return err
	}
	name, err := run(ctx, nil, "stack", "--show-name")
	if err != nil {
		return fmt.Errorf("find the stack: %w", err)
	}
	state, err := run(ctx, nil, "stack", "export")
	if err != nil {
		return fmt.Errorf("export the stack's state: %w", err)
	}
	preview, err := run(ctx, nil, "preview", "--refresh", "--json", "--non-interactive")
	if err != nil {
		return fmt.Errorf("preview what differs: %w", err)
	}
	report := &drift.Report{}
	if report.Changes, err = drift.Read(preview, state); err != nil {
		return err
	}
	r := &recovery.Recovery{Pulumi: run, API: recovery.NewAPI(settings), Print: func(string, ...any) {}}
	if report.Strangers, err = r.Unmanaged(ctx); err != nil {
		return err
	}
	if _, err := io.WriteString(out, report.Markdown(strings.TrimSpace(string(name)))); err != nil {
		return fmt.Errorf("write the report: %w", err)
	}
	if !report.None() {
		return &ended{code: exitDrift}
	}
	return nil
}
