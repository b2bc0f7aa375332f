// The command threa estimates what a stack costs, and operates a deployed stack.
//
//	go run ./cmd/threa cost prod
//	go run ./cmd/threa deploy-status
//	go run ./cmd/threa rollback
//	go run ./cmd/threa recover
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

// The command's exit codes.
const (
	exitFailed      = 1
	exitUsage       = 2   // the command line is wrong, or the stack is not deployed
	exitInProgress  = 3   // the deployment has neither succeeded nor failed
	exitDrift       = 4   // AWS differs from what was deployed
	exitInterrupted = 130 // the shell's code for a command that an interrupt ended
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	cancel()
	os.Exit(code)
}

// exitError ends the command with a code. The command has already printed why.
type exitError struct{ code int }

func (e *exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	parsed := false
	root.PersistentPreRun = func(*cobra.Command, []string) { parsed = true }
	err := root.ExecuteContext(ctx)
	var exit *exitError
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return exit.code
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(os.Stderr, "error: interrupted. Run the command again")
		return exitInterrupted
	}
	fmt.Fprintln(os.Stderr, "error:", explainCredentials(err))
	if !parsed || errors.Is(err, deployment.ErrNotDeployed) {
		return exitUsage
	}
	return exitFailed
}

// explainCredentials replaces the SDK's error about missing credentials, which has no type, with the way to get some.
func explainCredentials(err error) error {
	if strings.Contains(err.Error(), "get credentials: ") {
		return errors.New("no valid AWS credentials. Run aws configure or aws sso login, or set AWS_PROFILE")
	}
	return err
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
	root.PersistentFlags().StringP("stack", "s", os.Getenv("PULUMI_STACK"), "name of the stack")
	root.AddCommand(newCost(), newDeployStatus(), newURL(), newLogs(), newReleases(), newRollback(), newSecrets(),
		newRun(), newExec(), newDB(), newDrift(), newRecover())
	return root
}
