//go:build linux

// Command ecs-agent runs one task of ECS on this machine. It reads an agent.Task as JSON from its standard input and
// expects a network of its own, as sandbox.Root.Apart makes it. SIGTERM and SIGINT stop the task; a second one ends the
// agent at once, and all containers with it. The exit code is 1 when the task failed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"math"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"threa-infra/local/internal/agent"
)

func main() {
	events := flag.Int("events", 0, "number of an open file descriptor to which events are written, as lines of JSON")
	flag.Parse()

	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	context.AfterFunc(ctx, stop) // the next signal does what it does to any program
	failed, err := run(ctx, os.Stdin, *events)
	if err != nil {
		fmt.Fprintln(os.Stderr, "ecs-agent:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// run reads a task and runs it until it ends or ctx does.
func run(ctx context.Context, input io.Reader, events int) (failed bool, err error) {
	var task agent.Task
	if err := json.NewDecoder(input).Decode(&task); err != nil {
		return false, fmt.Errorf("read the task: %w", err)
	}
	if err := task.Check(); err != nil {
		return false, fmt.Errorf("ECS or the local agent would refuse the task: %w", err)
	}
	// Containers inherit none of the files that the agent has, or that whoever started it had. Before Linux 5.11 this
	// leaves those that are not the agent's.
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	var sink io.Writer
	if events > 0 {
		syscall.CloseOnExec(events)
		sink = os.NewFile(uintptr(events), "events")
	}
	if err := task.Prepare(); err != nil {
		return false, err
	}
	defer func() { err = errors.Join(err, task.Clean()) }()
	disconnect, err := task.Connect()
	if err != nil {
		return false, err
	}
	defer disconnect()

	printer := agent.NewPrinter(&task, os.Stdout, sink, term.IsTerminal(int(os.Stdout.Fd())))
	verdict := agent.Run(ctx, &task, agent.Boxes(&task, printer), printer.Report)
	printer.Conclude(verdict)
	return verdict.Failed, nil
}
