package main

import (
	"fmt"
	"io"
	"os"

	"github.com/spf13/cobra"

	"threa-infra/internal/github"
)

// newGitHub is for steps of the workflows in .github/workflows.
func newGitHub() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "github",
		Short: "Keep one comment or one issue on GitHub up to date, from a workflow",
		Long: `Keeps one comment on a pull request, or one issue, up to date: what is there is changed, never repeated. It is for steps
of a workflow, which has GITHUB_API_URL and GITHUB_REPOSITORY; hand it GITHUB_TOKEN.`,
	}
	cmd.AddCommand(newComment(), newIssue())
	return cmd
}

func newComment() *cobra.Command {
	var about string
	var pullRequest int
	cmd := &cobra.Command{
		Use:     "comment",
		Short:   "Write the comment about something on a pull request, from the standard input",
		Example: `  go run ./cmd/threa github comment --pull-request 7 --about "preview of prod" < preview.md`,
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, body, err := fromStandardInput()
			if err != nil {
				return err
			}
			return client.Comment(cmd.Context(), pullRequest, about, body)
		},
	}
	cmd.Flags().StringVar(&about, "about", "", "what it is about, by which it is found again")
	cmd.Flags().IntVar(&pullRequest, "pull-request", 0, "number of the pull request")
	required(cmd, "about", "pull-request")
	return cmd
}

func newIssue() *cobra.Command {
	var about, title string
	var done bool
	cmd := &cobra.Command{
		Use:   "issue",
		Short: "Open the issue about something, or change or close it, from the standard input",
		Example: `  go run ./cmd/threa github issue --about "drift of prod" --title "AWS is not as it was deployed" < drift.md
  echo "It is again." | go run ./cmd/threa github issue --about "drift of prod" --close`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			client, body, err := fromStandardInput()
			if err != nil {
				return err
			}
			if done {
				return client.Close(cmd.Context(), about, body)
			}
			return client.Issue(cmd.Context(), about, title, body)
		},
	}
	cmd.Flags().StringVar(&about, "about", "", "what it is about, by which it is found again")
	cmd.Flags().StringVar(&title, "title", "", "title of a new one")
	cmd.Flags().BoolVar(&done, "close", false, "close it, where it is open; the standard input is the last comment")
	required(cmd, "about")
	cmd.MarkFlagsOneRequired("title", "close")
	return cmd
}

// required wants flags. It fails for a flag that the command does not have, which is a mistake here.
func required(cmd *cobra.Command, flags ...string) {
	for _, flag := range flags {
		if err := cmd.MarkFlagRequired(flag); err != nil {
			panic(err)
		}
	}
}

func fromStandardInput() (*github.Client, string, error) {
	client, err := github.FromEnvironment()
	if err != nil {
		return nil, "", err
	}
	body, err := io.ReadAll(os.Stdin)
	if err != nil {
		return nil, "", fmt.Errorf("read the text: %w", err)
	}
	return client, string(body), nil
}
