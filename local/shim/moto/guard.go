//go:build unix

package moto

import (
	"fmt"
	"io"
	"os/exec"
	"strconv"
	"syscall"
)

// guard is a shell that waits for the end of its input, which comes when this
// process ends in any way, SIGKILL included, and then kills a process group.
type guard struct {
	cmd   *exec.Cmd
	input io.WriteCloser
}

func startGuard(group int) (*guard, error) {
	cmd := exec.Command("/bin/sh", "-c", `read -r _; kill -KILL -"$1" 2>/dev/null`, "guard", strconv.Itoa(group))
	// Outside our group, it survives what is sent to the whole of ours.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, fmt.Errorf("start the guard of moto: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the guard of moto: %w", err)
	}
	return &guard{cmd: cmd, input: input}, nil
}

// dismiss ends the guard before it acts: by then the process group is gone, and
// its number may belong to another.
func (g *guard) dismiss() {
	// Both fail only if the guard has ended already.
	_ = g.cmd.Process.Kill()
	_ = g.cmd.Wait()
}
