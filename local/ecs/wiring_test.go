//go:build linux

package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/control"
)

const tunneled = `[{"name":"app","image":"registry/app:v1","healthCheck":{"command":["CMD","true"]},"portMappings":[{"containerPort":3000}],"stopTimeout":60},
{"name":"cloudflared","image":"cloudflare/cloudflared:2026.9.3","command":["tunnel","run"],"stopTimeout":40,
 "dependsOn":[{"containerName":"app","condition":"HEALTHY"}],
 "secrets":[{"name":"TUNNEL_TOKEN","valueFrom":"arn:aws:ssm:eu-central-1:123456789012:parameter/threa/tunnel-token"}]}]`

func TestService_TunnelIsTheOnlyWayIn(t *testing.T) {
	s := newService(t, tunneled, 2)
	tasks, err := s.tasks()
	require.NoError(t, err)
	for _, task := range tasks {
		require.Len(t, task.Inbound, 1)
		assert.Equal(t, tunnelAddress, task.Inbound[0].Address, "not the app's own port")
		assert.Equal(t, s.Image, task.Images["registry/app:v1"])
		connector := task.Images["cloudflare/cloudflared:2026.9.3"]
		assert.Empty(t, connector.Directory, "nothing of the app is in it")
		require.Len(t, connector.Mounts, 1)
		assert.Equal(t, "/bin/connector", connector.Mounts[0].Source)
		assert.Contains(t, connector.Environment, "LOCAL_TUNNEL_SERVICE=http://localhost:3000")
		assert.Contains(t, connector.Environment, "LOCAL_TUNNEL_ADDRESS="+tunnelAddress)
	}
}

func TestWiring_TunnelWithoutToken(t *testing.T) {
	d := newService(t, tunneled, 1).Deployment
	lines := Wiring(d, &control.Ingress{SecurityGroups: []control.SecurityGroup{{ID: "sg-1"}}})
	assert.Equal(t, []string{
		"Tunnel: container cloudflared (cloudflare/cloudflared:2026.9.3) is replaced by a local connector that joins no " +
			"tunnel",
		"Tunnel: TUNNEL_TOKEN comes from the SSM parameter /threa/tunnel-token",
		"Tunnel: it connects once app is HEALTHY. When the task stops, it disconnects first and has 40 seconds, then app " +
			"gets SIGTERM",
		"Security group of the tasks: sg-1 has no inbound rule: no connection is accepted",
	}, lines)
}

func TestWiring_LoadBalancer(t *testing.T) {
	d := newService(t, `[{"name":"before","image":"i"},
{"name":"app","image":"i","portMappings":[{"containerPort":3000}],"stopTimeout":60}]`, 1).Deployment
	ways := &control.Ingress{
		SecurityGroups: []control.SecurityGroup{{ID: "sg-1", Inbound: []string{"tcp 3000 from sg-2"}}},
		TargetGroups: []control.TargetGroup{{Name: "threa-1", Attributes: map[string]string{
			"stickiness.enabled": "true", "stickiness.type": "lb_cookie", "stickiness.lb_cookie.duration_seconds": "86400",
			"deregistration_delay.timeout_seconds": "40",
		}}, {Name: "threa-2", Attributes: map[string]string{"stickiness.enabled": "false",
			"deregistration_delay.timeout_seconds": "300"}}},
	}
	assert.Equal(t, []string{
		"Target group threa-1: sticky by lb_cookie for 86400 seconds; a task that stops gets no new requests for 40 " +
			"seconds (deregistration delay), then SIGTERM, and SIGKILL after 60 seconds",
		"Target group threa-2: not sticky; a task that stops gets no new requests for 300 seconds (deregistration delay), " +
			"then SIGTERM, and SIGKILL after 60 seconds",
		"Security group of the tasks: sg-1 accepts tcp 3000 from sg-2",
	}, Wiring(d, ways))
}
