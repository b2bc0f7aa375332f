//go:build linux

package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
)

// eventsFD is the first inherited file of the agent inside.
const eventsFD = 3

// supervise runs the agent inside a tree of processes of its own, tells whoever listens to events how to stop it, and
// passes on the signals that do. It returns the exit code.
func supervise(input io.Reader, events *os.File) (int, error) {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	task, err := read(json.NewDecoder(input))
	if err != nil {
		return 1, err
	}
	if events != nil {
		first := agent.Event{LastStatus: agent.Pending, HealthStatus: agent.HealthUnknown, PID: os.Getpid()}
		if err := json.NewEncoder(events).Encode(first); err != nil {
			return 1, fmt.Errorf("whoever asked for the task does not listen: %w", err)
		}
	}
	inner, orders, err := startInside(task, events)
	if err != nil {
		return 1, fmt.Errorf("start the containers' tree of processes: %w", err)
	}
	ended := make(chan error, 1)
	go func() { ended <- inner.Wait() }()
	for asked := false; ; asked = true {
		select {
		case err := <-ended:
			var exit *exec.ExitError
			if err != nil && !errors.As(err, &exit) {
				return 1, fmt.Errorf("run the task: %w", err)
			}
			return inner.ProcessState.ExitCode(), nil
		case <-signals:
			if asked {
				return 1, errors.New("asked twice to stop: all containers are killed")
			}
			_ = orders.Encode(stop) // if it has ended already, that is heard next
		}
	}
}

// stop is the one order that the agent inside takes. A signal could come before it hears any.
const stop = "stop"

// startInside starts the agent that runs the containers, and gives it the task. It lives until orders, its standard
// input, are closed, as they are when this process ends.
func startInside(task *agent.Task, events *os.File) (cmd *exec.Cmd, orders *json.Encoder, err error) {
	self, err := os.Executable()
	if err != nil {
		return nil, nil, err
	}
	args := []string{"-inside"}
	if events != nil {
		args = append(args, "-events", strconv.Itoa(eventsFD))
	}
	cmd = exec.Command(self, args...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	if events != nil {
		cmd.ExtraFiles = []*os.File{events}
	}
	sandbox.Alone(cmd)
	input, err := cmd.StdinPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, nil, err
	}
	orders = json.NewEncoder(input)
	if err := orders.Encode(task); err != nil {
		return nil, nil, errors.Join(err, cmd.Wait())
	}
	return cmd, orders, nil
}
