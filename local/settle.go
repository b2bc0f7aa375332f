package main

import (
	"context"
	"errors"
	"fmt"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/workspace"
)

// stateAction is what happens to the state before a command.
type stateAction int

const (
	keep    stateAction = iota
	discard             // it describes a local AWS that is gone
	repair              // a run was killed while it changed something
)

// chooseAction compares the emulator to which the state belongs with the one that runs, which is "" for none.
func chooseAction(owner, running string, isPending bool) stateAction {
	switch {
	case running == "" || running != owner:
		return discard
	case isPending:
		return repair
	}
	return keep
}

var errNotRunning = errors.New("the local AWS is not running. Deploy to it first: go run ./local up")

// settleState makes the state match the local AWS, and starts the local AWS if the command needs it. While another
// command changes something, it leaves the state alone.
func (l *launcher) settleState(ctx context.Context) error {
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return err
	}
	if !l.command.Changes {
		lock, err := l.work.TryLock([]string{"(preparing)"})
		if errors.Is(err, workspace.ErrBusy) {
			if running == nil && l.command.Operates {
				return fmt.Errorf("the local AWS has stopped: %w", err)
			}
			l.use(running)
			return nil
		}
		if err != nil {
			return err
		}
		defer func() { _ = lock.Close() }()
	}
	if running, err = l.settle(ctx, running); err != nil {
		return err
	}
	if running == nil && l.command.Operates {
		if !l.command.Compiles { // the stack went with its local AWS
			return errNotRunning
		}
		if running, err = l.start(ctx); err != nil {
			return err
		}
	}
	l.use(running)
	return nil
}

// settle discards or repairs the state, and returns the emulator that runs then, or nil. It needs the clone's lock.
func (l *launcher) settle(ctx context.Context, running *emulator.Running) (*emulator.Running, error) {
	owner, err := l.work.Instance()
	if err != nil {
		return nil, err
	}
	isPending, err1 := l.work.HasPendingOperations(l.project.Name, l.command.Stack)
	hasResources, err2 := l.work.HasResources()
	_, err3 := recovery.RepairFolder(l.work.Backend())
	if err := errors.Join(err1, err2, err3, l.work.ClearLocks()); err != nil {
		return nil, err
	}
	switch chooseAction(owner, instanceOf(running), isPending) {
	case keep:
		return running, nil
	case discard:
		if hasResources {
			l.print.Note("The local AWS was stopped and its resources are gone; the stack starts empty.")
		}
	case repair:
		if !l.command.Operates {
			return running, nil
		}
		return running, l.recover(ctx, running)
	}
	return running, errors.Join(l.work.DiscardState(), l.work.SetInstance(instanceOf(running)))
}

func instanceOf(running *emulator.Running) string {
	if running == nil {
		return ""
	}
	return running.Instance
}

func (l *launcher) use(running *emulator.Running) {
	if running != nil {
		l.env.Endpoint = running.URL
	}
}
