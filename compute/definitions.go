package compute

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strconv"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
	"threa-infra/internal/tunnel"
)

// Database clients read the certificate authority from a file only. A container that exits immediately writes the file
// to a shared volume, so the app's image needs no change.
const (
	caVolume    = naming.ContainerCA
	caDirectory = "/etc/rds-ca"
	caFile      = caDirectory + "/ca.pem"
	caVariable  = "RDS_CA_PEM"
)

// tunnelToken is the key of the tunnel's token among the secrets. No environment variable can have this name.
const tunnelToken = "tunnel-token"

// references has the ARNs of the secrets' parameters, and the versions of those that the program owns.
type references struct {
	arns     map[string]string
	versions map[string]int
}

// labels returns the versions of secrets as Docker labels.
func (r references) labels(include func(name string) bool) map[string]string {
	labels := map[string]string{}
	for name, version := range r.versions {
		if include(name) {
			labels["secret-version."+name] = strconv.Itoa(version)
		}
	}
	return labels
}

func ofTunnel(name string) bool { return name == tunnelToken }

func ofApp(name string) bool { return !ofTunnel(name) }

// definitions returns the containers in the order in which they start: the certificates, the migration, the app, and
// the connector of a tunnel.
func definitions(args *Args, image, logGroup string, secretRefs references) []container {
	logs := logConfiguration{LogDriver: "awslogs", Options: map[string]string{
		"awslogs-group": logGroup, "awslogs-region": args.Names.Region, "awslogs-stream-prefix": naming.LogStreamPrefix,
	}}
	app := container{
		Name: args.Names.Name, Image: image, Essential: true,
		Environment:      environment(args),
		Secrets:          secrets(secretRefs.arns),
		PortMappings:     []portMapping{{ContainerPort: args.Port, HostPort: args.Port, Protocol: "tcp"}},
		MountPoints:      []mountPoint{{SourceVolume: caVolume, ContainerPath: caDirectory, ReadOnly: true}},
		DependsOn:        []dependency{{ContainerName: caVolume, Condition: "SUCCESS"}},
		HealthCheck:      health(args.Port),
		StopTimeout:      args.Drain.Stop,
		LogConfiguration: logs,
		DockerLabels:     secretRefs.labels(ofApp),
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
	containers := []container{ca}
	if args.Pgvector || args.MigrateCommand != "" {
		migration := migrate(args, app)
		app.DependsOn = append(slices.Clone(app.DependsOn), dependency{ContainerName: migration.Name, Condition: "SUCCESS"})
		containers = append(containers, migration)
	}
	containers = append(containers, app)
	if args.Tunnel != nil {
		containers = append(containers, connector(args, app, secretRefs))
	}
	return containers
}

// environment is sorted, so that the definition does not change from run to run.
func environment(args *Args) []variable {
	values := map[string]string{
		"NODE_ENV":            "production",
		"PORT":                strconv.Itoa(args.Port),
		"NODE_EXTRA_CA_CERTS": caFile,
		"PGSSLROOTCERT":       caFile,
	}
	maps.Copy(values, args.Environment)
	list := make([]variable, 0, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		list = append(list, variable{Name: name, Value: values[name]})
	}
	return list
}

func secrets(arns map[string]string) []secret {
	list := make([]secret, 0, len(arns))
	for _, name := range slices.Sorted(maps.Keys(arns)) {
		if ofApp(name) {
			list = append(list, secret{Name: name, ValueFrom: arns[name]})
		}
	}
	return list
}

// health requests /health with Bun: the image oven/bun:1-slim has no curl. The request times out before the health
// check.
func health(port int) *healthCheck {
	const script = "fetch('http://localhost:%d/health',{redirect:'error',signal:AbortSignal.timeout(3000)})" +
		".then(r=>process.exit(r.status===200?0:1),()=>process.exit(1))"
	return &healthCheck{
		Command:  []string{"CMD", "bun", "-e", fmt.Sprintf(script, port)},
		Interval: 30, Timeout: 5, Retries: 3, StartPeriod: drain.Boot,
	}
}

//go:embed migrate.js
var migrateScript string

// migrate installs pgvector and runs the migrations with the image and settings of the app. The app starts only after
// it has succeeded: a failed migration fails the task, ECS rolls back, and the old code keeps serving. There is no
// startTimeout, because a migration may take any time.
func migrate(args *Args, app container) container {
	extension := "no-pgvector"
	if args.Pgvector {
		extension = "pgvector"
	}
	command := []string{extension}
	if args.MigrateCommand != "" {
		command = append(command, args.MigrateCommand)
	}
	return container{
		Name: naming.ContainerMigrate, Image: app.Image, Essential: false,
		EntryPoint:       []string{"bun", "-e", migrateScript},
		Command:          command,
		Environment:      app.Environment,
		Secrets:          app.Secrets,
		MountPoints:      app.MountPoints,
		DependsOn:        app.DependsOn,
		StopTimeout:      app.StopTimeout,
		LogConfiguration: app.LogConfiguration,
	}
}

// connector forwards requests from Cloudflare to the app. It depends on a healthy app, so a new task gets no request
// before it can answer. ECS stops containers in reverse order: the connector unregisters from Cloudflare and finishes
// its requests within the grace period before the app stops. It is essential: without it no request reaches the app. A
// connector that cannot connect fails the deployment. Sources:
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/run-parameters/
// and https://github.com/cloudflare/cloudflared/pull/1135 for ready, which needs no curl in the image.
func connector(args *Args, app container, secretRefs references) container {
	metrics := fmt.Sprintf("127.0.0.1:%d", tunnel.MetricsPort)
	return container{
		Name: naming.ContainerTunnel, Image: args.Tunnel.Image, Essential: true,
		Command: []string{"tunnel", "--no-autoupdate", "--metrics", metrics,
			"--grace-period", fmt.Sprintf("%ds", args.Drain.TunnelGrace), "run"},
		Secrets:   []secret{{Name: "TUNNEL_TOKEN", ValueFrom: secretRefs.arns[tunnelToken]}},
		DependsOn: []dependency{{ContainerName: app.Name, Condition: "HEALTHY"}},
		HealthCheck: &healthCheck{
			Command:  []string{"CMD", "cloudflared", "tunnel", "--metrics", metrics, "ready"},
			Interval: 15, Timeout: 5, Retries: 10, StartPeriod: 30,
		},
		StopTimeout:      args.Drain.Handover,
		LogConfiguration: app.LogConfiguration,
		DockerLabels:     secretRefs.labels(ofTunnel),
	}
}
