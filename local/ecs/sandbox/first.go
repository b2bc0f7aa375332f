//go:build linux

package sandbox

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Process is a process that this one, or bubblewrap for it, has started.
type Process struct {
	pid    int
	handle *os.File // a pidfd, as numbers are given again; nil when the process had ended before
}

// First reads what is written to Box.InfoFD and returns the box's first process.
func First(info io.Reader) (*Process, error) {
	var box struct {
		PID int `json:"child-pid"`
	}
	if err := json.NewDecoder(info).Decode(&box); err != nil {
		return nil, fmt.Errorf("learn which process is the first of the sandbox: %w", err)
	}
	return Find(box.PID)
}

// Find returns the process with a number. That it has ended is no error.
func Find(pid int) (*Process, error) {
	descriptor, err := unix.PidfdOpen(pid, 0)
	if errors.Is(err, unix.ESRCH) {
		return &Process{pid: pid}, nil
	}
	if err != nil {
		return nil, fmt.Errorf("hold on to process %d: %w", pid, err)
	}
	return &Process{pid, os.NewFile(uintptr(descriptor), "process")}, nil
}

// Close lets go of the process.
func (p *Process) Close() error { return p.handle.Close() }

// Signal sends a signal, or returns os.ErrProcessDone.
func (p *Process) Signal(signal syscall.Signal) error {
	if p.handle == nil {
		return os.ErrProcessDone
	}
	return send(p.handle, signal)
}

// send takes a pidfd or a folder of /proc.
func send(process *os.File, signal syscall.Signal) error {
	err := unix.PidfdSendSignal(int(process.Fd()), signal, nil, 0)
	if errors.Is(err, unix.ESRCH) {
		return os.ErrProcessDone
	}
	return err
}

// folder is the process's in /proc.
func (p *Process) folder() string { return filepath.Join("/proc", strconv.Itoa(p.pid)) }

// forkGrace is longer than a process that has just been started needs until it has its child.
const forkGrace = time.Second

// SignalChild sends a signal to the oldest child of the process: the program of a box with an init, or what bubblewrap
// runs.
func (p *Process) SignalChild(signal syscall.Signal) error {
	for deadline := time.Now().Add(forkGrace); ; time.Sleep(time.Millisecond) {
		children, err := os.ReadFile(filepath.Join(p.folder(), "task", strconv.Itoa(p.pid), "children"))
		if err != nil {
			return err
		}
		if err := p.Signal(0); err != nil {
			return err // what was read may be about another process that has its number now
		}
		if first, _, found := strings.Cut(string(children), " "); found {
			child, err := os.Open(filepath.Join("/proc", first))
			if err != nil {
				return err
			}
			return errors.Join(send(child, signal), child.Close())
		}
		if time.Now().After(deadline) {
			return errors.New("it has no child")
		}
	}
}

// KillChildren kills the children of the process, the oldest first, until the process itself has ended and was waited
// for. One signal is not enough for a program that enters a box: bubblewrap's first child is a helper, which ends by
// itself as soon as it has started the program.
func (p *Process) KillChildren() error {
	for ; p.Signal(0) == nil; time.Sleep(time.Millisecond) {
		err := p.SignalChild(syscall.SIGKILL)
		if err != nil && !errors.Is(err, os.ErrProcessDone) && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, unix.ESRCH) {
			return err
		}
	}
	return nil
}

// Detach keeps a command from the signals of a terminal, which are the business of who starts it, and from outliving it.
func Detach(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
