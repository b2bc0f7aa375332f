package agent

import (
	"encoding/json"
	"time"

	"threa-infra/local/ecs/sandbox"
)

// Task is what the control plane tells the agent to run: a task definition as the AWS API tells it, with its secrets
// resolved.
type Task struct {
	Name       string           // prefix of the lines when several tasks share an output; "" for none
	Root       sandbox.Root     // what all images share
	Images     map[string]Image // by the image reference of the container definitions
	Containers []Container
	Volumes    []string                     // names of empty volumes that containers can share
	Secrets    map[string]map[string]string // by container and variable
	Hosts      map[string]string            // addresses by name, for /etc/hosts of every container, besides localhost
	Outbound   []Relay                      // listen at Address in the task's network, lead to Socket outside
	Inbound    []Relay                      // listen at Socket outside, lead to Address in the task's network
	// Directory is a folder of the task's own, for volumes and what containers write. The agent empties it.
	Directory string
	// Hurry is the one choice by which a task runs otherwise than on ECS: within the start period a health check comes
	// every second instead of every interval, as Docker does when asked for a start interval, which ECS never is.
	Hurry bool
}

// Image is what a container starts from, besides the root file system.
type Image struct {
	Directory   string   // its content is copied to WorkDir of each container; "" for an image without
	WorkDir     string   // such as /app
	Entrypoint  []string // as in a Dockerfile
	Command     []string // as in a Dockerfile
	Environment []string // PATH and others, as NAME=value
	UID, GID    int      // the user where a container definition names none
	Mounts      []sandbox.Mount
}

// Relay is a way between a TCP address in the task's network and a Unix socket outside.
type Relay struct {
	Address string // such as 127.0.1.1:5432
	Socket  string // path
}

// Container is the part of a container definition that the agent acts on. Names and meaning are those of
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html.
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
	StartTimeout           int             `json:"startTimeout,omitempty"` // seconds; 0: those who wait for it wait for ever
	StopTimeout            int             `json:"stopTimeout,omitempty"`  // seconds; 0: 30
	HealthCheck            *HealthCheck    `json:"healthCheck,omitempty"`
	LinuxParameters        LinuxParameters `json:"linuxParameters,omitzero"`
	LogConfiguration       *LogDriver      `json:"logConfiguration,omitempty"`
}

// Variable is one of a container's environment.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Secret is a variable whose value the control plane has read from where ValueFrom says.
type Secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

// PortMapping names a port on which the container listens. The agent opens none: Task.Inbound says what leads there.
type PortMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort,omitempty"`
	Protocol      string `json:"protocol,omitempty"`
	Name          string `json:"name,omitempty"`
	AppProtocol   string `json:"appProtocol,omitempty"`
}

// MountPoint shows one of the task's volumes in a container.
type MountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly,omitempty"`
}

// Dependency holds a container back until another one meets a condition.
type Dependency struct {
	ContainerName string    `json:"containerName"`
	Condition     Condition `json:"condition"`
}

// Condition is what a container waits for.
type Condition string

// The conditions of
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html.
const (
	Start    Condition = "START"    // the other has started
	Complete Condition = "COMPLETE" // it has ended
	Success  Condition = "SUCCESS"  // it has ended with exit code 0
	Healthy  Condition = "HEALTHY"  // its health check has passed
)

// HealthCheck is a command that says by its exit code whether the container works. Zero takes the default. Source of
// ranges and defaults: https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_HealthCheck.html
type HealthCheck struct {
	Command     []string `json:"command"`               // CMD and its arguments, or CMD-SHELL and a line for sh
	Interval    int      `json:"interval,omitempty"`    // seconds; 30
	Timeout     int      `json:"timeout,omitempty"`     // seconds; 5
	Retries     int      `json:"retries,omitempty"`     // failures in a row that make it unhealthy; 3
	StartPeriod int      `json:"startPeriod,omitempty"` // seconds in which failures do not count; 0
}

// LinuxParameters is the part of ECS's that the agent knows.
type LinuxParameters struct {
	InitProcessEnabled bool `json:"initProcessEnabled,omitempty"`
}

// LogDriver says where ECS sends the lines. The agent prints them instead.
type LogDriver struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options,omitempty"`
}

// IsEssential tells whether the task ends with the container.
func (c *Container) IsEssential() bool { return c.Essential == nil || *c.Essential }

// stopTimeout is how long the container may take to end after SIGTERM.
func (c *Container) stopTimeout() time.Duration { return seconds(c.StopTimeout, 30) }

func seconds(given, otherwise int) time.Duration {
	if given == 0 {
		given = otherwise
	}
	return time.Duration(given) * time.Second
}

// ignored are the keys that change nothing of what runs here: where an image is pulled from, limits, labels.
var ignored = []string{"cpu", "memory", "memoryReservation", "dockerLabels", "repositoryCredentials", "versionConsistency"}

// UnmarshalJSON refuses what the agent does not know, by name, unless it is empty: a container that runs otherwise than
// its definition says proves nothing.
func (c *Container) UnmarshalJSON(data []byte) error {
	type plain Container
	var name struct {
		Name string `json:"name"`
	}
	if err := json.Unmarshal(data, &name); err != nil {
		return err
	}
	return decodeKnown(data, (*plain)(c), "container "+name.Name, ignored)
}

// UnmarshalJSON refuses what the agent does not know, as that of Container does.
func (l *LinuxParameters) UnmarshalJSON(data []byte) error {
	type plain LinuxParameters
	return decodeKnown(data, (*plain)(l), "linuxParameters", nil)
}
