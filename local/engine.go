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

	"threa-infra/local/pulumicli"
	"threa-infra/local/workspace"
)

// createStack makes the stack where the backend does not know it. Pulumi writes a stack file next to Pulumi.yaml
// when it makes a stack, so that happens in a folder apart.
func (l *launcher) createStack(ctx context.Context) error {
	if l.work.HasStack(l.project.Name, l.command.Stack) {
		return nil
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
		return fmt.Errorf("create stack %s: %s", l.command.Stack, strings.TrimPrefix(strings.TrimSpace(string(out)), "error: "))
	}
	return nil
}

// runEngine runs pulumi to its end. The engine gets every signal once, from here: two of them end it at once, and
// what it was creating would be lost.
func (l *launcher) runEngine(args []string) (int, error) {
	cmd := exec.Command(l.cli, l.command.Args(
		l.work.Effective(l.command.Stack), l.work.Overrides(l.command.Stack))...)
	cmd.Env = pulumicli.Environ(os.Environ(), l.env)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	if l.lock != nil {
		cmd.ExtraFiles = []*os.File{l.lock} // the lock lives as long as the engine
	}
	// A group of its own keeps the terminal's Ctrl-C from arriving a second time.
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
		workspace.SetEngine(l.lock, cmd.Process.Pid, args)
	}
	go func() {
		for s := range signals {
			_ = s
			// The engine knows only the interrupt as a wish to end in order.
			_ = cmd.Process.Signal(os.Interrupt)
		}
	}()
	return exitCode(cmd.Wait())
}

// exitCode passes the engine's own on.
func exitCode(err error) (int, error) {
	var exit *exec.ExitError
	switch {
	case err == nil:
		return 0, nil
	case !errors.As(err, &exit):
		return 1, fmt.Errorf("run pulumi: %w", err)
	case exit.ExitCode() < 0:
		return 1, fmt.Errorf("pulumi was ended: %w", exit)
	}
	return exit.ExitCode(), nil
}
