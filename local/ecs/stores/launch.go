//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
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
	maxPorts     = 5      // ports that are tried
	logLines     = 10     // last lines of a log in errors
	home         = "/srv" // the server's folder in its sandbox
	uid          = 999    // PostgreSQL refuses to run as root
)

// errPortTaken means that another program has taken the port, which was free a moment ago.
var errPortTaken = errors.New("another program has taken the port")

// server is a program that launch can start.
type server interface {
	// prepare creates what the server needs in its folder.
	prepare(ctx context.Context) error
	// start runs the server on a port of 127.0.0.1.
	start(port int) (*sandbox.Process, error)
	// check returns nil if the server answers.
	check(ctx context.Context, port int) error
	// fill creates users and databases in a server that answers.
	fill(ctx context.Context, port int) error
	// failure returns why the server ended.
	failure(exitCode int) error
}

// launch prepares and starts a server, and waits until it answers.
func launch(ctx context.Context, s server) (process *sandbox.Process, port int, err error) {
	if err := s.prepare(ctx); err != nil {
		return nil, 0, err
	}
	for range maxPorts {
		if port, err = freePort(); err != nil {
			return nil, 0, err
		}
		if process, err = s.start(port); err != nil {
			return nil, 0, err
		}
		if err = await(ctx, s, process, port); err == nil {
			err = s.fill(ctx, port)
		}
		if err == nil {
			return process, port, nil
		}
		process.Kill()
		process.Wait()
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, 0, err
}

// await waits until the server answers.
func await(ctx context.Context, s server, process *sandbox.Process, port int) error {
	_, err := backoff.Retry(ctx, func() (struct{}, error) {
		err := s.check(ctx, port)
		if err != nil {
			select {
			case <-process.Done():
				err = backoff.Permanent(s.failure(process.Wait()))
			default:
			}
		}
		return struct{}{}, err
	}, backoff.WithBackOff(backoff.NewConstantBackOff(pollInterval)), backoff.WithMaxElapsedTime(startTimeout))
	return err
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	return listener.Addr().(*net.TCPAddr).Port, listener.Close()
}

// host runs the programs of one server.
type host struct {
	root   sandbox.Root
	dir    string // shown as home
	mounts []sandbox.Mount
}

func (h *host) box(environment ...string) sandbox.Box {
	return sandbox.Box{
		UID: uid, GID: uid, Directory: home,
		Mounts:      append([]sandbox.Mount{{Source: h.dir, Target: home, Writable: true}}, h.mounts...),
		Environment: append([]string{"PATH=/usr/bin", "HOME=" + home, "LC_ALL=C.UTF-8", "TZ=UTC"}, environment...),
	}
}

// write writes a file into the server's folder that only the server can read.
func (h *host) write(name, content string) error {
	if err := os.WriteFile(filepath.Join(h.dir, name), []byte(content), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// create creates the server's folder with a certificate for its name.
func (h *host) create(a *Authority, name string) error {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("create the server's folder: %w", err)
	}
	certificate, key, err := a.Issue(name)
	return errors.Join(err, h.write("server.crt", certificate), h.write("server.key", key), h.write("ca.crt", a.PEM))
}

// serve starts a server that writes to the log in its folder.
func (h *host) serve(program ...string) (*sandbox.Process, error) {
	log, err := os.OpenFile(h.log(), os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, fmt.Errorf("open the log: %w", err)
	}
	defer func() { _ = log.Close() }() // the server has its own descriptor
	box := h.box()
	box.Output = log
	return h.root.Start(box, program...)
}

func (h *host) log() string { return filepath.Join(h.dir, "log") }

// failure returns the last lines of the log of a server that has ended.
func (h *host) failure(exitCode int) error {
	data, err := os.ReadFile(h.log())
	if err != nil {
		return fmt.Errorf("the server ended with exit code %d: %w", exitCode, err)
	}
	text := strings.TrimSpace(string(data))
	if strings.Contains(text, "Address already in use") {
		return errPortTaken
	}
	lines := strings.Split(text, "\n")
	return fmt.Errorf("the server ended with exit code %d. Its last lines:\n%s", exitCode,
		strings.Join(lines[max(0, len(lines)-logLines):], "\n"))
}

// run runs a program of the server to its end and returns its output.
func (h *host) run(ctx context.Context, box sandbox.Box, program ...string) (string, error) {
	code, output, err := h.root.Run(ctx, box, program...)
	if err == nil && code != 0 {
		err = fmt.Errorf("%s: exit code %d: %s", filepath.Base(program[0]), code, strings.TrimSpace(output))
	}
	return output, err
}
