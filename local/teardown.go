package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/pulumicli"
	"threa-infra/local/stackfile"
)

// teardown turns the stack's protection off, destroys it and stops the local AWS. It sets deletionProtection only for
// its own run, so an interrupted teardown leaves no local setting behind.
func (l *launcher) teardown(ctx context.Context, args []string) (int, error) {
	stack, err := pulumicli.ParseStack(args, os.Getenv("PULUMI_STACK"))
	if err != nil {
		return 1, err
	}
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return 1, err
	}
	hasResources, err := l.work.HasResources()
	if err != nil {
		return 1, err
	}
	if running != nil && hasResources {
		project, err := stackconfig.LoadProject(l.work.Root)
		if err != nil {
			return 1, err
		}
		if !l.work.HasStack(project.Name, stack) { // up would deploy it
			return 1, noStack(stack)
		}
		up, err := l.runOn(ctx, stack, "up", "--config", "deletionProtection=false")
		if up != 0 || err != nil {
			return up, err
		}
		destroyed, err := l.runOn(ctx, stack, "destroy")
		if destroyed != 0 || err != nil {
			return destroyed, err
		}
	}
	return code(l.stop(ctx, []string{"stop"}))
}

// runOn runs a pulumi command on a stack, with options that Parse refuses because a later command would not know them.
func (l *launcher) runOn(ctx context.Context, stack, command string, options ...string) (int, error) {
	step := &launcher{work: l.work, print: l.print, tools: l.tools, release: func() {}}
	var err error
	if step.command, err = pulumicli.Parse([]string{command}, stack); err != nil {
		return 1, err
	}
	step.command.Add(options...)
	return step.execute(ctx, []string{command})
}

// stop stops the local AWS and discards the state, and with --reset also the local settings.
func (l *launcher) stop(ctx context.Context, args []string) error {
	reset := len(args) == 2 && args[1] == "--reset"
	if len(args) > 1 && !reset {
		return fmt.Errorf("stop takes only the argument --reset, not %q", args[1:])
	}
	lock, err := l.work.TryLock(args)
	if err != nil {
		return err
	}
	defer func() { _ = lock.Close() }()
	stopped, err := emulator.Stop(ctx, l.work.Dir)
	if err != nil {
		return err
	}
	if err := errors.Join(l.work.DiscardState(), l.work.SetInstance("")); err != nil {
		return err
	}
	if stopped {
		l.print.Note("The local AWS has stopped; its resources are gone.")
	} else {
		l.print.Note("The local AWS was not running.")
	}
	if reset {
		return l.work.DiscardOverrides()
	}
	project, err := stackconfig.LoadProject(l.work.Root)
	if err != nil {
		return err
	}
	kept, err := stackfile.Settings(l.work, project)
	if err == nil && len(kept) > 0 {
		l.print.Note("These keys stay set for the local AWS: %s. To remove them: go run ./local stop --reset",
			strings.Join(kept, ", "))
	}
	return err
}
