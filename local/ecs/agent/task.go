// Package agent runs the containers of one ECS task on this machine as the agent of Amazon ECS does: in the order of
// dependsOn, with health checks, and stopped in reverse. A container is a process in a sandbox. No container engine is
// needed, and no library runs ECS task definitions without one.
//
// It differs from ECS in these points:
//   - All containers run as the current user of the machine. A fresh volume belongs to root with mode 0755, so it is
//     read-only for containers with another user, unless an earlier container makes it writable for all. Changing the
//     owner of a file to another user fails.
//   - CPU and memory are not limited, and no container has a capability of Linux.
//   - A container whose user is not root can write only to its working directory, its volumes, /tmp and /dev/shm. A
//     container whose user is root can write everywhere except /usr.
//   - A health check sees the files and the network of its container, but not its processes.
package agent

import (
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/relay"
)

// Task is a task definition, and what the local machine needs to run it.
type Task struct {
	// Name is printed before each line when several tasks share an output. Default: none.
	Name string
	// Root is the root file system of all containers. Required.
	Root sandbox.Root
	// Images has the image of each image reference in Containers. Required.
	Images map[string]Image
	// Containers are the container definitions. Their environment has the values of their secrets.
	Containers []types.ContainerDefinition
	// Volumes are the empty volumes that containers share.
	Volumes []types.Volume
	// Hosts has addresses by host name, for /etc/hosts of every container.
	Hosts map[string]string
	// Outbound relays listen at Address in the task's network and connect to Socket outside.
	Outbound []Relay
	// Inbound relays listen at Socket outside and connect to Address in the task's network.
	Inbound []Relay
	// Directory holds the volumes and all that containers write. The agent empties it. Required.
	Directory string
}

// Image is what a container starts from, besides the root file system.
type Image struct {
	Directory   string   // copied to WorkDir of each container; "" for none
	WorkDir     string   // such as /app
	Entrypoint  []string // as in a Dockerfile
	Command     []string // as in a Dockerfile
	Environment []string // PATH and others, as NAME=value
	UID, GID    int      // the user of containers that name none
	Mounts      []sandbox.Mount
}

// Relay connects a TCP address in the task's network with a Unix socket outside.
type Relay struct {
	Address string // such as 127.0.1.1:5432
	Socket  string // path
}

// Connect opens the task's relays in a group.
func (t *Task) Connect(relays *relay.Group) error {
	for _, r := range t.Outbound {
		if err := relays.Listen("tcp", r.Address, "unix", r.Socket); err != nil {
			return err
		}
	}
	for _, r := range t.Inbound {
		if err := relays.Listen("unix", r.Socket, "tcp", r.Address); err != nil {
			return err
		}
	}
	return nil
}

// HasHealth tells whether the task has a health: whether an essential container has a health check.
func (t *Task) HasHealth() bool {
	return slices.ContainsFunc(t.Containers, func(c types.ContainerDefinition) bool {
		return isEssential(&c) && c.HealthCheck != nil
	})
}

// container returns the container with that name, or nil.
func (t *Task) container(name string) *types.ContainerDefinition {
	i := slices.IndexFunc(t.Containers, func(c types.ContainerDefinition) bool { return aws.ToString(c.Name) == name })
	if i < 0 {
		return nil
	}
	return &t.Containers[i]
}

// isEssential tells whether the task ends with the container.
func isEssential(c *types.ContainerDefinition) bool { return c.Essential == nil || *c.Essential }

// seconds returns a time of a container definition, or its default.
func seconds(value *int32, defaultValue int) time.Duration {
	if value == nil || *value == 0 {
		return time.Duration(defaultValue) * time.Second
	}
	return time.Duration(*value) * time.Second
}
