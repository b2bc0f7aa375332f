package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/poll"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/rdsca"
)

const (
	openInterval = 100 * time.Millisecond
	openTimeout  = time.Minute
)

// Tunnel is an open port of this machine to the database.
type Tunnel struct {
	Database     *url.URL // with user and password
	Parameter    string   // name of the SSM parameter with Database
	Port         int
	Certificates string // file with the certificate authorities of Amazon RDS

	program *exec.Cmd
	ended   chan error // receives the program's error when it ends
}

// OpenTunnel opens a port of this machine to the database; port 0 selects a free one. The output of the AWS CLI goes to
// out.
func OpenTunnel(ctx context.Context, app *deployment.App, port int, out io.Writer) (*Tunnel, error) {
	port, err := freePort(port)
	if err != nil {
		return nil, err
	}
	t := &Tunnel{Port: port, Parameter: app.DatabaseParameter, ended: make(chan error, 1)}
	if t.Database, err = findDatabase(ctx, app); err != nil {
		return nil, err
	}
	if t.program, err = forward(ctx, app, t.Database, port); err != nil {
		return nil, err
	}
	if t.Certificates, err = writeCertificates(app.Region); err != nil {
		return nil, err
	}
	t.program.Stdout, t.program.Stderr = out, out
	t.program.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in psql must not end it
	if err := t.program.Start(); err != nil {
		_ = os.Remove(t.Certificates)
		return nil, fmt.Errorf("start the AWS CLI: %w", err)
	}
	go func() { t.ended <- t.program.Wait() }()
	if err := t.waitForPort(ctx); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

// waitForPort waits until the plugin listens.
func (t *Tunnel) waitForPort(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, openTimeout)
	defer cancel()
	address := net.JoinHostPort("127.0.0.1", strconv.Itoa(t.Port))
	err := poll.Until(ctx, openInterval, func() (bool, error) {
		select {
		case err := <-t.ended:
			return false, fmt.Errorf("the session ended immediately, see the output above: %w", exitStatus(err))
		default:
		}
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return true, connection.Close()
	})
	if ctx.Err() != nil {
		return fmt.Errorf("the session did not open port %d: %w", t.Port, ctx.Err())
	}
	return err
}

// Wait waits until the session ends, which is an error, or ctx does.
func (t *Tunnel) Wait(ctx context.Context) error {
	select {
	case err := <-t.ended:
		return fmt.Errorf("the session has ended. Run the command again: %w", exitStatus(err))
	case <-ctx.Done():
		return nil
	}
}

// exitStatus returns an error for a program that ended, also if it reported success.
func exitStatus(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// Close interrupts the AWS CLI and its plugin, which ends the session, and removes the certificates.
func (t *Tunnel) Close() {
	_ = syscall.Kill(-t.program.Process.Pid, syscall.SIGINT) // it may have ended
	_ = os.Remove(t.Certificates)
}

// findDatabase reads the database's URL from its SSM parameter. The error never quotes it.
func findDatabase(ctx context.Context, app *deployment.App) (*url.URL, error) {
	name := app.DatabaseParameter
	if name == "" {
		return nil, fmt.Errorf("%w: the stack has no database yet. Create it: pulumi up", deployment.ErrNotDeployed)
	}
	answer, err := app.SSM.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if preconditions.IsDenied(err) {
		return nil, fmt.Errorf("your AWS credentials lack the permission ssm:GetParameter on %s: %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	database, err := url.Parse(aws.ToString(answer.Parameter.Value))
	if err != nil || database.User == nil || database.Port() == "" {
		return nil, fmt.Errorf("parameter %s is not a database URL", name)
	}
	return database, nil
}

// Environment returns the variables that make psql, or another client built on libpq, log in through the tunnel and
// verify the database's certificate. See https://www.postgresql.org/docs/current/libpq-envars.html
func (t *Tunnel) Environment() []string {
	password, _ := t.Database.User.Password()
	return []string{
		"PGHOST=" + t.Database.Hostname(), "PGHOSTADDR=127.0.0.1", "PGPORT=" + strconv.Itoa(t.Port),
		"PGDATABASE=" + strings.TrimPrefix(t.Database.Path, "/"), "PGUSER=" + t.Database.User.Username(),
		"PGPASSWORD=" + password, "PGSSLMODE=verify-full", "PGSSLROOTCERT=" + t.Certificates,
	}
}

// freePort returns a port of this machine that is free: the requested one, or any for 0.
func freePort(port int) (int, error) {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if err != nil {
		return 0, fmt.Errorf("port %d of this machine is in use, perhaps by a local database. "+
			"Choose another with --port, or 0 for any: %w", port, err)
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
		return "", fmt.Errorf("create certificates file: %w", err)
	}
	_, err = file.WriteString(bundle)
	if err = errors.Join(err, file.Close()); err != nil {
		_ = os.Remove(file.Name())
		return "", fmt.Errorf("write certificates file: %w", err)
	}
	return file.Name(), nil
}
