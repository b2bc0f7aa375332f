package main

import (
	"os"
	"os/exec"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
)

// foreground gives the terminal to the command's process group, if this process has it now, so that pulumi can read
// keys. The returned function takes it back.
func foreground(cmd *exec.Cmd) func() {
	tty := int(os.Stdin.Fd())
	owner, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	if err != nil || owner != syscall.Getpgrp() {
		return func() {}
	}
	cmd.SysProcAttr.Foreground = true
	cmd.SysProcAttr.Ctty = tty
	// Stopping the engine alone would leave the shell waiting for ever. It inherits that this is ignored.
	signal.Ignore(syscall.SIGTSTP)
	return func() {
		signal.Ignore(syscall.SIGTTOU) // taking the terminal back from the background would stop this process
		_ = unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, owner)
		signal.Reset(syscall.SIGTTOU, syscall.SIGTSTP)
	}
}
