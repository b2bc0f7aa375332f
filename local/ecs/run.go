package ecs

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"slices"
	"sync"
	"syscall"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/internal/relay"
)

// eventsFD is where the agent finds the pipe for its events: the first inherited file after the standard ones.
const eventsFD = "3"

// ErrFailed says that a task failed; the agent has said why.
var ErrFailed = errors.New("the task failed")

// Runner runs tasks by agents of their own.
type Runner struct {
	Agent     string         // path of the ecs-agent command
	Output    *os.File       // of all tasks; the agents write line by line
	Listeners []net.Listener // of the machine, in the order of the tasks: each leads to a task's port
	// Healthy is called once, when all tasks are.
	Healthy func()
}

// Run runs the tasks until ctx ends or one of them fails, stops the others, and waits until all are gone. It returns
// ErrFailed when one failed, or did not stop in time.
func (r *Runner) Run(ctx context.Context, tasks []Task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// What leads to a task lives as long as the task: it still answers while it drains.
	open, shut := context.WithCancel(context.WithoutCancel(ctx))
	var relays sync.WaitGroup
	defer relays.Wait()
	defer shut()
	healthy := make(chan struct{}, len(tasks))
	failures := make([]error, len(tasks))
	var all sync.WaitGroup
	for i := range tasks {
		if i < len(r.Listeners) && len(tasks[i].Inbound) > 0 {
			relays.Go(func() { relay.Serve(open, r.Listeners[i], "unix", tasks[i].Inbound[0].Socket) })
		}
		all.Go(func() {
			failures[i] = r.runOne(ctx, &tasks[i], func() { healthy <- struct{}{} })
			cancel()
		})
	}
	all.Go(func() {
		for range tasks {
			select {
			case <-healthy:
			case <-ctx.Done():
				return
			}
		}
		r.Healthy()
	})
	all.Wait()
	return errors.Join(failures...)
}

// runOne runs one task by an agent, in a network of its own.
func (r *Runner) runOne(ctx context.Context, t *Task, healthy func()) error {
	spec, err := json.Marshal(t.Task)
	if err != nil {
		return fmt.Errorf("describe the task to the agent: %w", err)
	}
	cmd, err := t.Root.Apart(r.Agent, "-events", eventsFD)
	if err != nil {
		return err //nolint:wrapcheck // says it all
	}
	read, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	defer func() { _ = read.Close() }()
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(spec), r.Output, r.Output
	cmd.ExtraFiles = []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} // a terminal's Ctrl-C comes once, from here
	err = cmd.Start()
	_ = write.Close()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	watch(ctx, read, t.ready(), healthy)
	err = cmd.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) && exit.ExitCode() == 1 {
		return ErrFailed
	}
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	return nil
}

// ready tells which event says that the task works: without a health check ECS knows no more than that it runs.
func (t *Task) ready() func(agent.Event) bool {
	checked := slices.ContainsFunc(t.Containers, func(c agent.Container) bool { return c.IsEssential() && c.HealthCheck != nil })
	return func(e agent.Event) bool {
		return e.Container == "" && (e.HealthStatus == agent.IsHealthy || !checked && e.LastStatus == agent.Running)
	}
}

// watch follows the agent's events to their end, and stops the task when ctx ends.
func watch(ctx context.Context, events io.Reader, ready func(agent.Event) bool, healthy func()) {
	decoder := json.NewDecoder(events)
	told := false
	for {
		var event agent.Event
		if err := decoder.Decode(&event); err != nil {
			return // the agent is gone
		}
		if event.PID != 0 {
			defer context.AfterFunc(ctx, func() { _ = syscall.Kill(event.PID, syscall.SIGTERM) })()
		}
		if ready(event) && !told {
			told = true
			healthy()
		}
	}
}
