// The command local runs pulumi, with this project's own program, the real engine and the real AWS provider, against
// an AWS on this machine: no account, no container, no question. Every argument is pulumi's own.
//
//	go run ./local preview
//	go run ./local up
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"threa-infra/local/internal/emulator"
	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/workspace"
)

const usage = `Runs pulumi with this project on an AWS of its own on this machine. No account is needed, and none can be reached.

  go run ./local preview            what would be created
  go run ./local up                 create it
  go run ./local stack output       what came out of it
  go run ./local config set useSpot true
                                    a setting for the local AWS alone
  go run ./local destroy            delete it
  go run ./local task [folder]      run what the service would run: its containers, on a real database and cache
  go run ./local stop               stop the local AWS; everything in it is gone

Any other arguments go to pulumi as they are. The stack is prod, unless --stack or PULUMI_STACK says otherwise.
Settings come from Pulumi.<stack>.yaml, which is never written to, and from config set; secrets are generated.

  eval "$(go run ./local env)"      a shell in which pulumi, aws and others use the local AWS
  go run ./local help               this text; pulumi's own: go run ./local --help

THREA_LOCAL_PORT    port of the local AWS (default: a free one)
THREA_LOCAL_DIR     folder for its files (default: .local)
`

func main() {
	code, err := run(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		code = max(code, 1)
	}
	os.Exit(code)
}

func run(args []string) (int, error) {
	if len(args) == 0 || args[0] == "help" {
		fmt.Print(usage)
		return 0, nil
	}
	wd, err := os.Getwd()
	if err != nil {
		return 1, fmt.Errorf("find the project: %w", err)
	}
	work, err := workspace.Find(wd)
	if err != nil {
		return 1, err
	}
	// Until the engine runs, a signal ends what is under way; from then on it is the engine's.
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	printer := progress.New(os.Stderr)
	l := &launcher{work: work, print: printer, release: cancel}
	switch args[0] {
	case "stop":
		return code(l.stop(ctx, args))
	case "env":
		return code(l.printEnv(ctx, args))
	}
	if l.tools, err = toolchain.New(work, printer); err != nil {
		return 1, err
	}
	run := l.pulumi
	if args[0] == "task" {
		run = func(ctx context.Context, args []string) (int, error) { return l.task(ctx, args[1:]) }
	}
	exit, err := run(ctx, args)
	if errors.Is(err, context.Canceled) {
		return 130, errors.New("interrupted before anything was changed")
	}
	return exit, err
}

func code(err error) (int, error) {
	if err != nil {
		return 1, err
	}
	return 0, nil
}

// stop ends the local AWS and forgets what was in it.
func (l *launcher) stop(ctx context.Context, args []string) error {
	if len(args) > 1 {
		return fmt.Errorf("stop takes no arguments, got %q", args[1:])
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
	return nil
}
