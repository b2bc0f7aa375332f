package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/session"
)

func newExec() *cobra.Command {
	return &cobra.Command{
		Use:   "exec [-- COMMAND [argument...]]",
		Short: "Open a shell in a running task",
		Long: `Opens a shell in the app's container of a running task with ECS Exec, or runs a command there with a terminal.
It needs the AWS CLI and its session-manager-plugin on PATH, enableExec, and the permission ecs:ExecuteCommand. ECS does
not return the command's exit code; threa run does.`,
		Example: `  go run ./cmd/threa exec
  go run ./cmd/threa exec -- bun --version`,
		RunE: func(cmd *cobra.Command, command []string) error {
			if err := refuseLocal("ECS Exec"); err != nil {
				return err
			}
			if err := session.CheckPrograms(false); err != nil {
				return err
			}
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			program, err := session.Shell(cmd.Context(), app, shellCommand(command))
			if err != nil {
				return err
			}
			return runProgram(cmd, program)
		},
	}
}

// isLocal reports whether this shell uses the local AWS.
func isLocal() bool { return strings.HasPrefix(os.Getenv("AWS_ENDPOINT_URL"), "http://127.0.0.1:") }

// refuseLocal returns an error if this shell uses the local AWS, which has no containers to connect to.
func refuseLocal(service string) error {
	if !isLocal() {
		return nil
	}
	return fmt.Errorf("the local AWS has no %s, because it runs no containers. Run the service's containers with: "+
		"go run ./local task", service)
}

// shellCommand joins a command to one text for the container's shell. A single argument is passed on as it is.
func shellCommand(command []string) string {
	switch len(command) {
	case 0:
		return "sh"
	case 1:
		return command[0]
	}
	return shellescape.QuoteCommand(command)
}

// runProgram runs a program in this terminal and returns its exit code as an exitError.
func runProgram(cmd *cobra.Command, program *exec.Cmd) error {
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	err := program.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exitError(exit.ExitCode())
	}
	if err != nil {
		return fmt.Errorf("start %s: %w", program.Path, err)
	}
	return nil
}

func newDB() *cobra.Command {
	var psql, master bool
	var port int
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Open a port of this machine to the private database",
		Long: `Opens a port of this machine to the private database, through the app's container and Session Manager, until
Ctrl-C. With --psql it starts psql, logged in as the app's user. The password is passed in psql's environment. TLS is
verified with the certificate authorities of Amazon RDS. --master is for what the app's user must not do, such as to
create another extension or user.

It needs the AWS CLI and its session-manager-plugin on PATH, enableExec, a running task, and the permissions
ssm:StartSession and ssm:GetParameter.`,
		Example: `  go run ./cmd/threa db --psql
  go run ./cmd/threa db --port 6543`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if port < 0 || port > math.MaxUint16 {
				return fmt.Errorf("--port is %d, but must be a port of this machine, 1 to %d, or 0 for a free one",
					port, math.MaxUint16)
			}
			if err := refuseLocal("Session Manager"); err != nil {
				return err
			}
			if err := session.CheckPrograms(psql); err != nil {
				return err
			}
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			if master {
				app.DatabaseParameter = app.MasterParameter
			}
			tunnel, err := session.OpenTunnel(cmd.Context(), app, port, cmd.ErrOrStderr())
			if err != nil {
				return err
			}
			defer tunnel.Close()
			return useTunnel(cmd, tunnel, psql, master)
		},
	}
	cmd.Flags().BoolVar(&master, "master", false, "log in as the master user, not as the app's")
	cmd.Flags().BoolVar(&psql, "psql", false, "start psql")
	cmd.Flags().IntVarP(&port, "port", "p", 5432, "port of this machine; 0 selects a free one")
	return cmd
}

// masterOptions lets the master user's session look up names in pg_catalog only. Otherwise it could run a function that
// the app's user has created in another schema under the same name.
const masterOptions = "-csearch_path=pg_catalog"

// useTunnel runs psql until its user leaves it, or says how to connect and waits until Ctrl-C.
func useTunnel(cmd *cobra.Command, tunnel *session.Tunnel, psql, master bool) error {
	if psql {
		program := exec.CommandContext(context.Background(), "psql")
		program.Env = append(os.Environ(), tunnel.Environment()...)
		if master {
			program.Env = append(program.Env, "PGOPTIONS="+masterOptions)
		}
		return runProgram(cmd, program)
	}
	database, options := tunnel.Database, ""
	if master {
		options = " options=" + masterOptions
	}
	cmd.Print(withStack(cmd, fmt.Sprintf(`The database answers on 127.0.0.1:%[1]d until Ctrl-C.
Connect with TLS verification:

  psql 'host=%[2]s hostaddr=127.0.0.1 port=%[1]d user=%[3]s dbname=%[4]s sslmode=verify-full sslrootcert=%[5]s%[7]s'

The password is in the URL in this SSM parameter:  %[6]s
`, tunnel.Port, database.Hostname(), database.User.Username(), strings.TrimPrefix(database.Path, "/"),
		tunnel.Certificates, tunnel.Parameter, options)))
	return tunnel.Wait(cmd.Context())
}
