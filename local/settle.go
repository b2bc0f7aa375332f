package main

import (
	"context"
	"errors"
	"fmt"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/local/internal/emulator"
	"threa-infra/local/workspace"
)

// verdict says what becomes of the state before a command.
type verdict int

const (
	keep     verdict = iota
	foreign          // it describes a local AWS that is gone
	halfDone         // a killed run was changing something: what came of it is to be found out
)

// judge compares the instance that the state belongs to with the one that runs ("" for none).
func judge(owner, running string, half bool) verdict {
	switch {
	case running == "" || running != owner:
		return foreign
	case half:
		return halfDone
	}
	return keep
}

// settleState makes the state true, and starts the local AWS where the command needs it. What a command that still
// runs is doing is not judged.
func (l *launcher) settleState(ctx context.Context) error {
	running, err := emulator.Find(ctx, l.work.Dir)
	if err != nil {
		return err
	}
	if !l.command.Changes {
		lock, err := l.work.TryLock([]string{"(getting ready)"})
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
		if running, err = l.start(ctx); err != nil {
			return err
		}
	}
	l.use(running)
	return nil
}

// settle discards a state that is not true any more, and returns what runs then. It needs the clone's lock.
func (l *launcher) settle(ctx context.Context, running *emulator.Running) (*emulator.Running, error) {
	owner, err := l.work.Instance()
	if err != nil {
		return nil, err
	}
	half, err1 := l.work.IsHalfDone(l.project.Name, l.command.Stack)
	lost, err2 := l.work.HasResources()
	_, err3 := recovery.MendFolder(l.work.Backend())
	if err := errors.Join(err1, err2, err3, l.work.ClearLocks()); err != nil {
		return nil, err
	}
	switch judge(owner, instanceOf(running), half) {
	case keep:
		return running, nil
	case foreign:
		if lost {
			l.print.Note("The local AWS was stopped and its resources are gone; the stack starts afresh.")
		}
	case halfDone:
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
