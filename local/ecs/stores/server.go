//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"

	"threa-infra/local/ecs/sandbox"
)

const (
	startTimeout = time.Minute
	pollInterval = 50 * time.Millisecond
	logLines     = 10     // last lines of a log in errors
	home         = "/srv" // the server's folder in its sandbox
	uid          = 999    // PostgreSQL refuses to run as root
)

// server is a program in place of the server of an endpoint.
type server struct {
	root     sandbox.Root
	dir      string // shown as home
	ip, port string // on which it listens
	mounts   []sandbox.Mount
	program  []string
	// check returns nil if the server accepts connections.
	check func(context.Context) error

	process *sandbox.Process // nil until it has started
}

// newServer creates the server's folder with a certificate for its name.
func newServer(root sandbox.Root, dir, name string, a *Authority) (*server, error) {
	s := &server{root: root, dir: dir}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("create the server's folder: %w", err)
	}
	certificate, key, err := a.Issue(name)
	return s, errors.Join(err, s.write("server.crt", certificate), s.write("server.key", key), s.write("ca.crt", a.PEM),
		s.findPort())
}

// findPort chooses an address of the loopback interface that no other program uses, and a free port.
func (s *server) findPort() error {
	//nolint:gosec // a free address, not a secret
	s.ip = fmt.Sprintf("127.%d.%d.%d", 1+rand.IntN(254), rand.IntN(256), 1+rand.IntN(254))
	listener, err := net.Listen("tcp", s.ip+":0")
	if err != nil {
		return fmt.Errorf("find a free port: %w", err)
	}
	_, s.port, err = net.SplitHostPort(listener.Addr().String())
	return errors.Join(err, listener.Close())
}

func (s *server) address() string { return net.JoinHostPort(s.ip, s.port) }

// start starts the server and waits until it accepts connections. Its output goes to the log in its folder.
func (s *server) start(ctx context.Context) error {
	log, err := os.OpenFile(filepath.Join(s.dir, "log"), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return fmt.Errorf("open the log: %w", err)
	}
	defer func() { _ = log.Close() }() // the server has its own descriptor
	box := s.box()
	box.Output = log
	if s.process, err = s.root.Start(box, s.program...); err != nil {
		return err
	}
	_, err = backoff.Retry(ctx, func() (struct{}, error) {
		err := s.check(ctx)
		if err != nil {
			select {
			case <-s.process.Done():
				err = backoff.Permanent(s.failure())
			default:
			}
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(pollInterval)), backoff.WithMaxElapsedTime(startTimeout))
	return err
}

// failure returns the last lines of the log of a server that has ended.
func (s *server) failure() error {
	data, err := os.ReadFile(filepath.Join(s.dir, "log"))
	if err != nil {
		return fmt.Errorf("the server ended with exit code %d: %w", s.process.Wait(), err)
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	return fmt.Errorf("the server ended with exit code %d. Its last lines:\n%s", s.process.Wait(),
		strings.Join(lines[max(0, len(lines)-logLines):], "\n"))
}

func (s *server) box() sandbox.Box {
	return sandbox.Box{
		UID: uid, GID: uid, Directory: home,
		Mounts:      append([]sandbox.Mount{{Source: s.dir, Target: home, Writable: true}}, s.mounts...),
		Environment: []string{"PATH=/usr/bin", "HOME=" + home, "LC_ALL=C.UTF-8", "TZ=UTC"},
	}
}

// write writes a file into the server's folder that only the server can read.
func (s *server) write(name, content string) error {
	if err := os.WriteFile(filepath.Join(s.dir, name), []byte(content), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// run runs a program of the server with an input to its end.
func (s *server) run(ctx context.Context, input string, program ...string) error {
	box := s.box()
	box.Stdin = strings.NewReader(input)
	code, output, err := s.root.Run(ctx, box, program...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d: %s", filepath.Base(program[0]), code, strings.TrimSpace(output))
	}
	return err
}
