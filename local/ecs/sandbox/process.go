//go:build linux

package sandbox

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Process is a program that runs in a box.
type Process struct {
	cmd   *exec.Cmd   // bubblewrap, outside the box
	first *os.Process // the box's first process, with which the kernel ends all others
	init  bool
	done  chan struct{}
}

// Start starts a program in a box. The box ends with the current process, and gets none of the terminal's signals.
func (r Root) Start(b Box, program ...string) (*Process, error) {
	cmd, err := r.command(b, program)
	if err != nil {
		return nil, err
	}
	info, write, err := os.Pipe()
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program[0], err)
	}
	defer func() { _ = info.Close() }()
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = b.Stdin, b.Output, b.Output, []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
	err = cmd.Start()
	_ = write.Close() // so that reading ends when bubblewrap does
	if err != nil {
		return nil, fmt.Errorf("start %s: %w", program[0], err)
	}
	p := &Process{cmd: cmd, init: b.Init, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // its result is in cmd.ProcessState
		close(p.done)
	}()
	var box struct {
		PID int `json:"child-pid"`
	}
	if err := json.NewDecoder(info).Decode(&box); err != nil {
		return nil, fmt.Errorf("start %s: the sandbox ended with exit code %d: %w", program[0], p.Wait(), err)
	}
	if p.first, err = os.FindProcess(box.PID); err != nil {
		return nil, errors.Join(fmt.Errorf("start %s: %w", program[0], err), cmd.Process.Kill())
	}
	return p, nil
}

// Run runs a program in a box to its end and returns its exit code and output. When ctx ends, it kills the program and
// returns ctx's error.
func (r Root) Run(ctx context.Context, b Box, program ...string) (code int, output string, err error) {
	var out bytes.Buffer
	b.Output = &out
	p, err := r.Start(b, program...)
	if err != nil {
		return 0, "", err
	}
	defer context.AfterFunc(ctx, p.Kill)()
	code = p.Wait()
	return code, string(bytes.ToValidUTF8(out.Bytes(), nil)), ctx.Err()
}

// Check returns an error if this machine does not let its users create namespaces.
func (r Root) Check(ctx context.Context) error {
	code, output, err := r.Run(ctx, Box{}, "true")
	if err == nil && code == 0 {
		return nil
	}
	return fmt.Errorf("this machine does not allow user namespaces, which local containers need (%w %s). Allow them with "+
		"sysctl kernel.unprivileged_userns_clone=1 kernel.apparmor_restrict_unprivileged_userns=0, if it has these settings",
		err, strings.TrimSpace(output))
}

// Done is closed when all processes of the box have ended.
func (p *Process) Done() <-chan struct{} { return p.done }

// Wait waits until the box has ended and returns the program's exit code: 128+n if signal n ended it.
func (p *Process) Wait() int {
	<-p.done
	if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return p.cmd.ProcessState.ExitCode()
}

// Kill kills all processes of the box.
func (p *Process) Kill() { _ = p.Signal(syscall.SIGKILL) } // fails only if it has ended

// Signal sends a signal to the program, or returns an error if it has ended.
func (p *Process) Signal(signal syscall.Signal) error {
	if !p.init || signal == syscall.SIGKILL {
		return p.first.Signal(signal)
	}
	// A moment passes between the start of the init process and that of the program, its first child.
	program, err := backoff.Retry(context.Background(), p.firstChild,
		backoff.WithBackOff(backoff.NewConstantBackOff(time.Millisecond)), backoff.WithMaxElapsedTime(time.Second))
	if err != nil {
		return fmt.Errorf("find the program of process %d: %w", p.first.Pid, err)
	}
	return program.Signal(signal)
}

// firstChild returns the oldest child of the box's first process.
func (p *Process) firstChild() (*os.Process, error) {
	pid := strconv.Itoa(p.first.Pid)
	children, err := os.ReadFile(filepath.Join("/proc", pid, "task", pid, "children"))
	if err == nil { // the id could already be another process's
		err = p.first.Signal(syscall.Signal(0))
	}
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	id, _, ok := strings.Cut(string(children), " ")
	if !ok {
		return nil, errors.New("no child yet")
	}
	child, err := strconv.Atoi(id)
	if err != nil {
		return nil, backoff.Permanent(err)
	}
	return os.FindProcess(child)
}
