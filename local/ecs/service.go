//go:build linux

// Package ecs runs the tasks of an ECS service on this machine: it converts a deployment into tasks for the agent,
// gives each a network, and watches them.
package ecs

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"sync"
	"syscall"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/control"
	"threa-infra/local/internal/relay"
)

// ErrFailed says that a task failed. The agent has printed the reason.
var ErrFailed = errors.New("the task failed")

// Service is an ECS service that runs on this machine. All fields are required.
type Service struct {
	Deployment *control.Deployment
	Root       sandbox.Root
	// Image replaces all images except the tunnel connector's.
	Image agent.Image
	// Agent is the path of the ecs-agent command.
	Agent string
	// Connector is the path of the command that replaces the tunnel connector.
	Connector string
	// Sockets are the Unix sockets that lead to servers outside the tasks, by host:port of the endpoint.
	Sockets map[string]string
	// Certificates has the local CA certificates by the Amazon certificates that they replace in the environment.
	Certificates map[string]string
	// Directory holds all that tasks write.
	Directory string
	// Output receives the output of all tasks, line by line.
	Output *os.File
	// OnHealthy is called once, when all tasks are healthy, with the addresses of the app on this machine.
	OnHealthy func(addresses []string)
}

// Run runs the tasks until ctx ends or one of them fails. Then it stops the others and waits until all have ended. It
// returns ErrFailed if a task failed or did not stop in time.
func (s *Service) Run(ctx context.Context) error {
	tasks, err := s.tasks()
	if err != nil {
		return err
	}
	var relays relay.Group
	defer relays.Close() // after the tasks, which still answer while they drain
	addresses, err := s.listen(tasks, &relays)
	if err != nil {
		return err
	}
	return s.runTasks(ctx, tasks, func() { s.OnHealthy(addresses) })
}

// runTasks runs tasks until ctx ends or one of them fails. onHealthy is called once, when all tasks are healthy.
func (s *Service) runTasks(ctx context.Context, tasks []agent.Task, onHealthy func()) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running, healthy sync.WaitGroup
	failures := make([]error, len(tasks))
	healthy.Add(len(tasks))
	for i := range tasks {
		running.Go(func() {
			isHealthy := sync.OnceFunc(healthy.Done)
			defer isHealthy()
			defer cancel() // before isHealthy: a task that has ended is not healthy
			failures[i] = s.runTask(ctx, &tasks[i], isHealthy)
		})
	}
	running.Go(func() {
		healthy.Wait()
		if ctx.Err() == nil {
			onHealthy()
		}
	})
	running.Wait()
	return errors.Join(failures...)
}

// listen opens the app's port for each task. As on ECS, each task has its own address.
func (s *Service) listen(tasks []agent.Task, relays *relay.Group) (addresses []string, err error) {
	for i, task := range tasks {
		if len(task.Inbound) == 0 {
			continue
		}
		address := net.JoinHostPort(fmt.Sprintf("127.0.0.%d", i+1), strconv.Itoa(s.port()))
		err := relays.Listen("tcp", address, "unix", task.Inbound[0].Socket)
		if errors.Is(err, syscall.EADDRINUSE) {
			err = fmt.Errorf("another program listens on %s. Stop it, or choose another port: "+
				"go run ./local config set containerPort 3001, then go run ./local up", address)
		}
		if err != nil {
			return nil, err
		}
		addresses = append(addresses, address)
	}
	return addresses, nil
}
