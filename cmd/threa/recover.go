package main

import (
	"bufio"
	"fmt"
	"os"
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
  - imports a resource that the killed run was creating, or that a preview would create, if AWS has it. The resource
    must have the stack's tags, or be part of a resource that has them;
  - clears the other pending creations, so that the next up creates those resources;
  - refreshes resources whose change or deletion was interrupted;
  - clears the lock of a process on this machine that has ended.

In AWS it deletes, only if the owner record is this stack's,
  - VPCs, internet gateways, route tables and task definition revisions that have the stack's tags but are not in its
    state: duplicates, which repeated calls create;
  - rules of the stack's security groups that are not in its state, because they were added by hand.

It lists each resource before it asks, and can be run again at any time.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			return recoverStack(cmd, yes)
		},
	}
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask; required without a terminal")
	return cmd
}

func recoverStack(cmd *cobra.Command, yes bool) error {
	if err := checkPrompt(yes, "import and delete"); err != nil {
		return err
	}
	ctx, stack := cmd.Context(), stackFlag(cmd)
	settings, err := pulumiOn(stack).AWSConfig(ctx)
	if err != nil {
		return err
	}
	opened, err := recovery.OpenStack(ctx, stack)
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	r := &recovery.Recovery{
		Stack:   opened,
		API:     recovery.NewAPI(settings),
		Print:   func(format string, values ...any) { cmd.Printf(format+"\n", values...) },
		Approve: func(question string) bool { return yes || ask(cmd, question) },
		Preview: true,
	}
	return r.Run(ctx) //nolint:wrapcheck // it says all
}

// checkPrompt returns an error if the command must ask before it makes a change, but has no terminal.
func checkPrompt(yes bool, change string) error {
	if yes || term.IsTerminal(int(os.Stdin.Fd())) {
		return nil
	}
	return fmt.Errorf("cannot prompt without a terminal: use --yes to %s without asking", change)
}

func ask(cmd *cobra.Command, question string) bool {
	cmd.Printf("%s [y/N] ", question)
	answer, err := bufio.NewReader(os.Stdin).ReadString('\n')
	return err == nil && strings.HasPrefix(strings.ToLower(strings.TrimSpace(answer)), "y")
}
