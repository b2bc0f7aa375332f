// The command threa does what pulumi does not: it says what a stack costs, and looks after one that is there.
//
//	go run ./cmd/threa cost prod
//	go run ./cmd/threa recover
//	go run ./cmd/threa deploy-status
//	go run ./cmd/threa drift
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

// Exit codes of the command.
const (
	exitFailed      = 1
	exitUsage       = 2 // the command line is wrong, or nothing is deployed that it could be about
	exitUnderWay    = 3
	exitDrift       = 4   // AWS is not as it was deployed
	exitInterrupted = 130 // as a shell says it of a command that was ended by an interrupt
)

func main() {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	code := run(ctx, os.Args[1:])
	cancel()
	os.Exit(code)
}

// ended is the end of a command that has said already why.
type ended struct{ code int }

func (e *ended) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func run(ctx context.Context, args []string) int {
	root := newRoot()
	root.SetArgs(args)
	understood := false
	root.PersistentPreRun = func(*cobra.Command, []string) { understood = true }
	err := root.ExecuteContext(ctx)
	var end *ended
	switch {
	case err == nil:
		return 0
	case errors.As(err, &end):
		return end.code
	case errors.Is(ctx.Err(), context.Canceled):
		fmt.Fprintln(os.Stderr, "error: interrupted; run it again")
		return exitInterrupted
	}
	fmt.Fprintln(os.Stderr, "error:", explained(err))
	if !understood || errors.Is(err, deployment.ErrNotDeployed) {
		return exitUsage
	}
	return exitFailed
}

// explained puts a way out in the place of the SDK's words about missing credentials, for which it has no type.
func explained(err error) error {
	if strings.Contains(err.Error(), "get credentials: ") {
		return errors.New("there are no AWS credentials that work: run aws configure or aws sso login, or set AWS_PROFILE")
	}
	return err
}

func newRoot() *cobra.Command {
	root := &cobra.Command{
		Use:   "threa",
		Short: "Looks after a stack of Threa on AWS",
		Long: "Looks after a stack of Threa on AWS. It uses the pulumi command, the stack that is selected there (or --stack, or\n" +
			"PULUMI_STACK), and the AWS credentials of the environment.\n\n" +
			"go run has one exit code, 1, for all but 0. Where another matters, build the command: go install ./cmd/threa",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.PersistentFlags().StringP("stack", "s", os.Getenv("PULUMI_STACK"), "the stack it is about")
	root.AddCommand(newCost(), newRecover(), newDeployStatus(), newURL(), newLogs(), newReleases(), newRollback(), newSecrets(),
		newRun(), newExec(), newDB(), newDrift(), newGitHub())
	return root
}
