package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/internal/rdsca"
)

func newDB() *cobra.Command {
	var psql bool
	var port int
	cmd := &cobra.Command{
		Use:   "db",
		Short: "Open a port on this machine to the private database",
		Long: `Opens a port on this machine that leads to the private database, through the app's container and Session Manager, until
Ctrl-C. With --psql it starts psql there, logged in as the app is; the password reaches it through its environment.
TLS is verified all the way, with the certificate authorities of Amazon RDS.

It needs AWS's session-manager-plugin on PATH, enableExec, a running task, and the permissions ssm:StartSession and
ssm:GetParameter.`,
		Example: `  go run ./cmd/threa db --psql
  go run ./cmd/threa db --port 6543`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plugin, err := deployment.FindPlugin(cmd.Context())
			if err != nil {
				return err
			}
			if psql {
				if _, err := exec.LookPath("psql"); err != nil {
					return errors.New("psql is not on PATH: https://www.postgresql.org/download/; without --psql any client can use the port")
				}
			}
			app, err := connect(cmd)
			if err != nil {
				return err
			}
			return database(cmd, app, plugin, port, psql)
		},
	}
	cmd.Flags().BoolVar(&psql, "psql", false, "start psql there")
	cmd.Flags().IntVarP(&port, "port", "p", 5432, "port of this machine; 0 takes a free one")
	return cmd
}

func database(cmd *cobra.Command, app *deployment.App, plugin *deployment.Plugin, port int, psql bool) error {
	ctx := cmd.Context()
	port, err := freePort(port)
	if err != nil {
		return err
	}
	found, err := app.FindDatabase(ctx)
	if err != nil {
		return err
	}
	certificates, err := writeCertificates(app.Region)
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(certificates) }()
	session, err := app.Forward(ctx, found.Host, found.Port, port)
	if err != nil {
		return err
	}
	tunnel := plugin.Command(session)
	tunnel.Stdout, tunnel.Stderr = cmd.ErrOrStderr(), cmd.ErrOrStderr()
	tunnel.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // a Ctrl-C in psql is psql's
	if err := tunnel.Start(); err != nil {
		return errors.Join(fmt.Errorf("start the session-manager-plugin: %w", err), app.Close(ctx, session))
	}
	gone := make(chan error, 1)
	go func() { gone <- tunnel.Wait() }()
	defer func() { _ = app.Close(context.WithoutCancel(ctx), session) }() // the plugin may have done so
	if err := open(ctx, port, gone); err != nil {
		_ = tunnel.Process.Signal(syscall.SIGTERM)
		return err
	}
	defer func() { _ = tunnel.Process.Signal(syscall.SIGTERM) }()
	if psql {
		return runPSQL(cmd, found.Environment(port, certificates))
	}
	_, _ = fmt.Fprintf(cmd.OutOrStdout(), "The database answers on 127.0.0.1:%d until Ctrl-C. A client that verifies it:\n\n"+
		"  psql 'host=%s hostaddr=127.0.0.1 port=%d user=%s dbname=%s sslmode=verify-full sslrootcert=%s'\n\n"+
		"The password is dbPassword:  pulumi config get dbPassword\n", port, found.Host, port, found.User, found.Name, certificates)
	select {
	case err := <-gone:
		return fmt.Errorf("the session has ended: %w", errors.Join(errors.New("start it again"), err))
	case <-ctx.Done():
		return nil
	}
}

// freePort tells whether a port of this machine can be had, and chooses one for 0.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, fmt.Errorf("port %d of this machine is in use, by a database of your own perhaps: choose another with --port (0 for any): %w", port, err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().(*net.TCPAddr).Port, nil
}

func writeCertificates(region string) (string, error) {
	bundle, err := rdsca.Bundle(region)
	if err != nil {
		return "", err
	}
	file, err := os.CreateTemp("", "threa-rds-ca-*.pem")
	if err != nil {
		return "", fmt.Errorf("write the certificates: %w", err)
	}
	_, err = file.WriteString(bundle)
	if err = errors.Join(err, file.Close()); err != nil {
		return "", fmt.Errorf("write the certificates: %w", err)
	}
	return file.Name(), nil
}

// open waits until the plugin listens on the port.
func open(ctx context.Context, port int, gone <-chan error) error {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
		if err == nil {
			return connection.Close() //nolint:wrapcheck // cannot fail
		}
		select {
		case err := <-gone:
			return fmt.Errorf("the session-manager-plugin ended at once: %w", errors.Join(errors.New("see what it said above"), err))
		case <-ctx.Done():
			return fmt.Errorf("the session-manager-plugin did not open port %d: %w", port, ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// runPSQL runs psql until its user leaves it.
func runPSQL(cmd *cobra.Command, environment []string) error {
	program := exec.CommandContext(context.Background(), "psql")
	program.Env = append(os.Environ(), environment...)
	program.Stdin, program.Stdout, program.Stderr = os.Stdin, cmd.OutOrStdout(), cmd.ErrOrStderr()
	err := program.Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return &ended{code: exit.ExitCode()}
	}
	if err != nil {
		return fmt.Errorf("start psql: %w", err)
	}
	return nil
}
