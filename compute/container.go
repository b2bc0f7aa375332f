package compute

import (
	"fmt"
	"maps"
	"slices"
	"strconv"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
)

// container is a container definition. ECS ignores a key that it does not know, so none is written by hand. Source:
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
	LogConfiguration logConfiguration `json:"logConfiguration"`
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
	InitProcessEnabled bool `json:"initProcessEnabled"`
}

type logConfiguration struct {
	LogDriver string            `json:"logDriver"`
	Options   map[string]string `json:"options"`
}

// The database's certificate authority reaches the app as a file, because no client takes it from a variable. A
// container that ends at once writes it to a volume that both share, so the app's image stays as it is.
const (
	caVolume    = naming.ContainerCA
	caDirectory = "/etc/rds-ca"
	caFile      = caDirectory + "/ca.pem"
	caVariable  = "RDS_CA_PEM"
)

// definitions is the task as ECS takes it: the certificates, then the database, then the app.
func definitions(args *Args, image, logGroup string, secretARNs map[string]string) []container {
	logs := logConfiguration{LogDriver: "awslogs", Options: map[string]string{
		"awslogs-group": logGroup, "awslogs-region": args.Region, "awslogs-stream-prefix": "ecs",
	}}
	app := container{
		Name: args.Name, Image: image, Essential: true,
		Environment:      environment(args),
		Secrets:          secrets(secretARNs),
		PortMappings:     []portMapping{{ContainerPort: args.Port, HostPort: args.Port, Protocol: "tcp"}},
		MountPoints:      []mountPoint{{SourceVolume: caVolume, ContainerPath: caDirectory, ReadOnly: true}},
		DependsOn:        []dependency{{ContainerName: caVolume, Condition: "SUCCESS"}},
		HealthCheck:      health(args.Port),
		StopTimeout:      args.Drain.Stop,
		LogConfiguration: logs,
	}
	if args.Exec {
		app.LinuxParameters = &linuxParameters{InitProcessEnabled: true} // reaps what a shell leaves behind
	}
	ca := container{
		Name: caVolume, Image: image, Essential: false,
		User:             "0", // a fresh volume belongs to root, and the app's user may be another
		EntryPoint:       []string{"sh", "-c"},
		Command:          []string{fmt.Sprintf(`printf %%s "$%s" > %s`, caVariable, caFile)},
		Environment:      []variable{{Name: caVariable, Value: args.DatabaseCA}},
		MountPoints:      []mountPoint{{SourceVolume: caVolume, ContainerPath: caDirectory}},
		LogConfiguration: logs,
	}
	if !args.Pgvector && args.MigrateCommand == "" {
		return []container{ca, app}
	}
	before := migrate(args, app)
	app.DependsOn = append(slices.Clone(app.DependsOn), dependency{ContainerName: before.Name, Condition: "SUCCESS"})
	return []container{ca, before, app}
}

// environment is sorted, so that the definition does not change from run to run.
func environment(args *Args) []variable {
	all := map[string]string{
		"NODE_ENV":            "production",
		"PORT":                strconv.Itoa(args.Port),
		"NODE_EXTRA_CA_CERTS": caFile,
		"PGSSLROOTCERT":       caFile,
	}
	maps.Copy(all, args.Environment)
	list := make([]variable, 0, len(all))
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, variable{Name: name, Value: all[name]})
	}
	return list
}

func secrets(arns map[string]string) []secret {
	list := make([]secret, 0, len(arns))
	for _, name := range slices.Sorted(maps.Keys(arns)) {
		list = append(list, secret{Name: name, ValueFrom: arns[name]})
	}
	return list
}

// health asks the app with what is in the image: oven/bun:1-slim has Bun and no curl. It gives up before ECS does.
func health(port int) *healthCheck {
	const script = "fetch('http://localhost:%d/health',{redirect:'error',signal:AbortSignal.timeout(3000)})" +
		".then(r=>process.exit(r.status===200?0:1),()=>process.exit(1))"
	return &healthCheck{
		Command:  []string{"CMD", "bun", "-e", fmt.Sprintf(script, port)},
		Interval: 30, Timeout: 5, Retries: 3, StartPeriod: drain.Boot,
	}
}
