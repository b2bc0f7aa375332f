package session

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/poll"
	"threa-infra/internal/rdsca"
)

const (
	openInterval = 100 * time.Millisecond
	openTimeout  = time.Minute
)

// Tunnel is an open port of this machine to the database.
type Tunnel struct {
	Database     *Database
	Port         int
	Certificates string // file with the certificate authorities of Amazon RDS

	session *Session
	plugin  *exec.Cmd
	ended   chan error // receives the plugin's error when it ends
}

// OpenTunnel opens a port of this machine to the database; port 0 selects a free one. The plugin's output goes to out.
func OpenTunnel(
	ctx context.Context, app *deployment.App, plugin *Plugin, port int, out io.Writer,
) (*Tunnel, error) {
	port, err := freePort(port)
	if err != nil {
		return nil, err
	}
	t := &Tunnel{Port: port, ended: make(chan error, 1)}
	if t.Database, err = FindDatabase(ctx, app); err != nil {
		return nil, err
	}
	if t.session, err = Forward(ctx, app, t.Database, port); err != nil {
		return nil, err
	}
	if t.Certificates, err = writeCertificates(app.Region); err != nil {
		t.Close(ctx)
		return nil, err
	}
	t.plugin = plugin.Command(t.session)
	t.plugin.Stdout, t.plugin.Stderr = out, out
	t.plugin.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} // Ctrl-C in psql must not end it
	if err := t.plugin.Start(); err != nil {
		t.Close(ctx)
		return nil, fmt.Errorf("start the %s: %w", pluginName, err)
	}
	go func() { t.ended <- t.plugin.Wait() }()
	if err := t.waitForPort(ctx); err != nil {
		t.Close(ctx)
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
			return false, fmt.Errorf("the %s ended immediately, see its output above: %w", pluginName, exitError(err))
		default:
		}
		connection, err := (&net.Dialer{}).DialContext(ctx, "tcp", address)
		if err != nil {
			return false, nil //nolint:nilerr // it does not listen yet
		}
		return true, connection.Close()
	})
	if ctx.Err() != nil {
		return fmt.Errorf("the %s did not open port %d: %w", pluginName, t.Port, ctx.Err())
	}
	return err
}

// Wait waits until the session ends, which is an error, or ctx does.
func (t *Tunnel) Wait(ctx context.Context) error {
	select {
	case err := <-t.ended:
		return fmt.Errorf("the session has ended. Run the command again: %w", exitError(err))
	case <-ctx.Done():
		return nil
	}
}

// exitError returns an error for a plugin that ended, also if it reported success.
func exitError(err error) error {
	if err == nil {
		return errors.New("exit status 0")
	}
	return err
}

// Close ends the plugin and the session, and removes the certificates. Errors are ignored: the plugin may have ended
// the session already, and AWS ends a session that nobody uses.
func (t *Tunnel) Close(ctx context.Context) {
	if t.plugin != nil && t.plugin.Process != nil {
		_ = t.plugin.Process.Signal(syscall.SIGTERM)
	}
	_ = t.session.Terminate(context.WithoutCancel(ctx))
	_ = os.Remove(t.Certificates)
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
