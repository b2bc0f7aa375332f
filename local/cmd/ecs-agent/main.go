//go:build linux

// Command ecs-agent runs one task of ECS on this machine. It reads an agent.Task as JSON from its standard input and
// expects a network of its own, as sandbox.Root.Apart makes it. SIGTERM and SIGINT stop the task; a second one ends the
// agent at once, and all containers with it. The exit code is 1 when the task failed.
//
// There are two of it: the one that is started watches over another, which runs the containers as the first of a tree of
// processes.
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
	"syscall"

	"golang.org/x/sys/unix"
	"golang.org/x/term"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
)

func main() {
	events := flag.Int("events", 0, "number of an open file descriptor to which events are written, as lines of JSON")
	inside := flag.Bool("inside", false, "run the containers; only for the agent itself")
	flag.Parse()
	if flag.NArg() > 0 {
		fmt.Fprintln(os.Stderr, "ecs-agent: takes no arguments, but a task on its standard input")
		os.Exit(2)
	}

	// Nobody inherits any of the files that the agent has, or that whoever started it had. Before Linux 5.11 this leaves
	// those that are not the agent's.
	_ = unix.CloseRange(3, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	var sink *os.File
	if *events > 0 {
		syscall.CloseOnExec(*events)
		sink = os.NewFile(uintptr(*events), "events")
	}
	code, err := 0, error(nil)
	if *inside {
		code, err = run(os.Stdin, sink)
	} else {
		code, err = supervise(os.Stdin, sink)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "ecs-agent:", err)
		code = 1
	}
	os.Exit(code)
}

// read reads a task, after which more may come.
func read(input *json.Decoder) (*agent.Task, error) {
	var task agent.Task
	if err := input.Decode(&task); err != nil {
		return nil, fmt.Errorf("read the task: %w", err)
	}
	if err := task.Check(); err != nil {
		return nil, fmt.Errorf("ECS or the local agent would refuse the task: %w", err)
	}
	return &task, nil
}

// run runs a task until it ends, an order comes, or nobody watches over it any more.
func run(input io.Reader, events *os.File) (code int, err error) {
	if err := sandbox.Arrive(); err != nil {
		return 1, err
	}
	orders := json.NewDecoder(input)
	task, err := read(orders)
	if err != nil {
		return 1, err
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go obey(orders, cancel)
	if err := task.Prepare(); err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, task.Clean()) }()
	disconnect, err := task.Connect()
	if err != nil {
		return 1, err
	}
	defer disconnect()

	var sink io.Writer
	if events != nil {
		sink = events
	}
	printer := agent.NewPrinter(task, os.Stdout, sink, term.IsTerminal(int(os.Stdout.Fd())))
	verdict := agent.Run(ctx, task, agent.Boxes(task, printer), printer.Report)
	printer.Conclude(verdict)
	if verdict.Failed {
		return 1, nil
	}
	return 0, nil
}

// obey waits for orders to stop. When they end, whoever gives them is gone, and so must the containers be.
func obey(orders *json.Decoder, cancel func()) {
	for {
		var order string
		if err := orders.Decode(&order); err != nil || order != stop {
			os.Exit(1)
		}
		cancel()
	}
}
