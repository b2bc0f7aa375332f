// Command local runs pulumi with this project's program, the real engine and the real AWS provider against an AWS on
// this machine. It needs no account and no containers, and asks no questions. Arguments go to pulumi.
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

	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/workspace"
)

const usage = `Runs pulumi with this project on an AWS on this machine. It needs no account and cannot reach one.

  go run ./local preview            show what would change
  go run ./local up                 create or update the stack
  go run ./local stack output       show the stack's outputs
  go run ./local config set useSpot true
                                    set a key for the local AWS only
  go run ./local destroy            delete the stack
  go run ./local teardown           turn protection off, delete the stack and stop the local AWS
  go run ./local task [folder]      run the containers of the service, with a real database and cache
  go run ./local tools [long]       download or build what the local AWS and make test, or also make long, need
  go run ./local stop [--reset]     stop the local AWS and delete everything in it; with --reset also the keys
                                    that were set for the local AWS only

Other arguments go to pulumi unchanged. The stack is prod unless --stack or PULUMI_STACK names another.
Settings come from Pulumi.<stack>.yaml, which is never changed, and from config set. Secrets are generated.

  eval "$(go run ./local env)"      make pulumi, aws and other tools of this shell use the local AWS
  go run ./local help               show this text; for pulumi's: go run ./local --help

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
	// Until the engine runs, a signal cancels ctx. Then the engine handles signals.
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
	switch args[0] {
	case "task":
		run = func(ctx context.Context, args []string) (int, error) { return l.task(ctx, args[1:]) }
	case "teardown":
		run = l.teardown
	case "tools":
		run = l.prepareTools
	}
	exit, err := run(ctx, args)
	if errors.Is(err, context.Canceled) {
		return 130, errors.New("interrupted before anything changed")
	}
	return exit, err
}

func code(err error) (int, error) {
	if err != nil {
		return 1, err
	}
	return 0, nil
}
