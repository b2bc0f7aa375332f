//go:build linux

package ecs

import (
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

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// ErrFailed says that a task failed. The agent has printed the reason.
var ErrFailed = errors.New("the task failed")

// Runner runs each task with an agent of its own.
type Runner struct {
	// Agent is the path of the ecs-agent command. Required.
	Agent string
	// Output receives the output of all tasks, line by line. Required.
	Output *os.File
	// Listeners accept connections on the machine. The n-th one leads to the port of the n-th task.
	Listeners []net.Listener
	// OnHealthy is called once, when all tasks are healthy. Required.
	OnHealthy func()
}

// Run runs the tasks until ctx ends or one of them fails. Then it stops the others and waits until all have ended. It
// returns ErrFailed if a task failed or did not stop in time.
func (r *Runner) Run(ctx context.Context, tasks []Task) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	// Relays end after the tasks, which still answer while they drain.
	relaying, closeRelays := context.WithCancel(context.WithoutCancel(ctx))
	var relays, running, healthy sync.WaitGroup
	defer relays.Wait()
	defer closeRelays()
	failures := make([]error, len(tasks))
	healthy.Add(len(tasks))
	for i := range tasks {
		if i < len(r.Listeners) && len(tasks[i].Inbound) > 0 {
			relays.Go(func() { relay.Serve(relaying, r.Listeners[i], "unix", tasks[i].Inbound[0].Socket) })
		}
		running.Go(func() {
			onHealthy := sync.OnceFunc(healthy.Done)
			defer onHealthy()
			defer cancel() // before onHealthy: a task that has ended is not healthy
			failures[i] = r.runTask(ctx, &tasks[i], onHealthy)
		})
	}
	running.Go(func() {
		healthy.Wait()
		if ctx.Err() == nil {
			r.OnHealthy()
		}
	})
	running.Wait()
	return errors.Join(failures...)
}

// runTask runs one task in a network of its own.
func (r *Runner) runTask(ctx context.Context, t *Task, onHealthy func()) error {
	events, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	defer func() { _ = events.Close() }()
	cmd := exec.Command(r.Agent)
	sandbox.Isolate(cmd)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = r.Output, r.Output, []*os.File{write}
	orders, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = write.Close()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	encoder := json.NewEncoder(orders)
	if err := encoder.Encode(t.Task); err != nil {
		return errors.Join(fmt.Errorf("send the task to the agent: %w", err), cmd.Wait())
	}
	defer context.AfterFunc(ctx, func() { _ = encoder.Encode(agent.StopOrder) })() // fails only if the agent has ended
	watch(events, t.isHealthy, onHealthy)
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

// isHealthy tells whether an event says that the task is healthy. Without a health check, it is healthy when it runs.
func (t *Task) isHealthy(e agent.Event) bool {
	hasCheck := slices.ContainsFunc(t.Containers, func(c agent.Container) bool {
		return c.IsEssential() && c.HealthCheck != nil
	})
	return e.Container == "" && (e.HealthStatus == agent.IsHealthy || !hasCheck && e.LastStatus == agent.Running)
}

// watch reads the agent's events until it ends.
func watch(events io.Reader, isHealthy func(agent.Event) bool, onHealthy func()) {
	decoder := json.NewDecoder(events)
	for {
		var event agent.Event
		if err := decoder.Decode(&event); err != nil {
			return
		}
		if isHealthy(event) {
			onHealthy()
		}
	}
}
