package e2e

import (
	"regexp"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/tunnel"
)

// tunnelToken is the token of a tunnel that does not exist.
var tunnelToken = tunnel.Token{Account: "0123456789", Tunnel: "01234567-89ab-cdef-0123-456789abcdef",
	Secret: []byte("a secret of the tunnel's own")}.Text()

// TestIngress_SwitchesTunnel adds a tunnel to a running stack, runs its task, and removes the tunnel. Each step depends
// on the one before.
func TestIngress_SwitchesTunnel(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"an invalid token changes nothing", refuseTunnelID},
		{"a tunnel closes the port", enableTunnel},
		{"the app answers through the connector, which stops first", runTunneledTask},
		{"drainSeconds applies to the connector and the app", drainTunnel},
		{"without the tunnel the port is open again", disableTunnel},
	})
	s.checkEncrypted(t, tunnelToken)
}

// taskIngress is what determines how the tasks are reached.
type taskIngress struct {
	Inbound    []string // of the tasks' security group
	Parameters []string
	Containers []string
}

func describeTaskIngress(t *testing.T, s *sandbox) taskIngress {
	t.Helper()
	return taskIngress{
		Inbound: aws[[]string](t, s, "ec2", "describe-security-group-rules",
			"--filters", "Name=group-id,Values="+s.outputs(t)["taskSecurityGroupId"].(string),
			"--query", "SecurityGroupRules[?!IsEgress].join(' ', [to_string(FromPort), CidrIpv4])"),
		Parameters: aws[[]string](t, s, "ssm", "get-parameters-by-path", "--path", "/threa",
			"--query", "sort_by(Parameters, &Name)[].join(' ', [Name, Type])"),
		Containers: aws[[]string](t, s, "ecs", "describe-task-definition", "--task-definition", "threa",
			"--query", "taskDefinition.containerDefinitions[].name"),
	}
}

func refuseTunnelID(t *testing.T, s *sandbox) {
	s.must(t, "up")
	s.set(t, "ingress", "tunnel")
	s.must(t, "config", "set", "--secret", "tunnelToken", "01234567-89ab-cdef-0123-456789abcdef")
	out := s.fails(t, "preview")
	assert.Contains(t, out, "threa:tunnelToken is [secret]: must be only the token")
	assert.Equal(t, []string{"3000 0.0.0.0/0"}, describeTaskIngress(t, s).Inbound)
}

func enableTunnel(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "--secret", "tunnelToken", tunnelToken)
	s.set(t, "domainName", "app.example.com")
	checkStoresKept(t, s, "update compute-service", "create secrets-tunnel-token", "delete network-tasks-from-internet")
	s.must(t, "up")
	got := describeTaskIngress(t, s)
	assert.Empty(t, got.Inbound)
	assert.Contains(t, got.Parameters, "/threa/tunnel-token SecureString")
	assert.Contains(t, got.Containers, "cloudflared")
	assert.Equal(t, "https://app.example.com", s.outputs(t)["url"])
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func runTunneledTask(t *testing.T, s *sandbox) {
	app := startTask(t, s)
	assertContains(t, app.log(),
		"Tunnel: container cloudflared (cloudflare/cloudflared@sha256:",
		"Tunnel: TUNNEL_TOKEN comes from the SSM parameter /threa/tunnel-token",
		"has no inbound rule: no connection is accepted",
		"instead of joining the tunnel 01234567-89ab-cdef-0123-456789abcdef",
	)
	checkOrder(t, app.log(), `(?m)^threa +HEALTHY$`, `(?m)^cloudflared +RUNNING$`, `(?m)^cloudflared +HEALTHY$`)
	assert.Equal(t, 200, app.get(t, "/health", nil))
	assert.Equal(t, "hello", app.echo(t, "hello"), "over a WebSocket through the connector")

	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())
	checkOrder(t, app.log(), `(?m)^cloudflared +STOPPED \(exit code 0\)$`, `SIGTERM: draining`,
		`(?m)^threa +STOPPED \(exit code 0\)$`)
	assert.NotContains(t, app.log(), tunnelToken)
}

// checkOrder requires the patterns in a log, in this order.
func checkOrder(t *testing.T, log string, patterns ...string) {
	t.Helper()
	rest := log
	for _, pattern := range patterns {
		found := regexp.MustCompile(pattern).FindStringIndex(rest)
		require.NotNil(t, found, "%s is missing or out of order in\n%s", pattern, log)
		rest = rest[found[1]:]
	}
}

func drainTunnel(t *testing.T, s *sandbox) {
	s.set(t, "drainSeconds", "90")
	s.must(t, "up")
	times := aws[map[string]int](t, s, "ecs", "describe-task-definition", "--task-definition", "threa",
		"--query", "taskDefinition.containerDefinitions[?stopTimeout].{name: name, stop: stopTimeout} | {app: "+
			"[?name=='threa'].stop | [0], connector: [?name=='cloudflared'].stop | [0]}")
	assert.Equal(t, map[string]int{"app": 90, "connector": 60}, times)
	expectNoChanges(t, s)

	s.set(t, "useSpot", "true")
	assert.Contains(t, s.fails(t, "preview"),
		`threa:drainSeconds is "90": must be at most 72 with useSpot and ingress tunnel`)
	s.unset(t, "useSpot", "drainSeconds")
}

func disableTunnel(t *testing.T, s *sandbox) {
	s.unset(t, "domainName")
	s.set(t, "ingress", "direct")
	checkStoresKept(t, s, "update compute-service", "delete secrets-tunnel-token", "create network-tasks-from-internet")
	s.must(t, "up")
	got := describeTaskIngress(t, s)
	assert.Equal(t, []string{"3000 0.0.0.0/0"}, got.Inbound)
	assert.NotContains(t, strings.Join(got.Parameters, "\n"), "tunnel")
	assert.NotContains(t, got.Containers, "cloudflared")
	assert.NotContains(t, s.outputs(t), "url")
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}
