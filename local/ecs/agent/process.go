//go:build linux

package agent

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync"
	"syscall"
	"time"

	"threa-infra/local/ecs/sandbox"
)

// boxes is the runtime in which every container is a box of the sandbox.
type boxes struct {
	task    *Task
	printer *Printer
}

// Boxes returns a runtime that runs the task's containers in sandboxes and shows what they say.
func Boxes(task *Task, printer *Printer) Runtime { return &boxes{task, printer} }

// boxed is a container in a box.
type boxed struct {
	root   sandbox.Root
	box    sandbox.Box
	output io.Closer
	cmd    *exec.Cmd
	// first is within the box; the process of cmd is bubblewrap's, outside. It is never closed, as signals may be on
	// their way when the box ends.
	first *sandbox.Process
}

func (b *boxes) Start(ctx context.Context, c *Container) (Process, error) {
	box, err := b.task.box(c)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	read, write, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	defer func() { _, _ = read.Close(), write.Close() }()
	box.InfoFD = 3
	cmd, err := b.task.Root.Command(box, program(c, b.task.Images[c.Image])...)
	if err != nil {
		return nil, err
	}
	output := b.printer.Lines(c.Name)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = output, output, []*os.File{write}
	sandbox.Detach(cmd)
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &boxed{root: b.task.Root, box: box, output: output, cmd: cmd}
	_ = write.Close() // so that reading ends when bubblewrap does
	p.first, err = sandbox.First(read)
	if err != nil {
		code := p.Wait()
		return nil, fmt.Errorf("its sandbox ended with exit code %d: %w", code, err)
	}
	return p, nil
}

func (p *boxed) Wait() int {
	_ = p.cmd.Wait() // the exit code says it
	_ = p.output.Close()
	return exitCode(p.cmd)
}

// exitCode is bubblewrap's, which is the program's, or 128+n when it was ended by signal n.
func exitCode(cmd *exec.Cmd) int {
	if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return 128 + int(status.Signal())
	}
	return cmd.ProcessState.ExitCode()
}

// Signal passes a signal on as an init process does. SIGKILL is for the whole box.
func (p *boxed) Signal(signal syscall.Signal) error {
	if !p.box.Init || signal == syscall.SIGKILL {
		return p.first.Signal(signal)
	}
	return p.first.SignalChild(signal)
}

// outputEnd is how much of a health check's output is kept, in bytes. Docker keeps as much.
const outputEnd = 4096

func (p *boxed) Exec(ctx context.Context, command []string) (int, string, error) {
	cmd, err := p.root.Enter(p.first, p.box, command...)
	if err != nil {
		return 0, "", err
	}
	defer func() {
		for _, f := range cmd.ExtraFiles {
			_ = f.Close()
		}
	}()
	var output end
	cmd.Stdout, cmd.Stderr = &output, &output
	sandbox.Detach(cmd)
	if err := cmd.Start(); err != nil {
		return 0, "", err
	}
	// Bubblewrap lives on to collect the program. Otherwise that were for the machine's first process, and until it does
	// the box cannot end.
	bubblewrap, err := sandbox.Find(cmd.Process.Pid)
	if err != nil {
		return 0, "", errors.Join(err, cmd.Process.Kill(), cmd.Wait())
	}
	killed := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		defer close(killed)
		if bubblewrap.KillChildren() != nil {
			_ = cmd.Process.Kill()
		}
	})
	defer func() {
		if !forget() {
			<-killed
		}
		_ = bubblewrap.Close()
	}()
	cmd.WaitDelay = time.Second // what the program has started may hold the output for longer
	_ = cmd.Wait()              // the exit code says it
	return exitCode(cmd), output.String(), ctx.Err()
}

// end keeps the end of what is written to it.
type end struct {
	mutex sync.Mutex
	data  []byte
}

func (e *end) Write(data []byte) (int, error) {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	e.data = append(e.data, data...)
	e.data = e.data[max(0, len(e.data)-outputEnd):]
	return len(data), nil
}

func (e *end) String() string {
	e.mutex.Lock()
	defer e.mutex.Unlock()
	return string(bytes.ToValidUTF8(e.data, nil))
}
