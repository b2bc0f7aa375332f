package compute

// container is a container definition. ECS ignores unknown keys, so the struct names each of them. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task_definition_parameters.html
type container struct {
	Name             string           `json:"name"`
	Image            string           `json:"image"`
	Essential        bool             `json:"essential"`
	User             string           `json:"user,omitempty"`
	EntryPoint       []string         `json:"entryPoint,omitempty"`
	Command          []string         `json:"command,omitempty"`
	Environment      []variable       `json:"environment,omitempty"`
	Secrets          []secret         `json:"secrets,omitempty"`
	PortMappings     []portMapping    `json:"portMappings,omitempty"`
	MountPoints      []mountPoint     `json:"mountPoints,omitempty"`
	DependsOn        []dependency     `json:"dependsOn,omitempty"`
	HealthCheck      *healthCheck     `json:"healthCheck,omitempty"`
	StopTimeout      int              `json:"stopTimeout,omitempty"` // seconds
	LinuxParameters  *linuxParameters `json:"linuxParameters,omitempty"`
	ReadOnlyRoot     bool             `json:"readonlyRootFilesystem,omitempty"`
	LogConfiguration logConfiguration `json:"logConfiguration"`
	// DockerLabels has the versions of the secrets. Tasks read secrets only when they start, so a new value must
	// restart them. With its version in a label, it changes the task definition, and previews and rollbacks show it.
	DockerLabels map[string]string `json:"dockerLabels,omitempty"`
}

type variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

type secret struct {
	Name      string `json:"name"`
	ValueFrom string `json:"valueFrom"`
}

type portMapping struct {
	ContainerPort int    `json:"containerPort"`
	HostPort      int    `json:"hostPort"`
	Protocol      string `json:"protocol"`
}

type mountPoint struct {
	SourceVolume  string `json:"sourceVolume"`
	ContainerPath string `json:"containerPath"`
	ReadOnly      bool   `json:"readOnly"`
}

type dependency struct {
	ContainerName string `json:"containerName"`
	Condition     string `json:"condition"`
}

type healthCheck struct {
	Command     []string `json:"command"`
	Interval    int      `json:"interval"` // seconds
	Timeout     int      `json:"timeout"`  // seconds
	Retries     int      `json:"retries"`
	StartPeriod int      `json:"startPeriod"` // seconds
}

type linuxParameters struct {
	InitProcessEnabled bool         `json:"initProcessEnabled,omitempty"`
	Capabilities       capabilities `json:"capabilities"`
}

// capabilities always has both lists, as ECS returns them. Otherwise each update would replace the definition. Source:
// https://github.com/braintrustdata/terraform-aws-braintrust-data-plane/pull/335
type capabilities struct {
	Add  []string `json:"add"`
	Drop []string `json:"drop"`
}

func drop(names ...string) capabilities { return capabilities{Add: []string{}, Drop: names} }

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}
