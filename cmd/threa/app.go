package main

import (
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

// connect finds the app of the stack that a command is about.
func connect(cmd *cobra.Command) (*deployment.App, error) {
	ctx := cmd.Context()
	run, err := pulumiOf(cmd)
	if err != nil {
		return nil, err
	}
	stack, err := deployment.Load(ctx, run)
	if err != nil {
		return nil, err
	}
	settings, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return nil, fmt.Errorf("find the AWS settings: %w", err)
	}
	return deployment.NewApp(stack, settings), nil
}

// pulumiOf runs the pulumi command on the stack that a command is about.
func pulumiOf(cmd *cobra.Command) (deployment.Pulumi, error) {
	stack, err := cmd.Flags().GetString("stack")
	if err != nil {
		return nil, fmt.Errorf("read --stack: %w", err)
	}
	return on(stack), nil
}

// on runs the pulumi command on a stack, "" for the one that is selected.
func on(stack string) deployment.Pulumi {
	return func(ctx context.Context, input []byte, args ...string) ([]byte, error) {
		return pulumi(ctx, stack, input, args...)
	}
}

// regional are the AWS settings for the region of a stack that may have nothing deployed.
func regional(ctx context.Context, run deployment.Pulumi) (aws.Config, error) {
	region, err := run(ctx, nil, "config", "get", "aws:region")
	if err != nil {
		return aws.Config{}, fmt.Errorf("find the stack's region: %w", err)
	}
	settings, err := config.LoadDefaultConfig(ctx, config.WithRegion(strings.TrimSpace(string(region))))
	if err != nil {
		return aws.Config{}, fmt.Errorf("find the AWS settings: %w", err)
	}
	return settings, nil
}
