package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"threa-infra/cmd/threa/internal/deployment"
)

func newReleases() *cobra.Command {
	return &cobra.Command{
		Use:   "releases",
		Short: "List the last images that ran well",
		Long: `Lists the last images that ran well, the newest first: ECS keeps the deployments of a service for 90 days, with the digest
of the image that each had. One whose image is gone from the repository, which keeps the last ten, is shown as such.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			releases, err := app.Releases(cmd.Context())
			if err != nil {
				return err
			}
			return writeReleases(cmd.OutOrStdout(), releases)
		},
	}
}

func writeReleases(out io.Writer, releases []deployment.Release) error {
	if len(releases) == 0 {
		return errors.New("ECS knows no deployment of the last 90 days that went well")
	}
	const shown = len("sha256:") + 12
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, "#\tIMAGE\tDIGEST\tDEPLOYED (UTC)")
	for i, one := range releases {
		state := ""
		if one.Gone {
			state = "\tgone from ECR"
		}
		name, digest := one.Image.Name(), one.Image.Digest
		if one.Name == digest && one.Image.Tag != "" {
			name += " (moved)" // to another image
		}
		_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s%s\n", i, name[:min(len(name), 40)], digest[:min(len(digest), shown)], one.Since.UTC().Format(time.DateTime), state)
	}
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write the releases: %w", err)
	}
	return nil
}

func newRollback() *cobra.Command {
	var yes bool
	to := deployment.Latest
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Go back to an image that ran well",
		Long: `Goes back to an image that ran well: sets imageTag in the stack's configuration, runs pulumi up and waits for the verdict.
Without --to it is the release before the one that is deployed; after a deployment that failed, the one that still
serves, so that configuration and AWS agree again. The database is left as it is: migrations are not undone.

The stack's file says what is deployed then: commit it, where it is under version control.`,
		Example: `  go run ./cmd/threa rollback
  go run ./cmd/threa rollback --to 3 --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("to") && to < 0 {
				return fmt.Errorf("--to is %d: must be a number that go run ./cmd/threa releases shows", to)
			}
			if !yes && !term.IsTerminal(int(os.Stdin.Fd())) {
				return errors.New("nobody can be asked here: use --yes to go back without asking")
			}
			return rollback(cmd, to, yes)
		},
	}
	cmd.Flags().IntVar(&to, "to", to, "number of the release, as threa releases shows it")
	cmd.Flags().Lookup("to").DefValue = "the one before"
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "go back without asking; needed where nobody can be asked")
	return cmd
}

func rollback(cmd *cobra.Command, to int, yes bool) error {
	ctx, out := cmd.Context(), cmd.OutOrStdout()
	app, err := connect(cmd)
	if err != nil {
		return err
	}
	releases, err := app.Releases(ctx)
	if err != nil {
		return err
	}
	release, err := app.Back(ctx, releases, to)
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "Back to %s (%s), which was deployed at %s UTC: sets imageTag and runs pulumi up.\n",
		release.Name, release.Image.Digest, release.Since.UTC().Format(time.DateTime))
	if !yes && !ask(out, "Go back?") {
		return errors.New("nothing was changed")
	}
	stack, err := cmd.Flags().GetString("stack")
	if err != nil {
		return fmt.Errorf("read --stack: %w", err)
	}
	if _, err := pulumi(ctx, stack, nil, "config", "set", "imageTag", release.Name); err != nil {
		return fmt.Errorf("set imageTag: %w", err)
	}
	if err := up(stack, out, cmd.ErrOrStderr()); err != nil {
		return err
	}
	if app, err = connect(cmd); err != nil { // what is registered now
		return err
	}
	return deployStatus(ctx, app, defaultTimeout, out)
}

// up runs pulumi up where it can be seen. A Ctrl-C reaches it through the terminal, and it ends as it should: it is not
// killed.
func up(stack string, out, errOut io.Writer) error {
	args := []string{"up", "--yes"}
	if stack != "" {
		args = append(args, "--stack", stack)
	}
	cmd := exec.CommandContext(context.Background(), "pulumi", args...)
	cmd.Stdout, cmd.Stderr = out, errOut
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("pulumi up: %w; imageTag is set: once the reason is mended, run pulumi up again", err)
	}
	return nil
}
