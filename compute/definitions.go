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

// The keys of the secrets that the app does not get. No environment variable can have these names.
const (
	masterURL   = "database-master-url"
	tunnelToken = "tunnel-token"
)

// databaseURL is the app's variable with the URL of its user of the database.
const databaseURL = "DATABASE_URL"

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

func ofMaster(name string) bool { return name == masterURL }

func ofApp(name string) bool { return !ofTunnel(name) && !ofMaster(name) }

// The app keeps the Linux capabilities that it needs to start as root and continue as another user. The other
// containers need none. Fargate cannot add a capability. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_KernelCapabilities.html
var (
	withoutCapabilities = &linuxParameters{Capabilities: drop("ALL")}
	unusedCapabilities  = drop("AUDIT_WRITE", "MKNOD", "NET_RAW", "SETFCAP", "SETPCAP", "SYS_CHROOT")
)

// definitions returns the containers in the order in which they start: rds-ca, db-role, migrate, the app, cloudflared.
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
		// With ECS Exec, the init process reaps what a shell leaves behind.
		LinuxParameters: &linuxParameters{InitProcessEnabled: args.Exec, Capabilities: unusedCapabilities},
	}
	ca := container{
		Name: caVolume, Image: image, Essential: false,
		User:             "0", // a fresh volume belongs to root
		ReadOnlyRoot:     true,
		LinuxParameters:  withoutCapabilities,
		EntryPoint:       []string{"sh", "-c"},
		Command:          []string{fmt.Sprintf(`printf %%s "$%s" > %s`, caVariable, caFile)},
		Environment:      []variable{{Name: caVariable, Value: args.DatabaseCA}},
		MountPoints:      []mountPoint{{SourceVolume: caVolume, ContainerPath: caDirectory}},
		LogConfiguration: logs,
	}
	containers := []container{ca, databaseRole(args, app, secretRefs)}
	app.DependsOn = append(app.DependsOn, dependency{ContainerName: naming.ContainerRole, Condition: "SUCCESS"})
	if args.MigrateCommand != "" {
		containers = append(containers, migrate(args, app))
		app.DependsOn = append(slices.Clone(app.DependsOn), dependency{naming.ContainerMigrate, "SUCCESS"})
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

// The scripts of databaseRole and migrate.
var (
	//go:embed database.js
	databaseScript string
	//go:embed migrate.js
	migrateScript string
)

// withoutImage starts Bun so that the image cannot make it run other code first. It ignores options and debuggers in
// the environment, and bunfig.toml and .env in the working directory. An empty BUN_INSPECT_PRELOAD would be an error,
// so env removes it.
var withoutImage = []string{
	"env", "-u", "BUN_OPTIONS", "-u", "BUN_INSPECT", "-u", "BUN_INSPECT_CONNECT_TO", "-u", "BUN_INSPECT_NOTIFY",
	"-u", "BUN_INSPECT_PRELOAD", "bun", "--config=/dev/null", "--env-file=/dev/null", "-e",
}

// databaseRole creates the app's user in the database and installs pgvector, as the master user. No command of the app
// runs in this container, and no other container has the URL of the master user.
func databaseRole(args *Args, app container, secretRefs references) container {
	extension := "no-pgvector"
	if args.Pgvector {
		extension = "pgvector"
	}
	return container{
		Name: naming.ContainerRole, Image: app.Image, Essential: false,
		EntryPoint:  append(slices.Clone(withoutImage), databaseScript),
		Command:     []string{extension},
		Environment: []variable{{"NODE_EXTRA_CA_CERTS", caFile}},
		Secrets: []secret{
			{"DATABASE_MASTER_URL", secretRefs.arns[masterURL]}, {databaseURL, secretRefs.arns[databaseURL]},
		},
		MountPoints:      app.MountPoints,
		DependsOn:        app.DependsOn,
		StopTimeout:      app.StopTimeout,
		ReadOnlyRoot:     true,
		LinuxParameters:  withoutCapabilities,
		LogConfiguration: app.LogConfiguration,
		DockerLabels:     secretRefs.labels(ofMaster),
	}
}

// migrate runs the migrations with the image and settings of the app. The app starts only after it has succeeded: a
// failed migration fails the task, ECS rolls back, and the old code keeps serving. It has no startTimeout, because the
// duration of a migration is unknown.
func migrate(args *Args, app container) container {
	return container{
		Name: naming.ContainerMigrate, Image: app.Image, Essential: false,
		EntryPoint:       []string{"bun", "-e", migrateScript},
		Command:          []string{args.MigrateCommand},
		Environment:      app.Environment,
		Secrets:          app.Secrets,
		MountPoints:      app.MountPoints,
		DependsOn:        app.DependsOn,
		StopTimeout:      app.StopTimeout,
		LinuxParameters:  app.LinuxParameters,
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
		ReadOnlyRoot:     true,
		LinuxParameters:  withoutCapabilities,
		LogConfiguration: app.LogConfiguration,
		DockerLabels:     secretRefs.labels(ofTunnel),
	}
}
