//go:build unix

// Package process tells whether other processes still run.
package process

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Gone tells whether the process with an id has ended. One that has ended but that nobody has collected, a zombie,
// counts as gone: in a container nobody may ever collect it. Where there is no /proc, zombies cannot be told.
func Gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
