package main

import (
	"errors"
	"fmt"
	"io"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

func newReleases() *cobra.Command {
	return &cobra.Command{
		Use:   "releases",
		Short: "List the last images that were deployed successfully",
		Long: `Lists the last images that were deployed successfully, newest first. ECS keeps the deployments of a service for
90 days, with the image's digest. The repository keeps ten images; the list shows which ones were deleted since.`,
		Args: cobra.NoArgs,
		RunE: withApp(func(cmd *cobra.Command, app *deployment.App, _ []string) error {
			releases, err := app.Releases(cmd.Context())
			if err != nil {
				return err
			}
			return explainLocal(writeReleases(cmd.OutOrStdout(), releases))
		}),
	}
}

// explainLocal replaces ErrNoRelease on the local AWS, where a deployment of its own image does not count.
func explainLocal(err error) error {
	if errors.Is(err, deployment.ErrNoRelease) && isLocal() {
		return errors.New("the local AWS has no registry to push images to. Its image local has no digest, so there is no " +
			"release to list or to roll back to")
	}
	return err
}

func writeReleases(out io.Writer, releases []deployment.Release) error {
	if len(releases) == 0 {
		return deployment.ErrNoRelease
	}
	const digestWidth, nameWidth = len("sha256:") + 12, 40
	return writeTable(out, "#\tIMAGE\tDIGEST\tDEPLOYED (UTC)", func(table io.Writer) {
		for i, r := range releases {
			name, digest, state := r.Image.Name(), r.Image.Digest, ""
			if r.Deleted {
				state = "\tdeleted from ECR"
			}
			if r.ImageTag == digest && r.Image.Tag != "" {
				name += " (moved)" // the tag refers to another image now
			}
			_, _ = fmt.Fprintf(table, "%d\t%s\t%s\t%s%s\n", i, name[:min(len(name), nameWidth)],
				digest[:min(len(digest), digestWidth)], r.Deployed.UTC().Format(time.DateTime), state)
		}
	})
}

// writeTable writes a heading and rows whose cells are separated by tabs.
func writeTable(out io.Writer, heading string, writeRows func(table io.Writer)) error {
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	_, _ = fmt.Fprintln(table, heading)
	writeRows(table)
	if err := table.Flush(); err != nil {
		return fmt.Errorf("write table: %w", err)
	}
	return nil
}

func newRollback() *cobra.Command {
	var yes bool
	to := deployment.Previous
	cmd := &cobra.Command{
		Use:   "rollback",
		Short: "Deploy an earlier image again",
		Long: `Deploys an image again that was deployed successfully: sets imageTag in the stack's configuration, runs pulumi
up and waits for the deployment. Without --to it is the release before the deployed one. After a failed deployment it is
the release that is still running, so that the configuration and AWS agree again. Migrations are not undone.

Commit the changed stack file if it is under version control. A pipeline then deploys this image until you remove
imageTag. Without the commit, its next run deploys the app's last commit again.`,
		Example: `  go run ./cmd/threa rollback
  go run ./cmd/threa rollback --to 3 --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("to") && to < 0 {
				return fmt.Errorf("--to is %d, but must be the number of a release. List them: go run ./cmd/threa releases", to)
			}
			if err := checkPrompt(yes, "roll back"); err != nil {
				return err
			}
			return rollback(cmd, to, yes)
		},
	}
	cmd.Flags().IntVar(&to, "to", to, "number of the release in the output of threa releases")
	cmd.Flags().Lookup("to").DefValue = "the previous one"
	cmd.Flags().BoolVarP(&yes, "yes", "y", false, "do not ask; required without a terminal")
	return cmd
}

func rollback(cmd *cobra.Command, to int, yes bool) error {
	ctx := cmd.Context()
	app, err := connect(cmd)
	if err != nil {
		return err
	}
	releases, err := app.Releases(ctx)
	if err != nil {
		return err
	}
	release, err := app.SelectRelease(ctx, releases, to)
	if err != nil {
		return explainLocal(err)
	}
	cmd.Printf("Rolling back to %s (%s), deployed at %s UTC: sets imageTag and runs pulumi up.\n",
		release.ImageTag, release.Image.Digest, release.Deployed.UTC().Format(time.DateTime))
	if !yes && !ask(cmd, "Roll back?") {
		return errors.New("nothing was changed")
	}
	return deployTag(cmd, release.ImageTag, true)
}
