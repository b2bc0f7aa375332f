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

	"threa-infra/internal/recovery"
)

func newRecover() *cobra.Command {
	var yes bool
	cmd := &cobra.Command{
		Use:   "recover",
		Short: "Put the stack in order after a run that was killed or failed halfway",
		Long: `Puts the stack in order after a run that was killed or failed halfway, so that the next up completes.

It looks in AWS for what a killed run was creating and for what a preview would create, and has Pulumi take over what
belongs to the stack; it clears what never came to be; it deletes VPCs, internet gateways, route tables and task
definition revisions that carry the stack's tags but are not in its state, which repeated calls make, and rules that the
state does not know in the stack's security groups, which someone opened by hand; and it clears the lock of a process
that is gone. It says what it found and asks before it changes anything. It can be run again at any time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			stack, err := cmd.Flags().GetString("stack")
			if err != nil {
				return fmt.Errorf("read --stack: %w", err)
			}
			return recoverStack(cmd.Context(), stack, yes, cmd.OutOrStdout())
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "change what is to be changed without asking; needed where nobody can be asked")
	return cmd
}

func recoverStack(ctx context.Context, stack string, yes bool, out io.Writer) error {
	if !yes && !term.IsTerminal(int(os.Stdin.Fd())) {
		return errors.New("nobody can be asked here: use --yes to change what is to be changed without asking")
	}
	run := on(stack)
	settings, err := regional(ctx, run)
	if err != nil {
		return err
	}
	r := &recovery.Recovery{
		Pulumi:  run,
		API:     recovery.NewAPI(settings),
		Print:   func(format string, values ...any) { _, _ = fmt.Fprintf(out, format+"\n", values...) },
		Approve: func(question string) bool { return yes || ask(out, question) },
		Missing: true,
	}
	return r.Run(ctx)
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
