package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/pulumicli"
)

// defaultTimeout is as long as pulumi up waits for a deployment.
const defaultTimeout = 20 * time.Minute

// checkInterval is the pause between two requests for the state of a deployment. Tests shorten it.
var checkInterval = 5 * time.Second

func newDeployStatus() *cobra.Command {
	var wait bool
	timeout := defaultTimeout
	cmd := &cobra.Command{
		Use:   "deploy-status",
		Short: "Check whether the last deployment is running, and if not, why",
		Long: `Checks whether ECS runs the task definition that the stack registered last. ECS itself calls a service stable
even after a rollback to the old code. The check succeeds when all desired tasks run the new revision, are healthy, and
the old tasks are gone. If it fails, the command shows the reason: how the last task ended, the exit codes and the last
log lines of its containers, and the service's events.

Exit codes: 0 succeeded; 1 failed, or not finished within the timeout; 2 the stack has no deployment that could run, or
the command line is wrong; 3 in progress, only without --wait.`,
		Example: `  go run ./cmd/threa deploy-status
  pulumi up --yes && go run ./cmd/threa deploy-status --wait`,
		Args: cobra.NoArgs,
		RunE: withApp(func(cmd *cobra.Command, app *deployment.App, _ []string) error {
			if !wait {
				timeout = 0
			}
			return checkDeployment(cmd, app, timeout)
		}),
	}
	cmd.Flags().BoolVarP(&wait, "wait", "w", false, "wait until the deployment has succeeded or failed")
	durationFlag(cmd, &timeout, "timeout", "how long to wait")
	return cmd
}

// checkDeployment checks the deployment, waits at most the timeout if it is not 0, and writes the result.
func checkDeployment(cmd *cobra.Command, app *deployment.App, timeout time.Duration) error {
	state, err := app.LookUp(cmd.Context())
	if err != nil {
		return err
	}
	result := state.Check()
	if timeout > 0 {
		ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
		defer cancel()
		result, err = app.Wait(ctx, state, checkInterval, func(line string) {
			cmd.Printf("%s  %s\n", time.Now().UTC().Format(time.TimeOnly), line)
		})
		if err != nil {
			return err
		}
	}
	code := exitFailed
	switch {
	case result.Status == deployment.Succeeded:
		cmd.Println(result.Text)
		return nil
	case result.Status == deployment.Failed:
		cmd.Println("FAILED:", withStack(cmd, result.Text))
	case timeout > 0:
		cmd.Printf("FAILED: not within %s: %s\n", timeout, result.Text)
	default:
		cmd.Printf("In progress: %s\n%s\n", result.Text, state.Progress())
		code = exitInProgress
	}
	diagnosis, err := app.Diagnose(cmd.Context(), state)
	if err != nil {
		return err
	}
	if code == exitFailed || diagnosis.Why != "" {
		cmd.Print(withStack(cmd, diagnosis.String()))
	}
	return code
}

// deployTag sets imageTag, runs pulumi up, waits for the deployment, and prints the URL.
func deployTag(cmd *cobra.Command, tag string, yes bool) error {
	ctx := cmd.Context()
	registered, upErr := upWithTag(cmd, tag, yes)
	if upErr != nil && !registered {
		return upErr
	}
	app, err := connect(cmd) // again, because up changed the state
	if upErr != nil {
		if err == nil {
			explainFailure(cmd, app)
		}
		return fmt.Errorf("%w. imageTag is %s. Fix the error and run it again: pulumi up", upErr, tag)
	}
	if err != nil {
		return err
	}
	if err := checkDeployment(cmd, app, defaultTimeout); err != nil {
		return err
	}
	if address, err := app.Address(ctx); err != nil {
		cmd.Println("The app has no address now:", err) // it is asleep, or only Cloudflare knows its name
	} else {
		cmd.Println(address)
	}
	return nil
}

// upWithTag sets imageTag, or removes it if tag is empty, and runs pulumi up. If up fails before it registers a task
// definition, such as after the answer no, upWithTag restores the former imageTag. Otherwise the next up would deploy
// the new tag.
func upWithTag(cmd *cobra.Command, tag string, yes bool) (registered bool, err error) {
	ctx, pulumi := context.WithoutCancel(cmd.Context()), pulumiOn(stackFlag(cmd)) // Ctrl-C answers the question, too
	text, err := pulumi(ctx, nil, "config", "get", "imageTag")
	if err != nil {
		return false, fmt.Errorf("read imageTag: %w", err)
	}
	before, err := deployment.RegisteredRevision(ctx, pulumi)
	if err != nil {
		return false, err
	}
	former := strings.TrimSpace(string(text))
	if tag != former {
		if err := setImageTag(ctx, pulumi, tag); err != nil {
			return false, err
		}
	}
	upErr := up(cmd, yes)
	if upErr == nil {
		return true, nil
	}
	if after, err := deployment.RegisteredRevision(ctx, pulumi); err != nil || after != before {
		return true, upErr
	}
	if tag != former {
		if err := setImageTag(ctx, pulumi, former); err != nil {
			return false, errors.Join(upErr, err)
		}
	}
	return false, fmt.Errorf("%w. It registered no task definition: imageTag is %s, as before", upErr,
		cmp.Or(former, "not set"))
}

// setImageTag sets imageTag in the stack's configuration, or removes it if tag is empty.
func setImageTag(ctx context.Context, pulumi pulumicli.Command, tag string) error {
	args := []string{"config", "set", "imageTag", tag}
	if tag == "" {
		args = []string{"config", "rm", "imageTag"}
	}
	if _, err := pulumi(ctx, nil, args...); err != nil {
		return fmt.Errorf("%s imageTag: %w", args[1], err)
	}
	return nil
}

// explainFailure shows why the new code is not running, if pulumi up failed for that reason.
func explainFailure(cmd *cobra.Command, app *deployment.App) {
	if state, err := app.LookUp(cmd.Context()); err == nil && state.Check().Status == deployment.Failed {
		_ = checkDeployment(cmd, app, 0) // the caller returns the error of pulumi up
	}
}

// up runs pulumi up with options, which asks for confirmation unless yes, and shows its output. Its context is not the
// command's: Ctrl-C reaches pulumi through the terminal, and pulumi must not be killed while it stops.
func up(cmd *cobra.Command, yes bool, options ...string) error {
	args := append([]string{"up"}, options...)
	if yes {
		args = append(args, "--yes")
	}
	if stack := stackFlag(cmd); stack != "" {
		args = append(args, "--stack", stack)
	}
	program := exec.CommandContext(context.Background(), "pulumi", args...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	if err := program.Run(); err != nil {
		return fmt.Errorf("pulumi up: %w", err)
	}
	return nil
}

func newURL() *cobra.Command {
	var wait bool
	timeout := defaultTimeout
	cmd := &cobra.Command{
		Use:   "url",
		Short: "Print the URL where the app answers",
		Long: `Prints the URL where the app answers: the stack's own URL, or the public address of a task, which changes with
every deployment. Nothing else is written to the standard output.`,
		Example: `  curl "$(go run ./cmd/threa url --wait)/health"`,
		Args:    cobra.NoArgs,
		RunE: withApp(func(cmd *cobra.Command, app *deployment.App, _ []string) (err error) {
			ctx, address := cmd.Context(), ""
			if wait {
				limited, cancel := context.WithTimeout(ctx, timeout)
				defer cancel()
				report := func(line string) { cmd.PrintErrln("waiting:", line) }
				address, err = app.WaitForHealth(limited, checkInterval, report)
			} else {
				address, err = app.Address(ctx)
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), address); err != nil {
				return fmt.Errorf("print the URL: %w", err)
			}
			return nil
		}),
	}
	cmd.Flags().BoolVarP(&wait, "wait", "w", false, "wait until /health answers 200")
	durationFlag(cmd, &timeout, "timeout", "how long to wait")
	return cmd
}
