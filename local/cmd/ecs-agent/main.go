//go:build linux

// Command ecs-agent runs one task. It reads an agent.Task that has passed Check as JSON from its standard input, and
// then the order agent.StopOrder. When its standard input ends, the command that started it is gone: it exits
// immediately. It writes events as lines of JSON to file descriptor 3.
//
// It must be started with sandbox.Isolate: the kernel then kills all containers when the agent ends, however it
// ends. The exit code is 1 if the task failed.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"os"

	"golang.org/x/sys/unix"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// eventsFD is the file descriptor for events: the first inherited file after the standard ones.
const eventsFD = 3

func main() {
	// No container inherits a file of the agent. Before Linux 5.11 this call fails and changes nothing.
	_ = unix.CloseRange(eventsFD, math.MaxUint32, unix.CLOSE_RANGE_CLOEXEC)
	failed, err := run(os.Stdin, os.NewFile(eventsFD, "events"))
	if err != nil {
		fmt.Fprintln(os.Stderr, "ecs-agent:", err)
	}
	if failed || err != nil {
		os.Exit(1)
	}
}

// run runs the task until it ends or is told to stop.
func run(input io.Reader, events io.Writer) (failed bool, err error) {
	if err := sandbox.SetUp(); err != nil {
		return true, err
	}
	orders := json.NewDecoder(input)
	var task agent.Task
	if err := orders.Decode(&task); err != nil {
		return true, fmt.Errorf("read the task: %w", err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	go waitForOrders(orders, cancel)
	if err := task.Prepare(); err != nil {
		return true, err
	}
	defer func() { err = errors.Join(err, task.Clean()) }()
	var relays relay.Group
	defer relays.Close()
	if err := task.Connect(&relays); err != nil {
		return true, err
	}
	printer, encoder := agent.NewPrinter(&task, os.Stdout), json.NewEncoder(events)
	result := agent.Run(ctx, &task, agent.NewRuntime(&task, printer), func(e agent.Event) {
		_ = encoder.Encode(e) // the task runs on if the reader has ended
		printer.Report(e)
	})
	printer.PrintResult(result)
	return result.Failed, nil
}

// waitForOrders stops the task when told so, and ends the agent with all containers when the input ends.
func waitForOrders(orders *json.Decoder, stop func()) {
	for {
		var order string
		if err := orders.Decode(&order); err != nil || order != agent.StopOrder {
			os.Exit(1)
		}
		stop()
	}
}
