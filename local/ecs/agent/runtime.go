package agent

import (
	"context"
	"syscall"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Runtime runs single containers. It knows neither their order nor their health.
type Runtime interface {
	// Start returns when the container's program is about to run. When ctx ends, it stops the preparation, not the
	// container.
	Start(ctx context.Context, c *types.ContainerDefinition) (Process, error)
}

// Process is a running container.
type Process interface {
	// Wait waits until the container has ended and its output is complete, and returns the exit code: 128+n for signal n.
	Wait() int
	// Signal sends a signal to the container's program.
	Signal(signal syscall.Signal) error
	// Exec runs a command in the container and returns its exit code and the end of its output. When ctx ends, it kills
	// the command and returns ctx's error.
	Exec(ctx context.Context, command []string) (code int, output string, err error)
}

// Status is the status of a task or a container, as in DescribeTasks.
type Status string

// The statuses that the local agent uses.
const (
	Pending  Status = "PENDING"
	Running  Status = "RUNNING"
	Stopping Status = "STOPPING" // SIGTERM was sent
	Stopped  Status = "STOPPED"
)

// Event is a change of a container or of the task. A task is healthy if all essential containers that have a health
// check are.
type Event struct {
	Container    string // "" for the task
	LastStatus   Status
	HealthStatus types.HealthStatus
	ExitCode     *int   // of a container that ran and has ended
	Reason       string // of a container's status, or ""
}

// Result is how a task ended.
type Result struct {
	Failed bool
	Reason string // a sentence without its period
}

// StopOrder is the message that tells a running agent to stop its task.
const StopOrder = "stop"
