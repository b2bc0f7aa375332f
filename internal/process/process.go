//go:build unix

// Package process reports whether other processes still run.
package process

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
)

// Gone reports whether the process with an id has ended. A zombie, which has ended without a parent that waits for it,
// counts as gone: in a container it may stay forever. Without /proc, Gone does not recognise zombies.
func Gone(pid int) bool {
	if errors.Is(syscall.Kill(pid, 0), syscall.ESRCH) {
		return true
	}
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(stat), ") Z ")
}
