//go:build linux

package ecs

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
)

// runTask runs one task with an agent in a network of its own.
func (s *Service) runTask(ctx context.Context, task *agent.Task, onHealthy func()) error {
	events, write, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	defer func() { _ = events.Close() }()
	cmd := exec.Command(s.Agent)
	sandbox.Isolate(cmd)
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = s.Output, s.Output, []*os.File{write}
	orders, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	_ = write.Close()
	if err != nil {
		return fmt.Errorf("run the agent: %w", err)
	}
	encoder := json.NewEncoder(orders)
	if err := encoder.Encode(task); err != nil {
		return errors.Join(fmt.Errorf("send the task to the agent: %w", err), cmd.Wait())
	}
	defer context.AfterFunc(ctx, func() { _ = encoder.Encode(agent.StopOrder) })() // fails only if the agent has ended
	watch(events, task.HasHealth(), onHealthy)
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

// watch reads the agent's events until it ends. A task without a health is healthy when it runs.
func watch(events io.Reader, hasHealth bool, onHealthy func()) {
	decoder := json.NewDecoder(events)
	for {
		var e agent.Event
		if err := decoder.Decode(&e); err != nil {
			return
		}
		isHealthy := e.HealthStatus == types.HealthStatusHealthy || !hasHealth && e.LastStatus == agent.Running
		if e.Container == "" && isHealthy {
			onHealthy()
		}
	}
}
