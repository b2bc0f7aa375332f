package main

import (
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

func newLogs() *cobra.Command {
	var container string
	var since time.Duration
	reading := deployment.Reading{Pause: 2 * time.Second}
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show what the app says",
		Long: `Shows what the app says, of all its tasks, the oldest line first: time in UTC, the beginning of the task's id, the line.
The other containers of a task are migrate and rds-ca, which ready the database and its certificates.`,
		Example: `  go run ./cmd/threa logs --follow
  go run ./cmd/threa logs --container migrate --since 3h`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			definition, err := app.Definition(cmd.Context(), app.TaskDefinition)
			if err != nil {
				return err
			}
			switch container {
			case "":
				reading.Container = aws.ToString(definition.App.Name)
			case "all":
			default:
				reading.Container = container
			}
			reading.Since = time.Now().Add(-since)
			return app.Read(cmd.Context(), definition.LogGroup(), reading, cmd.OutOrStdout())
		},
	}
	flags := cmd.Flags()
	flags.BoolVarP(&reading.Follow, "follow", "f", false, "go on with what it says from now on, until Ctrl-C")
	flags.DurationVar(&since, "since", 30*time.Minute, "how far back to begin")
	flags.StringVar(&container, "container", "", "container whose lines are shown (default the app's); all for all")
	return cmd
}
