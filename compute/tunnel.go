package compute

import (
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/tunnel"
)

// Tunnel is what leads users to the tasks where no port is open: each task has a connector that dials out to Cloudflare.
type Tunnel struct {
	TokenARN     pulumi.StringOutput // of the SSM parameter that holds the tunnel's token
	TokenVersion pulumi.IntOutput    // a change restarts the tasks
}

// connectorImage is built for both architectures. Cloudflare supports a version for a year. Source:
// https://github.com/cloudflare/cloudflared/releases
const connectorImage = "cloudflare/cloudflared:2026.9.3"

// connector carries the requests from Cloudflare to the app. It depends on a healthy app, so that a new task takes none
// before it can answer; and as ECS stops in reverse, it goes first: it takes leave of Cloudflare at once, carries what is
// under way until its grace period ends, and only then is the app told to stop. Without it nobody reaches the app, so it is
// essential; a task whose connector never gets through to Cloudflare fails the deployment. Sources:
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/run-parameters/
// and, for ready, which asks the connector itself because the image has no curl,
// https://github.com/cloudflare/cloudflared/pull/1135
func connector(args *Args, app container, tokenARN string) container {
	metrics := fmt.Sprintf("127.0.0.1:%d", tunnel.MetricsPort)
	return container{
		Name: naming.ContainerTunnel, Image: connectorImage, Essential: true,
		Command: []string{"tunnel", "--no-autoupdate", "--metrics", metrics,
			"--grace-period", fmt.Sprintf("%ds", args.Drain.TunnelGrace), "run"},
		Secrets:   []secret{{Name: "TUNNEL_TOKEN", ValueFrom: tokenARN}},
		DependsOn: []dependency{{ContainerName: app.Name, Condition: "HEALTHY"}},
		HealthCheck: &healthCheck{
			Command:  []string{"CMD", "cloudflared", "tunnel", "--metrics", metrics, "ready"},
			Interval: 15, Timeout: 5, Retries: 10, StartPeriod: 30,
		},
		StopTimeout:      args.Drain.Handover,
		LogConfiguration: app.LogConfiguration,
	}
}

// tokenARN is "" without a tunnel.
func (t *Tunnel) tokenARN() pulumi.StringOutput {
	if t == nil {
		return pulumi.String("").ToStringOutput()
	}
	return t.TokenARN
}
