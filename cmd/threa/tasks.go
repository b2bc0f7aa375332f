package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/logs"
)

// taskInterval is the pause between two requests for log lines or for a task's status.
const taskInterval = 2 * time.Second

func newLogs() *cobra.Command {
	var container string
	since := 30 * time.Minute
	var follow bool
	cmd := &cobra.Command{
		Use:   "logs",
		Short: "Show the app's log",
		Long: `Shows the log of all the app's tasks, oldest line first. A line has the time in UTC, the beginning of the
task's ID and the text. The task's other containers are rds-ca, which writes the database's certificate authorities,
db-role, which creates the app's user in the database, and migrate, which runs the migrations.`,
		Example: `  go run ./cmd/threa logs --follow
  go run ./cmd/threa logs --container migrate --since 3h`,
		Args: cobra.NoArgs,
		RunE: withApp(func(cmd *cobra.Command, app *deployment.App, _ []string) error {
			return showLogs(cmd, app, container, since, follow)
		}),
	}
	flags := cmd.Flags()
	flags.BoolVarP(&follow, "follow", "f", false, "continue with new lines until Ctrl-C")
	durationFlag(cmd, &since, "since", "how far back to begin")
	flags.StringVar(&container, "container", "", "container whose lines are shown, or all (default the app's)")
	return cmd
}

func showLogs(cmd *cobra.Command, app *deployment.App, container string, since time.Duration, follow bool) error {
	definition, err := app.DescribeDefinition(cmd.Context(), app.TaskDefinition)
	if err != nil {
		return err
	}
	container = cmp.Or(container, aws.ToString(definition.App.Name))
	names := definition.ContainerNames()
	reader := &logs.Reader{Client: app.Logs, Group: definition.LogGroup(), Since: time.Now().Add(-since)}
	switch {
	case container == "all":
	case slices.Contains(names, container):
		reader.Stream = logs.StreamName(container, "")
	default:
		return fmt.Errorf("the task has no container %s. It has %s; --container all shows the lines of all",
			container, strings.Join(names, ", "))
	}
	if follow {
		return reader.Follow(cmd.Context(), taskInterval, cmd.OutOrStdout())
	}
	written, err := reader.WriteNew(cmd.Context(), cmd.OutOrStdout())
	if err == nil && !written {
		cmd.PrintErrf("No lines of container %s in the last %s. Begin earlier with --since, or choose another "+
			"--container: %s\n", container, since, strings.Join(names, ", "))
	}
	return err
}

// duration is the value of a flag: a Go duration such as 90m, or whole days.
type duration time.Duration

// durationFlag adds a flag whose default is the variable's value.
func durationFlag(cmd *cobra.Command, variable *time.Duration, name, usage string) {
	cmd.Flags().Var((*duration)(variable), name, usage)
}

func (d *duration) String() string { return time.Duration(*d).String() }

func (*duration) Type() string { return "duration" }

func (d *duration) Set(text string) error {
	value, err := time.ParseDuration(text)
	if count, isDays := strings.CutSuffix(text, "d"); isDays {
		var days int
		days, err = strconv.Atoi(count)
		value = time.Duration(days) * 24 * time.Hour
	}
	if err != nil || value < 0 {
		return errors.New("use a duration such as 30m, 3h or 2d")
	}
	*d = duration(value)
	return nil
}

func newRun() *cobra.Command {
	return &cobra.Command{
		Use:   "run -- COMMAND [argument...]",
		Short: "Run a command once, with the app's image, network and secrets",
		Long: `Runs a command once in a task of its own, with the image, network, roles, variables and secrets of the running
service. The task runs on demand, never on Spot, and without migrations. The command's output goes to the standard
output, and its exit code is that of threa run. Ctrl-C stops the task. The task costs as much as one of the service.`,
		Example: `  go run ./cmd/threa run -- bun run scripts/backfill.ts
  go run ./cmd/threa run -- sh -c 'env | cut -d= -f1 | sort'`,
		Args: cobra.MinimumNArgs(1),
		RunE: withApp(func(cmd *cobra.Command, app *deployment.App, command []string) error {
			if err := refuseLocal("ECS RunTask"); err != nil {
				return err
			}
			return runOnce(cmd, app, command, taskInterval)
		}),
	}
}

func runOnce(cmd *cobra.Command, app *deployment.App, command []string, interval time.Duration) error {
	ctx := cmd.Context()
	task, err := app.Run(ctx, command)
	if err != nil {
		return err
	}
	report := func(status string) { cmd.PrintErrf("task %s: %s\n", task.ID(), status) }
	code, err := task.Wait(ctx, interval, cmd.OutOrStdout(), report)
	if ctx.Err() != nil {
		cmd.PrintErrln("stopping the task")
		if err := task.Stop(context.WithoutCancel(ctx)); err != nil { // the interrupt would hide a returned error
			cmd.PrintErrf("%v\nStop it in the AWS console. It costs money as long as it is running.\n", err)
		}
	}
	if err != nil {
		return err
	}
	if code != 0 {
		return exitError(code)
	}
	return nil
}
