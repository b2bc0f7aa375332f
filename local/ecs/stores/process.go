//go:build linux

package stores

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"threa-infra/local/ecs/sandbox"
)

const (
	readyDeadline = time.Minute
	poll          = 50 * time.Millisecond
	ports         = 5      // how many are tried before giving up
	lastLines     = 10     // of a log, in errors
	home          = "/srv" // where a server's box shows its folder
	infoFD        = 3      // the first of a command's ExtraFiles
	uid           = 999    // PostgreSQL refuses to be root
)

// errPortTaken means that another program took the port that was free a moment ago.
var errPortTaken = errors.New("the port was taken by another program")

// box runs the programs of one server with its folder.
type box struct {
	root sandbox.Root
	dir  string
}

// file writes into the server's folder what only it may read.
func (b box) file(name, content string) error {
	if err := os.WriteFile(filepath.Join(b.dir, name), []byte(content), 0o600); err != nil {
		return fmt.Errorf("write %s: %w", name, err)
	}
	return nil
}

// certify writes a certificate of the authority and its key.
func (b box) certify(a *Authority, name string) error {
	cert, key, err := a.Issue(name)
	if err != nil {
		return err
	}
	return errors.Join(b.file("server.crt", cert), b.file("server.key", key))
}

// command runs a program that sees the server's folder as /srv, and more where it is shown.
func (b box) command(mounts []sandbox.Mount, program ...string) (*exec.Cmd, error) {
	return b.root.Command(sandbox.Box{
		UID: uid, GID: uid, Directory: home, InfoFD: infoFD,
		Mounts:      append([]sandbox.Mount{{Source: b.dir, Target: home, Writable: true}}, mounts...),
		Environment: []string{"PATH=/usr/bin", "HOME=" + home, "LC_ALL=C.UTF-8", "TZ=UTC"},
	}, program...)
}

// begin starts a box and holds on to its first process, with which the kernel ends all others: in its first
// milliseconds a box would outlive bubblewrap. Of the signals of a terminal it gets none, as the app that drains on
// them needs the servers until its end.
func begin(cmd *exec.Cmd) (*sandbox.Process, error) {
	sandbox.Detach(cmd)
	info, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _ = info.Close() }()
	cmd.ExtraFiles = []*os.File{write}
	if err := errors.Join(cmd.Start(), write.Close()); err != nil {
		return nil, err
	}
	first, err := sandbox.First(info)
	if err != nil {
		return nil, errors.Join(cmd.Wait(), err)
	}
	return first, nil
}

// run runs a program to its end and returns what it wrote.
func run(ctx context.Context, cmd *exec.Cmd) (string, error) {
	var out strings.Builder
	cmd.Stdout, cmd.Stderr = &out, &out
	first, err := begin(cmd)
	if err == nil {
		stop := context.AfterFunc(ctx, func() { _ = first.Signal(syscall.SIGKILL) })
		err = cmd.Wait()
		if stop() {
			_ = first.Close()
		}
	}
	if ctx.Err() != nil {
		return "", ctx.Err()
	}
	if err != nil {
		return "", fmt.Errorf("%w: %s", err, strings.TrimSpace(out.String()))
	}
	return out.String(), nil
}

// process is a server that was started.
type process struct {
	cmd   *exec.Cmd
	first *sandbox.Process
	log   string
	done  chan struct{} // closed once all of the server's processes are gone
}

// spawn starts a server that writes to a log in its folder.
func (b box) spawn(cmd *exec.Cmd) (*process, error) {
	p := &process{cmd: cmd, log: filepath.Join(b.dir, "log"), done: make(chan struct{})}
	log, err := os.OpenFile(p.log, os.O_CREATE|os.O_WRONLY|os.O_TRUNC, 0o600)
	if err != nil {
		return nil, err
	}
	// Through a pipe and not as a file: so that Wait returns when the last process that could write has ended.
	cmd.Stdout = struct{ io.Writer }{log}
	cmd.Stderr = cmd.Stdout
	if p.first, err = begin(cmd); err != nil {
		return nil, errors.Join(err, p.failure(), log.Close())
	}
	go func() {
		_ = cmd.Wait()
		_ = log.Close()
		close(p.done)
	}()
	return p, nil
}

func (p *process) kill() {
	_ = p.first.Signal(syscall.SIGKILL) // unless it has ended
	<-p.done
}

// failure is why the server ended, in its own words.
func (p *process) failure() error {
	data, err := os.ReadFile(p.log)
	if err != nil {
		return fmt.Errorf("it ended (%s): %w", p.cmd.ProcessState, err)
	}
	text := strings.TrimSpace(string(data))
	if strings.Contains(text, "Address already in use") {
		return errPortTaken
	}
	lines := strings.Split(text, "\n")
	return fmt.Errorf("it ended (%s) with these words:\n%s", p.cmd.ProcessState, strings.Join(lines[max(0, len(lines)-lastLines):], "\n"))
}

// launch prepares and starts a server, and waits until it serves.
func launch(ctx context.Context, s server) (*process, int, error) {
	if err := s.prepare(ctx); err != nil {
		return nil, 0, err
	}
	var err error
	for range ports {
		var p *process
		var port int
		if port, err = freePort(); err != nil {
			return nil, 0, err
		}
		if p, err = s.start(port); err != nil {
			return nil, 0, err
		}
		if err = await(ctx, p, func() error { return s.ready(ctx, port) }); err == nil {
			err = s.fill(ctx, port)
		}
		if err == nil {
			return p, port, nil
		}
		p.kill()
		if !errors.Is(err, errPortTaken) {
			break
		}
	}
	return nil, 0, err
}

// await asks again and again whether the server serves, until it does, has ended, or too much time has passed.
func await(ctx context.Context, p *process, ready func() error) error {
	deadline := time.NewTimer(readyDeadline)
	defer deadline.Stop()
	for {
		err := ready()
		if err == nil {
			return nil
		}
		select {
		case <-p.done:
			return p.failure()
		case <-ctx.Done():
			return ctx.Err()
		case <-deadline.C:
			return fmt.Errorf("it runs and does not serve after %s, see %s: %w", readyDeadline, p.log, err)
		case <-time.After(poll):
		}
	}
}

func freePort() (int, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, fmt.Errorf("find a free port: %w", err)
	}
	port := listener.Addr().(*net.TCPAddr).Port
	return port, listener.Close()
}
