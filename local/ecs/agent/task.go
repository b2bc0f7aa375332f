// Package agent runs the containers of one ECS task on this machine as the agent of Amazon ECS does: in the order of
// dependsOn, with health checks, and stopped in reverse. A container is a process in a sandbox. No container engine is
// needed, and no library runs ECS task definitions without one.
//
// It differs from ECS in these points:
//   - All containers run as the current user of the machine. A fresh volume belongs to root with mode 0755, so it is
//     read-only for containers with another user, unless an earlier container makes it writable for all. Changing the
//     owner of a file to another user fails.
//   - CPU and memory are not limited.
//   - A container whose user is not root can write only to its working directory, its volumes, /tmp and /dev/shm. A
//     container whose user is root can write everywhere except /usr.
//   - A health check sees the files and the network of its container, but not its processes.
package agent

import (
	"time"

	"threa-infra/local/ecs/sandbox"
)

// Task is a task definition whose secrets are resolved, and what the local machine needs to run it.
type Task struct {
	// Name is printed before each line when several tasks share an output. Default: none.
	Name string
	// Root is the root file system of all containers. Required.
	Root sandbox.Root
	// Images has the image of each image reference in Containers. Required.
	Images     map[string]Image
	Containers []Container
	// Volumes are the names of the empty volumes that containers share.
	Volumes []string
	// Secrets has the values of the containers' secrets, by container and variable.
	Secrets map[string]map[string]string
	// Hosts has addresses by host name, for /etc/hosts of every container.
	Hosts map[string]string
	// Outbound relays listen at Address in the task's network and connect to Socket outside.
	Outbound []Relay
	// Inbound relays listen at Socket outside and connect to Address in the task's network.
	Inbound []Relay
	// Directory holds the volumes and all that containers write. The agent empties it. Required.
	Directory string
	// FastStart runs health checks every second within the start period, as Docker does with a start interval. ECS has
	// no such setting.
	FastStart bool
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

// Container is the part of a container definition that the agent acts on. Source of names and meaning:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
type Container struct {
	Name                   string          `json:"name"`
	Image                  string          `json:"image"`
	Essential              *bool           `json:"essential,omitempty"` // default: true
	User                   string          `json:"user,omitempty"`      // "uid" or "uid:gid"
	EntryPoint             []string        `json:"entryPoint,omitempty"`
	Command                []string        `json:"command,omitempty"`
	WorkingDirectory       string          `json:"workingDirectory,omitempty"`
	Environment            []Variable      `json:"environment,omitempty"`
	Secrets                []Secret        `json:"secrets,omitempty"`
	PortMappings           []PortMapping   `json:"portMappings,omitempty"`
	MountPoints            []MountPoint    `json:"mountPoints,omitempty"`
	ReadonlyRootFilesystem bool            `json:"readonlyRootFilesystem,omitempty"`
	DependsOn              []Dependency    `json:"dependsOn,omitempty"`
	StartTimeout           int             `json:"startTimeout,omitempty"` // seconds; 0: no limit
	StopTimeout            int             `json:"stopTimeout,omitempty"`  // seconds; 0: 30
	HealthCheck            *HealthCheck    `json:"healthCheck,omitempty"`
	LinuxParameters        LinuxParameters `json:"linuxParameters,omitzero"`
	LogConfiguration       *LogDriver      `json:"logConfiguration,omitempty"`
}

// Variable is an environment variable.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Secret is an environment variable whose value is in Task.Secrets.
type Secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"` // ARN
}

// PortMapping is a port on which the container listens. The agent opens none: Task.Inbound connects to it.
type PortMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort,omitempty"`
	Protocol      string `json:"protocol,omitempty"`
	Name          string `json:"name,omitempty"`
	AppProtocol   string `json:"appProtocol,omitempty"`
}

// MountPoint shows a volume of the task in a container.
type MountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly,omitempty"`
}

// Dependency delays a container until another container meets a condition.
type Dependency struct {
	ContainerName string    `json:"containerName"`
	Condition     Condition `json:"condition"`
}

// Condition is a condition of
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html.
type Condition string

// The conditions that ECS knows.
const (
	Start    Condition = "START"    // the container has started
	Complete Condition = "COMPLETE" // it has ended
	Success  Condition = "SUCCESS"  // it has ended with exit code 0
	Healthy  Condition = "HEALTHY"  // its health check has passed
)

// HealthCheck is a command whose exit code says whether the container is healthy. Zero takes the default. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
type HealthCheck struct {
	Command     []string `json:"command"`               // CMD and arguments, or CMD-SHELL and a line for sh
	Interval    int      `json:"interval,omitempty"`    // seconds; 30
	Timeout     int      `json:"timeout,omitempty"`     // seconds; 5
	Retries     int      `json:"retries,omitempty"`     // consecutive failures that make it unhealthy; 3
	StartPeriod int      `json:"startPeriod,omitempty"` // seconds in which failures do not count; 0
}

// LinuxParameters are the Linux options that the agent supports.
type LinuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled,omitempty"`
}

// LogDriver says where ECS sends the container's output. The agent prints it instead.
type LogDriver struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options,omitempty"`
}

// IsEssential tells whether the task ends with the container.
func (c *Container) IsEssential() bool { return c.Essential == nil || *c.Essential }

// stopTimeout is the time from SIGTERM to SIGKILL.
func (c *Container) stopTimeout() time.Duration { return seconds(c.StopTimeout, 30) }

func seconds(value, defaultValue int) time.Duration {
	if value == 0 {
		value = defaultValue
	}
	return time.Duration(value) * time.Second
}
