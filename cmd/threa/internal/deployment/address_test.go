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
)

// interfaces is the question for the network interface of the task in the state running.
const interfaces = "Action=DescribeNetworkInterfaces&NetworkInterfaceId.1=eni-01b70b7e0&Version=2016-11-15"

// at gives the task of the state running a public address.
func at(c *ecstest.Cloud, ip string) {
	c.Answers[interfaces] = func(ecstest.Object) (any, error) {
		return `<DescribeNetworkInterfacesResponse><networkInterfaceSet><item><privateIpAddress>10.42.0.17</privateIpAddress>` +
			`<association><publicIp>` + ip + `</publicIp></association></item></networkInterfaceSet></DescribeNetworkInterfacesResponse>`, nil
	}
}

func TestTheAppIsAtThePublicAddressOfItsTask(t *testing.T) {
	app, c := play(t, "running")
	at(c, "203.0.113.7")
	address, err := app.Address(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "http://203.0.113.7:3000", address)

	app.URL = "https://app.example.com"
	address, err = app.Address(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "https://app.example.com", address, "an address that stays is better")
}

func TestATunnelsAddressIsNotThatOfTheTask(t *testing.T) {
	app, c := play(t, "running")
	definition := c.Definition["taskDefinition"].(ecstest.Object)
	definition["containerDefinitions"] = append(definition["containerDefinitions"].([]any), ecstest.Object{"name": "cloudflared"})
	_, err := app.Address(t.Context())
	require.ErrorContains(t, err, "pulumi config set domainName")
}

func TestWithoutATaskThereIsNoAddress(t *testing.T) {
	app, _ := play(t, "asleep")
	_, err := app.Address(t.Context())
	require.ErrorIs(t, err, ErrNoTask)
	require.ErrorContains(t, err, "threa deploy-status says why")
}

func TestATaskWithoutAPublicAddressIsSaidToHaveNone(t *testing.T) {
	app, c := play(t, "running")
	c.Answers[interfaces] = func(ecstest.Object) (any, error) {
		return `<DescribeNetworkInterfacesResponse><networkInterfaceSet><item/></networkInterfaceSet></DescribeNetworkInterfacesResponse>`, nil
	}
	_, err := app.Address(t.Context())
	require.ErrorContains(t, err, "has no public address")
}

func TestWaitingEndsWhenTheAppAnswers(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/health" || asked.Add(1) < 3 {
			w.WriteHeader(http.StatusServiceUnavailable)
		}
	}))
	t.Cleanup(server.Close)
	where, err := url.Parse(server.URL)
	require.NoError(t, err)
	port, err := strconv.Atoi(where.Port())
	require.NoError(t, err)

	app, c := play(t, "running")
	at(c, where.Hostname())
	containers := c.Definition["taskDefinition"].(ecstest.Object)["containerDefinitions"].([]any)
	containers[2].(ecstest.Object)["portMappings"] = []ecstest.Object{{"containerPort": port}}
	var said []string
	address, err := app.Await(t.Context(), time.Millisecond, func(line string) { said = append(said, line) })
	require.NoError(t, err)
	assert.Equal(t, server.URL, address)
	assert.Equal(t, []string{server.URL + "/health answers 503 Service Unavailable"}, said)
}

func TestWaitingForAnAppThatNeverAnswersEndsWithTheReason(t *testing.T) {
	app, _ := play(t, "asleep")
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	_, err := app.Await(ctx, time.Millisecond, func(string) {})
	require.ErrorContains(t, err, "the app did not answer in time: no task runs")
}
