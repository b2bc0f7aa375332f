package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
)

func newExec() *cobra.Command {
	return &cobra.Command{
		Use:   "exec [-- COMMAND [argument...]]",
		Short: "Open a shell in the running task",
		Long: `Opens a shell in the app's container of a running task, or runs a command there, with a terminal, through ECS Exec. It needs
AWS's session-manager-plugin on PATH, enableExec, and the permission ecs:ExecuteCommand. ECS does not tell the exit code
of what runs there; threa run does, in a task of its own.`,
		Example: `  go run ./cmd/threa exec
  go run ./cmd/threa exec -- bun --version`,
		RunE: func(cmd *cobra.Command, command []string) error {
			plugin, err := deployment.FindPlugin(cmd.Context())
			if err != nil {
				return err
			}
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			if len(command) == 0 {
				command = []string{"sh"}
			}
			session, err := app.Shell(cmd.Context(), words(command))
			if err != nil {
				return err
			}
			return join(cmd, app, plugin, session)
		},
	}
}

// join hands the terminal over to the plugin until the session has ended.
func join(cmd *cobra.Command, app *deployment.App, plugin *deployment.Plugin, session *deployment.Session) error {
	program := plugin.Command(session)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	err := program.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &ended{code: exit.ExitCode()} // it has said why
	}
	if err != nil {
		return errors.Join(fmt.Errorf("start the session-manager-plugin: %w", err), app.Close(cmd.Context(), session))
	}
	return nil
}

// words writes a command as one text, each word in quotes where a shell would need them.
func words(command []string) string {
	if len(command) == 1 {
		return command[0]
	}
	quoted := make([]string, len(command))
	for i, word := range command {
		quoted[i] = word
		if word == "" || strings.ContainsAny(word, " \t\n'\"\\$`|&;<>()*?[]#~=%!{}") {
			quoted[i] = "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
		}
	}
	return strings.Join(quoted, " ")
}
