//go:build unix

package moto

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a shell that kills a process group when its input ends. That happens however this process ends, even by
// SIGKILL.
type guard struct {
	cmd   *exec.Cmd
	input io.WriteCloser
}

func startGuard(group int) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", `read -r _; kill -KILL -"$1" 2>/dev/null`, "guard", strconv.Itoa(group))
	// In a group of its own, it survives signals to this process's group.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		return nil, fmt.Errorf("start the guard of moto: %w", err)
	}
	return &guard{cmd: cmd, input: input}, nil
}

// dismiss ends the guard before it kills anything: another process group may have the same number by then.
func (g *guard) dismiss() {
	// Both fail only if the guard has ended already.
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}
