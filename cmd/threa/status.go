package main

import (
	"context"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

// defaultTimeout is as long as pulumi up waits for a deployment.
const defaultTimeout = 20 * time.Minute

// look is the pause between two looks at what AWS does.
const look = 5 * time.Second

func newDeployStatus() *cobra.Command {
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "deploy-status",
		Short: "Say whether what the stack registered is what runs, and if not, why",
		Long: `Says whether what the stack registered last is what really runs: ECS calls a service steady that has gone back to the old
code. It is green only when as many of the new tasks as are wanted run and are healthy, and the old ones are gone. When
it is red it says why: how the last task ended, the exit codes of its containers, what the failed one said last, and the
service's events.

Exit codes: 0 it runs; 1 it does not, or not within the timeout; 2 nothing is deployed that could run, or the command
line is wrong; 3 the deployment is under way, which only happens without --wait.`,
		Example: `  go run ./cmd/threa deploy-status
  pulumi up --yes && go run ./cmd/threa deploy-status --wait`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			if !wait {
				timeout = 0
			}
			return deployStatus(cmd.Context(), app, timeout, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVarP(&wait, "wait", "w", false, "follow the deployment until it runs or has failed")
	cmd.Flags().DurationVar(&timeout, "timeout", defaultTimeout, "how long to wait")
	return cmd
}

// deployStatus waits for no longer than the timeout; 0 does not wait.
func deployStatus(ctx context.Context, app *deployment.App, timeout time.Duration, out io.Writer) error {
	say := func(format string, values ...any) { _, _ = fmt.Fprintf(out, format+"\n", values...) }
	seen, err := app.Look(ctx)
	if err != nil {
		return err
	}
	verdict := seen.Judge()
	if timeout > 0 {
		limited, cancel := context.WithTimeout(ctx, timeout)
		defer cancel()
		verdict, err = app.Follow(limited, seen, look, func(line string) {
			say("%s  %s", time.Now().UTC().Format(time.TimeOnly), line)
		})
		if err != nil {
			return err
		}
	}
	code := exitFailed
	switch {
	case verdict.State == deployment.Runs:
		say("%s", verdict.Text)
		return nil
	case verdict.State == deployment.Failed:
		say("FAILED: %s", verdict.Text)
	case timeout > 0:
		say("FAILED: not within %s: %s", timeout, verdict.Text)
	default:
		say("Under way: %s\n%s", verdict.Text, seen.Progress())
		code = exitUnderWay
	}
	diagnosis, err := app.Diagnose(ctx, seen)
	if err != nil {
		return err
	}
	if code == exitUnderWay && diagnosis.Why == "" {
		return &ended{code: code}
	}
	if err := diagnosis.Write(out); err != nil {
		return err
	}
	return &ended{code: code}
}
