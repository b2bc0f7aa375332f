package main

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"threa-infra/internal/operate"
)

// connect finds the app of the stack that a command is about.
func connect(cmd *cobra.Command) (*operate.App, error) {
	ctx := cmd.Context()
	run, err := pulumiOf(cmd)
	if err != nil {
		return nil, err
	}
	stack, err := operate.Load(ctx, run)
	if err != nil {
		return nil, err
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the AWS settings: %w", err)
	}
	return operate.NewApp(stack, settings), nil
}

// pulumiOf runs the pulumi command on the stack that a command is about.
func pulumiOf(cmd *cobra.Command) (operate.Pulumi, error) {
	stack, err := cmd.Flags().GetString("stack")
	if err != nil {
		return nil, fmt.Errorf("read --stack: %w", err)
	}
	return func(ctx context.Context, input []byte, args ...string) ([]byte, error) {
		return pulumi(ctx, stack, input, args...)
	}, nil
}
