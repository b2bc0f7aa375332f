package agent

import (
	"context"
	"syscall"
)

// Runtime runs single containers. It knows neither order nor health.
type Runtime interface {
	// Start returns when the container's program is about to run. ctx ends the preparation, not the container.
	Start(ctx context.Context, c *Container) (Process, error)
}

// Process is a running container.
type Process interface {
	// Wait returns the exit code when the container has ended and all that it said is known: 128+n for signal n.
	Wait() int
	// Signal sends a signal to the container's first process, or with an init process to the init's child.
	Signal(signal syscall.Signal) error
	// Exec runs another program in the container and returns its exit code and the end of its output. It ends the
	// program with ctx, and returns ctx's error then.
	Exec(ctx context.Context, command []string) (code int, output string, err error)
}

// Status is how far a task or a container is, as DescribeTasks says it.
type Status string

// The states of a life; the local agent has no more of ECS's.
const (
	Pending  Status = "PENDING"
	Running  Status = "RUNNING"
	Stopping Status = "STOPPING" // SIGTERM has been sent
	Stopped  Status = "STOPPED"
)

// HealthStatus is what health checks say, as DescribeTasks says it.
type HealthStatus string

// The states of health. A task is healthy when all essential containers are that have a health check.
const (
	HealthUnknown HealthStatus = "UNKNOWN"
	IsHealthy     HealthStatus = "HEALTHY"
	IsUnhealthy   HealthStatus = "UNHEALTHY"
)

// Event says what a container, or the task, has become.
type Event struct {
	Container    string       `json:"container,omitempty"` // "" for the task
	LastStatus   Status       `json:"lastStatus"`
	HealthStatus HealthStatus `json:"healthStatus"`
	ExitCode     *int         `json:"exitCode,omitempty"` // of a container that ran and has ended
	Reason       string       `json:"reason,omitempty"`
	Failed       bool         `json:"failed,omitempty"` // the task, when it has stopped
	// PID is the agent's process number, in the first event, which comes before any of a container. SIGTERM to it stops
	// the task; bubblewrap, which started it, would not pass the signal on.
	PID int `json:"pid,omitempty"`
}

// Verdict is how a task ended.
type Verdict struct {
	Failed    bool
	Container string // whose fault it is; "" where it is nobody's
	Reason    string // one sentence without its end
}
