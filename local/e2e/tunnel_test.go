package e2e

import (
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/tunnel"
)

// tunnelToken is that of a tunnel that does not exist.
var tunnelToken = tunnel.Token{Account: "0123456789", Tunnel: "01234567-89ab-cdef-0123-456789abcdef", Secret: []byte("a secret of the tunnel's own")}.Text()

// TestATunnelComesAndGoesOnARunningStack closes the only open port, runs the task as it is reached through the tunnel, and
// opens the port again. Each step builds on the one before.
func TestATunnelComesAndGoesOnARunningStack(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"without a token nothing changes", tunnelRefused},
		{"with it no port is open any more", tunnelOn},
		{"the app answers through the connector alone, which goes first", tunnelRuns},
		{"a longer drain reaches the connector and the app", tunnelDrains},
		{"one key opens the port again", tunnelOff},
	})
	assert.NotContains(t, s.printed.String(), tunnelToken)
	for file, text := range s.files(t) {
		assert.False(t, strings.Contains(text, tunnelToken), "the token stands in the clear in %s", file)
	}
}

// entrance is what AWS tells of the ways into the tasks.
type entrance struct {
	Inbound    []string // of the tasks' security group
	Parameters []string
	Containers []string
}

func entranceOf(t *testing.T, s *sandbox) entrance {
	t.Helper()
	return entrance{
		Inbound: aws[[]string](t, s, "ec2", "describe-security-group-rules",
			"--filters", "Name=group-id,Values="+s.outputs(t)["taskSecurityGroupId"].(string),
			"--query", "SecurityGroupRules[?!IsEgress].join(' ', [to_string(FromPort), CidrIpv4])"),
		Parameters: aws[[]string](t, s, "ssm", "get-parameters-by-path", "--path", "/threa",
			"--query", "sort_by(Parameters, &Name)[].join(' ', [Name, Type])"),
		Containers: aws[[]string](t, s, "ecs", "describe-task-definition", "--task-definition", "threa",
			"--query", "taskDefinition.containerDefinitions[].name"),
	}
}

func tunnelRefused(t *testing.T, s *sandbox) {
	s.must(t, "up")
	s.must(t, "config", "set", "ingress", "tunnel")
	s.must(t, "config", "set", "--secret", "tunnelToken", "01234567-89ab-cdef-0123-456789abcdef")
	out := s.fails(t, "preview")
	assert.Contains(t, out, "threa:tunnelToken is [secret]: must be only the token")
	assert.Equal(t, []string{"3000 0.0.0.0/0"}, entranceOf(t, s).Inbound)
}

func tunnelOn(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "--secret", "tunnelToken", tunnelToken)
	s.must(t, "config", "set", "domainName", "app.example.com")
	inPlace(t, s, "update compute-service", "create secrets-tunnel-token", "delete network-tasks-from-internet")
	s.must(t, "up")
	got := entranceOf(t, s)
	assert.Empty(t, got.Inbound)
	assert.Contains(t, got.Parameters, "/threa/tunnel-token SecureString")
	assert.Contains(t, got.Containers, "cloudflared")
	assert.Equal(t, "https://app.example.com", s.outputs(t)["url"])
	nothingToDo(t, s)
	noDrift(t, s)
}

func tunnelRuns(t *testing.T, s *sandbox) {
	app := startTask(t, s)
	for _, said := range []string{
		"Tunnel: container cloudflared (cloudflare/cloudflared:",
		"Tunnel: TUNNEL_TOKEN comes from the SSM parameter /threa/tunnel-token",
		"has no inbound rule: no connection is accepted",
		"instead of joining the tunnel 01234567-89ab-cdef-0123-456789abcdef",
	} {
		assert.Contains(t, app.log(), said)
	}
	inOrder(t, app.log(), `(?m)^threa +HEALTHY$`, `(?m)^cloudflared +RUNNING$`, `(?m)^cloudflared +HEALTHY$`)
	assert.Equal(t, 200, app.get(t, "/health", nil))
	assert.Equal(t, "hello", app.echo(t, "hello"), "over a WebSocket through the connector")

	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())
	inOrder(t, app.log(), `(?m)^cloudflared +STOPPED \(exit code 0\)$`, `SIGTERM: draining`, `(?m)^threa +STOPPED \(exit code 0\)$`)
	assert.NotContains(t, app.log(), tunnelToken)
}

// inOrder wants the patterns in a log, each after the one before.
func inOrder(t *testing.T, log string, patterns ...string) {
	t.Helper()
	rest := log
	for _, pattern := range patterns {
		found := regexp.MustCompile(pattern).FindStringIndex(rest)
		require.NotNil(t, found, "%s does not come where it should in\n%s", pattern, log)
		rest = rest[found[1]:]
	}
}

func tunnelDrains(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "drainSeconds", "90")
	s.must(t, "up")
	times := aws[map[string]int](t, s, "ecs", "describe-task-definition", "--task-definition", "threa",
		"--query", "taskDefinition.containerDefinitions[?stopTimeout].{name: name, stop: stopTimeout} | {app: [?name=='threa'].stop | [0], connector: [?name=='cloudflared'].stop | [0]}")
	assert.Equal(t, map[string]int{"app": 90, "connector": 60}, times)
	nothingToDo(t, s)

	s.must(t, "config", "set", "useSpot", "true")
	assert.Contains(t, s.fails(t, "preview"), `threa:drainSeconds is "90": must be at most 72 with useSpot and ingress tunnel`)
	s.must(t, "config", "rm", "useSpot")
	s.must(t, "config", "rm", "drainSeconds")
}

func tunnelOff(t *testing.T, s *sandbox) {
	s.must(t, "config", "rm", "domainName")
	s.must(t, "config", "set", "ingress", "direct")
	inPlace(t, s, "update compute-service", "delete secrets-tunnel-token", "create network-tasks-from-internet")
	s.must(t, "up")
	got := entranceOf(t, s)
	assert.Equal(t, []string{"3000 0.0.0.0/0"}, got.Inbound)
	assert.False(t, slices.ContainsFunc(got.Parameters, func(name string) bool { return strings.Contains(name, "tunnel") }))
	assert.NotContains(t, got.Containers, "cloudflared")
	assert.NotContains(t, s.outputs(t), "url")
	nothingToDo(t, s)
	noDrift(t, s)
}
