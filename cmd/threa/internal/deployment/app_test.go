package deployment

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/cmd/threa/internal/pulumicli"
)

const (
	definition6 = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:6"
	cluster     = "arn:aws:ecs:eu-central-1:123456789012:cluster/threa"
	// deployed is the state after a failed up and a killed recover. The stack's outputs are out of date, and the last
	// resources have no outputs.
	deployed = `{"version": 3, "deployment": {"resources": [
{"type": "pulumi:pulumi:Stack", "outputs": {"taskDefinitionArn": "` + definition6 + `",
 "url": "https://app.example.com", "databaseUrlParameter": "/threa/database-url",
  "databaseAppUrlParameter": "/threa/database-app-url", "nextSteps": ["pulumi up"]}},
{"type": "aws:ecs/taskDefinition:TaskDefinition", "delete": true, "outputs": {"arn": "` + definition6 + `"}},
{"type": "aws:rds/instance:Instance", "outputs": {"name": 5}},
{"type": "aws:ecs/taskDefinition:TaskDefinition", "outputs": {"arn": "` + ecstest.Registered + `"}},
{"type": "aws:ecs/service:Service", "outputs": {"name": "threa", "cluster": "` + cluster + `",
 "enableExecuteCommand": true}},
{"type": "aws:ecs/service:Service", "outputs": {"name": "threa-standby", "cluster": "` + cluster + `"}},
{"type": "aws:ecs/service:Service", "external": true},
{"type": "aws:ecs/taskDefinition:TaskDefinition", "external": true}]}}`
)

// exporting returns a pulumi command that exports a state.
func exporting(state string) pulumicli.Command {
	return func(context.Context, []byte, ...string) ([]byte, error) { return []byte(state), nil }
}

func TestReadStack_ReadsResourcesNotOutputs(t *testing.T) {
	stack, err := readStack(t.Context(), exporting(deployed))
	require.NoError(t, err)
	assert.Equal(t, &Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", FallbackService: "threa-standby", ExecEnabled: true,
		TaskDefinition: ecstest.Registered, URL: "https://app.example.com", DatabaseParameter: "/threa/database-app-url",
		MasterParameter: "/threa/database-url",
	}, stack)
}

func TestReadStack_WithoutTaskDefinition(t *testing.T) {
	for _, state := range []string{
		`{"version": 3, "deployment": {}}`, `{"deployment": {"resources": [{"type": "pulumi:pulumi:Stack"}]}}`,
	} {
		_, err := readStack(t.Context(), exporting(state))
		require.ErrorIs(t, err, ErrNotDeployed)
		require.ErrorContains(t, err, "pulumi up")
	}
}

func TestApp_RestartsServicesWithTasks(t *testing.T) {
	app, c := play(t, "running")
	c.Answer("UpdateService", ecstest.Object{"service": ecstest.Object{}})
	describe := func(counts ...int) {
		services := []ecstest.Object{}
		for i, name := range []string{"threa", "threa-standby"} {
			services = append(services, ecstest.Object{"serviceName": name, "desiredCount": counts[i]})
		}
		c.Answer("DescribeServices", ecstest.Object{"services": services})
	}
	describe(0, 0)
	restarted, err := app.Restart(t.Context())
	require.NoError(t, err)
	assert.False(t, restarted, "no task runs")
	assert.Empty(t, c.Requests("UpdateService"))
	describe(1, 1)
	restarted, err = app.Restart(t.Context())
	require.NoError(t, err)
	assert.True(t, restarted)
	assert.Equal(t, []ecstest.Object{
		{"cluster": "threa", "service": "threa", "forceNewDeployment": true},
		{"cluster": "threa", "service": "threa-standby", "forceNewDeployment": true},
	}, c.Requests("UpdateService"))
}

// setInterface sets the network interface of the task in the state running.
func setInterface(c *ecstest.AWS, content string) {
	c.Answer("Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=eni-01b70b7e0&Version=2016-11-15",
		`<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><privateIpAddress>10.42.0.17</privateIpAddress>`+
			content+`</item></networkInterfaceSet></DescribeNetworkInterfacesResponse>`)
}

func publicIP(ip string) string { return "<association><publicIp>" + ip + "</publicIp></association>" }

func TestApp_Address(t *testing.T) {
	app, c := play(t, "running")
	setInterface(c, publicIP("203.0.113.7"))
	address, err := app.Address(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "http://203.0.113.7:3000", address)

	setInterface(c, "")
	_, err = app.Address(t.Context())
	require.ErrorContains(t, err, "has no public address")

	app.URL = "https://app.example.com"
	address, err = app.Address(t.Context())
	require.NoError(t, err)
	assert.Equal(t, app.URL, address, "the fixed URL comes first")

	app, c = play(t, "running")
	definition := c.Definition["taskDefinition"].(ecstest.Object)
	containers := definition["containerDefinitions"].([]any)
	definition["containerDefinitions"] = append(containers, ecstest.Object{"name": "cloudflared"})
	_, err = app.Address(t.Context())
	require.ErrorContains(t, err, "pulumi config set domainName")

	app, _ = play(t, "asleep")
	_, err = app.Address(t.Context())
	require.ErrorIs(t, err, ErrNoTask)
	require.ErrorContains(t, err, "threa deploy-status")
}

func TestApp_WaitForHealth(t *testing.T) {
	var requests atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" || requests.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	serverURL, err := url.Parse(server.URL)
	require.NoError(t, err)
	port, err := strconv.Atoi(serverURL.Port())
	require.NoError(t, err)

	app, c := play(t, "running")
	setInterface(c, publicIP(serverURL.Hostname()))
	c.Containers()[2]["portMappings"] = []ecstest.Object{{"containerPort": port}}
	var reported []string
	report := func(line string) { reported = append(reported, line) }
	address, err := app.WaitForHealth(t.Context(), time.Millisecond, report)
	require.NoError(t, err)
	assert.Equal(t, server.URL, address)
	assert.Equal(t, []string{server.URL + "/health answers 503 Service Unavailable"}, reported)

	app, _ = play(t, "asleep")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err = app.WaitForHealth(ctx, time.Millisecond, report)
	require.ErrorContains(t, err, "the app did not answer in time: no task is running")
}
