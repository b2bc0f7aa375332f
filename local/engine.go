package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/pulumicli"
	"threa-infra/local/workspace"
)

// mayCreate tells whether the command creates its stack if the backend does not have it. As on AWS, a deployment, its
// preview and stack init do. A stack with a file also needs no deployment to get settings, nor to be read while the
// local AWS is stopped, because nothing keeps its state then.
func (l *launcher) mayCreate(isRunning bool) bool {
	c := l.command
	return c.Compiles || c.Is("stack new") ||
		l.hasFile(c.Stack) && (c.Config == pulumicli.Overrides || !isRunning && !c.Operates)
}

// hasFile tells whether a stack has settings, its own or those of the local AWS.
func (l *launcher) hasFile(stack string) bool {
	_, err1 := os.Stat(l.work.BaseConfig(stack))
	_, err2 := os.Stat(l.work.Overrides(stack))
	return err1 == nil || err2 == nil
}

// refuseUnknown returns an error for a stack that neither exists nor has a file.
func (l *launcher) refuseUnknown(stack string) error {
	if l.work.HasStack(l.project.Name, stack) || l.hasFile(stack) {
		return nil
	}
	return noStack(stack)
}

// noStack begins as the error of pulumi, to which threa adds what to do.
func noStack(stack string) error {
	return fmt.Errorf("no stack named '%s' found. To deploy it: go run ./local up --stack %[1]s", stack)
}

// createStack creates the stack if the backend does not have it and the command may. Pulumi then writes a stack file
// next to Pulumi.yaml, so this happens in a temporary folder.
func (l *launcher) createStack(ctx context.Context) error {
	switch exists := l.work.HasStack(l.project.Name, l.command.Stack); {
	case exists && l.command.Is("stack new"):
		return fmt.Errorf("stack '%s' already exists", l.command.Stack)
	case exists:
		return nil
	case !l.mayCreate(l.env.Endpoint != ""):
		return noStack(l.command.Stack)
	}
	dir, err := os.MkdirTemp(l.work.Dir, "stack-init-")
	if err != nil {
		return fmt.Errorf("create stack %s: %w", l.command.Stack, err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	project := fmt.Sprintf("name: %s\nruntime: go\n", l.project.Name)
	salted, err := os.ReadFile(l.work.Effective(l.command.Stack))
	err = errors.Join(err,
		os.WriteFile(filepath.Join(dir, "Pulumi.yaml"), []byte(project), 0o600),
		os.WriteFile(filepath.Join(dir, "Pulumi."+l.command.Stack+".yaml"), salted, 0o600))
	if err != nil {
		return fmt.Errorf("create stack %s: %w", l.command.Stack, err)
	}
	cmd := exec.CommandContext(ctx, l.cli, "stack", "init", l.command.Stack, "--non-interactive")
	cmd.Dir, cmd.Env = dir, pulumicli.Environ(os.Environ(), l.env)
	if out, err := cmd.CombinedOutput(); err != nil {
		text := strings.TrimPrefix(strings.TrimSpace(string(out)), "error: ")
		return fmt.Errorf("create stack %s: %s", l.command.Stack, text)
	}
	return nil
}

// runEngine runs pulumi to its end. It forwards each signal once: a second one would end the engine immediately, which
// would lose track of the resources that it is creating.
func (l *launcher) runEngine(args []string) (int, error) {
	cmd := exec.Command(l.cli, l.command.Args(
		l.work.Effective(l.command.Stack), l.work.Overrides(l.command.Stack))...)
	cmd.Env = append(pulumicli.Environ(os.Environ(), l.env),
		stackconfig.FileVariable+"="+l.work.Effective(l.command.Stack))
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if l.lock != nil {
		cmd.ExtraFiles = []*os.File{l.lock} // the lock lives as long as the engine
	}
	// In a process group of its own, pulumi does not get the terminal's Ctrl-C a second time.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	restore := foreground(cmd)
	defer restore()

	signals := make(chan os.Signal, 4)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	defer signal.Stop(signals)
	l.release()
	if err := cmd.Start(); err != nil {
		return 1, fmt.Errorf("run pulumi: %w", err)
	}
	if l.lock != nil {
		workspace.SetHolder(l.lock, cmd.Process.Pid, args)
	}
	go func() {
		for range signals {
			_ = cmd.Process.Signal(os.Interrupt) // the only signal on which the engine stops in order
		}
	}()
	return exitCode(cmd.Wait())
}

// exitCode returns the engine's exit code.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, fmt.Errorf("run pulumi: %w", err)
	case exit.ExitCode() < 0:
		return 1, fmt.Errorf("pulumi was killed: %w", exit)
	}
	return exit.ExitCode(), nil
}

// foreground gives the terminal to the command's process group if this process has it, so that pulumi can read keys.
// The returned function takes it back.
func foreground(cmd *exec.Cmd) func() {
	tty := int(os.Stdin.Fd())
	owner, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	if err != nil || owner != syscall.Getpgrp() {
		return func() {}
	}
	cmd.SysProcAttr.Foreground = true
	cmd.SysProcAttr.Ctty = tty
	// Ctrl-Z would stop only the engine, and the shell would wait forever. The engine inherits that the signal is
	// ignored.
	signal.Ignore(syscall.SIGTSTP)
	return func() { giveTerminal(tty, owner) }
}

// giveTerminal gives the terminal to a process group.
func giveTerminal(tty, group int) {
	signal.Ignore(syscall.SIGTTOU) // the kernel sends it to a background process and stops it
	_ = unix.IoctlSetPointerInt(tty, unix.TIOCSPGRP, group)
	signal.Reset(syscall.SIGTTOU, syscall.SIGTSTP)
}

// takeTerminal moves this process to its own process group and gives the terminal to that group, if the present group
// has it. Otherwise Ctrl-C would also reach go run and make, which then fail although this process ends in order. The
// returned function undoes it.
func takeTerminal() func() {
	tty := int(os.Stdin.Fd())
	owner, err := unix.IoctlGetInt(tty, unix.TIOCGPGRP)
	if err != nil || owner != syscall.Getpgrp() || syscall.Setpgid(0, 0) != nil {
		return func() {}
	}
	giveTerminal(tty, syscall.Getpgrp())
	signal.Ignore(syscall.SIGTSTP) // the shell would not notice that only this process stops
	return func() { giveTerminal(tty, owner) }
}
