package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"
)

func newURL() *cobra.Command {
	var wait bool
	var timeout time.Duration
	cmd := &cobra.Command{
		Use:   "url",
		Short: "Say where the app answers now",
		Long: `Says where the app answers now: at the stack's own address where it has one, else at the public address of its task, which
changes with every deployment. The address is all that it writes to its standard output.`,
		Example: `  curl "$(go run ./cmd/threa url --wait)/health"`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			address := ""
			if wait {
				ctx, cancel := context.WithTimeout(cmd.Context(), timeout)
				defer cancel()
				address, err = app.Await(ctx, look, func(line string) { cmd.PrintErrln("waiting:", line) })
			} else {
				address, err = app.Address(cmd.Context())
			}
			if err != nil {
				return err
			}
			if _, err := fmt.Fprintln(cmd.OutOrStdout(), address); err != nil {
				return fmt.Errorf("write the address: %w", err)
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&wait, "wait", "w", false, "wait until /health answers 200 there")
	cmd.Flags().DurationVar(&timeout, "timeout", defaultTimeout, "how long to wait")
	return cmd
}
