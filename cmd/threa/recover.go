package main

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"threa-infra/cmd/threa/recovery"
)

func newRecover() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Repair the stack after a run that was killed or failed halfway",
		Long: `Repairs the stack after a run that was killed or failed halfway, so that the next up completes.

It first compares the owner record in AWS (the parameter /NAME/stack) with the stack's state. If the AWS names belong
to another stack, it stops and changes nothing.

In the state it
  - imports what the killed run was creating, or a preview would create, if AWS has it and it is this stack's: it has the
    stack's tags, or it is part of a resource that has them;
  - clears the other pending creations, so that the next up creates those resources;
  - reads resources again whose change or deletion was interrupted;
  - clears the lock of a process on this machine that has ended.

In AWS it deletes, only if the owner record is this stack's,
  - VPCs, internet gateways, route tables and task definition revisions that have the stack's tags but are not in its
    state: duplicates, which repeated calls create;
  - rules of the stack's security groups that are not in its state, which somebody added by hand.

It lists each resource before it asks, and can be run again at any time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stack, err := cmd.Flags().GetString("stack")
			if err != nil {
				return fmt.Errorf("read --stack: %w", err)
			}
			return recoverStack(cmd.Context(), stack, yes, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask; required without a terminal")
	return cmd
}

func recoverStack(ctx context.Context, stack string, yes bool, out io.Writer) error {
	if !yes && !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("cannot prompt without a terminal: use --yes to import and delete without asking")
	}
	settings, err := pulumiOn(stack).AWSConfig(ctx)
	if err != nil {
		return err
	}
	opened, err := recovery.OpenStack(ctx, stack, "")
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	r := &recovery.Recovery{
		Stack:   opened,
		API:     recovery.NewAPI(settings),
		Print:   func(format string, values ...any) { _, _ = fmt.Fprintf(out, format+"\n", values...) },
		Approve: func(question string) bool { return yes || ask(out, question) },
		Preview: true,
	}
	return r.Run(ctx) //nolint:wrapcheck // it says all
}

func ask(out io.Writer, question string) bool {
	_, _ = fmt.Fprintf(out, "%s [y/N] ", question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
}

// pulumi runs the pulumi command on the stack.
func pulumi(ctx context.Context, stack string, input []byte, args ...string) ([]byte, error) {
	if stack != "" {
		args = append(args, "--stack", stack)
	}
	out, err := recovery.Output(exec.CommandContext(ctx, "pulumi", args...), input)
	if errors.Is(err, exec.ErrNotFound) {
		return nil, errors.New("pulumi is not on PATH: https://www.pulumi.com/docs/install/")
	}
	return out, err
}
