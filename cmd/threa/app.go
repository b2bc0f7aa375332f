package main

import (
	"context"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/pulumicli"
)

// stackFlag returns the value of --stack. It is empty for the stack that is selected in Pulumi.
func stackFlag(cmd *cobra.Command) string { return cmd.Flag("stack").Value.String() }

// pulumiOn returns the pulumi command for a stack.
func pulumiOn(stack string) pulumicli.Command {
	return func(ctx context.Context, input []byte, args ...string) ([]byte, error) {
		return pulumi(ctx, stack, input, args...)
	}
}

// connect returns the app of the command's stack.
func connect(cmd *cobra.Command) (*deployment.App, error) {
	return deployment.Connect(cmd.Context(), pulumiOn(stackFlag(cmd)))
}
