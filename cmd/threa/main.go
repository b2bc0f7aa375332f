// The command threa estimates what a stack costs, and operates a deployed stack.
//
//	go run ./cmd/threa cost prod
//	go run ./cmd/threa deploy --context ../threa
//	go run ./cmd/threa rollback
//	go run ./cmd/threa recover
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/commandline"
	"threa-infra/internal/stackconfig"
)

// The command's exit codes.
const (
	exitFailed      exitError = 1
	exitUsage       exitError = 2   // the command line is wrong, or the stack is not deployed
	exitInProgress  exitError = 3   // the deployment has neither succeeded nor failed
	exitDrift       exitError = 4   // AWS differs from what was deployed
	exitInterrupted exitError = 130 // the shell's code for a command that an interrupt ended
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	cancel()
	os.Exit(int(code))
}

// exitError is an exit code that ends the command. The command has already printed why.
type exitError int

func (e exitError) Error() string { return fmt.Sprintf("exit code %d", int(e)) }

func run(ctx context.Context, args []string) exitError {
	root := newRoot()
	root.SetArgs(args)
	parsed := false
	root.PersistentPreRunE = func(cmd *cobra.Command, args []string) error {
		err := refuseEmpty(cmd, args)
		parsed = err == nil
		return err
	}
	err := root.ExecuteContext(ctx)
	var exit exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(os.Stderr, "error: interrupted. Run the command again")
		return exitInterrupted
	}
	fmt.Fprintln(os.Stderr, "error:", withStack(root, explain(err)))
	if !parsed || errors.Is(err, deployment.ErrNotDeployed) {
		return exitUsage
	}
	return exitFailed
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "threa",
		Short: "Operate a Threa stack on AWS",
		Long: `Operate a Threa stack on AWS. The stack is the one selected in Pulumi, or that of --stack or PULUMI_STACK. It
needs the pulumi command on PATH. Region, profile and role come from the stack's configuration, other AWS settings from
the environment.

go run turns every exit code but 0 into 1. If the code matters, build the command: go install ./cmd/threa`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentPreRunE = refuseEmpty
	root.SetOut(os.Stdout) // also of cmd.Print, which writes to the standard error otherwise
	root.PersistentFlags().StringP("stack", "s", os.Getenv("PULUMI_STACK"), "name of the stack")
	root.AddCommand(newCost(), newDeploy(), newDeployStatus(), newURL(), newLogs(), newReleases(), newRollback(),
		newSecrets(), newRun(), newExec(), newDB(), newDrift(), newRecover(), newAdopt(), newLeftovers())
	explainArguments(root.Commands())
	root.SetFlagErrorFunc(explainFlag)
	return root
}

// withApp returns the RunE of a command that needs the app of its stack.
func withApp(
	run func(cmd *cobra.Command, app *deployment.App, args []string) error,
) func(*cobra.Command, []string) error {
	return func(cmd *cobra.Command, args []string) error {
		app, err := connect(cmd)
		if err != nil {
			return err
		}
		return run(cmd, app, args)
	}
}

// connect returns the app of the command's stack.
func connect(cmd *cobra.Command) (*deployment.App, error) {
	return deployment.Connect(cmd.Context(), pulumiOn(stackFlag(cmd)))
}

// stackFlag returns the value of --stack. It is empty for the stack that is selected in Pulumi.
func stackFlag(cmd *cobra.Command) string { return cmd.Flag("stack").Value.String() }

// withStack adds the value of the flag --stack to the commands in a text. A stack from PULUMI_STACK or pulumi stack
// select need not be added, because it also applies to the next commands.
func withStack(cmd *cobra.Command, text string) string {
	if flag := cmd.Flag("stack"); flag.Changed {
		return commandline.WithStack(text, flag.Value.String())
	}
	return text
}

// pulumiOn returns the pulumi command for a stack, with more variables in its environment. An empty name is the stack
// that is selected in Pulumi.
func pulumiOn(stack string, environ ...string) pulumicli.Command {
	return func(ctx context.Context, input []byte, args ...string) ([]byte, error) {
		if stack != "" {
			args = append(args, "--stack", stack)
		}
		cmd := exec.CommandContext(ctx, "pulumi", args...)
		cmd.Env = append(cmd.Environ(), environ...)
		out, err := recovery.Output(cmd, input)
		switch {
		case errors.Is(err, exec.ErrNotFound):
			return nil, errors.New("pulumi is not on PATH: https://www.pulumi.com/docs/install/" + localShell())
		case err != nil && strings.Contains(err.Error(), "no stack named"):
			return nil, fmt.Errorf("%w\n    List the stacks:  pulumi stack ls\n    Create this one:  pulumi stack init %s", err,
				shellescape.Quote(stack))
		case err != nil && slices.Contains(args, "--show-secrets"):
			return nil, fmt.Errorf("pulumi %s failed, and its output may have secrets. See it with: pulumi %s",
				args[0], shellescape.QuoteCommand(args))
		}
		return out, err
	}
}

// localShell says how to use the local AWS of this clone if it runs. It is empty otherwise.
func localShell() string {
	folder, err := stackconfig.FindProject(".")
	if err != nil {
		return ""
	}
	if _, err := os.Stat(filepath.Join(folder, ".local", "local-aws.json")); err != nil {
		return ""
	}
	return "\nFor the local AWS of this folder, first run: eval \"$(go run ./local env)\""
}
