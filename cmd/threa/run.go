package main

import (
	"context"
	"time"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run -- COMMAND [argument...]",
		Short: "Run a command once, with the app's image, network and secrets",
		Long: `Runs a command once in a task of its own, with the image, network, roles, variables and secrets that the service runs with
now, on demand and never on Spot. What it says goes to the standard output, and its exit code is that of threa run.
Ctrl-C stops the task. Migrations do not run before it. The task costs as much as one of the service while it runs.`,
		Example: `  go run ./cmd/threa run -- bun run scripts/backfill.ts
  go run ./cmd/threa run -- sh -c 'env | cut -d= -f1 | sort'`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, command []string) error {
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			return runOnce(cmd, app, command, 2*time.Second)
		},
	}
}

func runOnce(cmd *cobra.Command, app *deployment.App, command []string, pause time.Duration) error {
	ctx := cmd.Context()
	once, err := app.Start(ctx, command)
	if err != nil {
		return err
	}
	code, err := once.Follow(ctx, pause, cmd.OutOrStdout(), func(status string) { cmd.PrintErrf("task %s: %s\n", once.Task(), status) })
	if ctx.Err() != nil {
		cmd.PrintErrln("stopping the task")
		if stopped := once.Stop(context.WithoutCancel(ctx)); stopped != nil { // an error would be hidden behind the interrupt
			cmd.PrintErrf("%v\nstop it by hand, it is paid for as long as it runs\n", stopped)
		}
	}
	if err != nil {
		return err
	}
	if code != 0 {
		return &ended{code: code}
	}
	return nil
}
