package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
)

func TestParse_AcceptsCloudflaredsCommandLine(t *testing.T) {
	c, err := parse(
		strings.Fields("--no-autoupdate tunnel --no-autoupdate --metrics 127.0.0.1:20241 --grace-period 35s run"),
	)
	require.NoError(t, err)
	assert.Equal(t, command{"run", "127.0.0.1:20241", 35 * time.Second}, *c)
	c, err = parse(strings.Fields("tunnel --metrics 127.0.0.1:20241 ready"))
	require.NoError(t, err)
	assert.Equal(t, "ready", c.name)

	for _, wrong := range []string{
		"", "run", "tunnel", "tunnel --metrics 127.0.0.1:1", "tunnel run --metrics 127.0.0.1:1",
		"tunnel --metric 127.0.0.1:1 run",
		"tunnel --metrics 20241 run", "tunnel --metrics 127.0.0.1:1 --grace-period 35 run",
		"tunnel --metrics 127.0.0.1:1 run threa",
		"tunnel --metrics 127.0.0.1:1 run --token eyJ", "--metrics 127.0.0.1:1 tunnel run",
	} {
		_, err := parse(strings.Fields(wrong))
		assert.Error(t, err, wrong)
	}
}

// runningConnector is a connector that runs in the background. Its output may be read after it has ended.
type runningConnector struct {
	address, metrics string
	stop             func()
	ended            chan error
	output           bytes.Buffer
}

// freeAddress returns an address on which nothing listens.
func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	return listener.Addr().String()
}

func connect(t *testing.T, grace string, app http.HandlerFunc) *runningConnector {
	t.Helper()
	server := httptest.NewServer(app)
	t.Cleanup(server.CloseClientConnections)
	ctx, stop := context.WithCancel(t.Context())
	c := &runningConnector{address: freeAddress(t), metrics: freeAddress(t), stop: stop, ended: make(chan error, 1)}
	variables := map[string]string{
		"TUNNEL_TOKEN": fixtures.TunnelToken, "LOCAL_TUNNEL_ADDRESS": c.address, "LOCAL_TUNNEL_SERVICE": server.URL,
	}
	go func() {
		c.ended <- run(ctx, strings.Fields("tunnel --no-autoupdate --metrics "+c.metrics+" --grace-period "+grace+" run"),
			func(name string) string { return variables[name] }, &c.output)
	}()
	t.Cleanup(stop)
	require.Eventually(t, func() bool { return c.checkReady(t) == nil }, 10*time.Second, 5*time.Millisecond)
	return c
}

// checkReady runs the health check.
func (c *runningConnector) checkReady(t *testing.T) error {
	t.Helper()
	arguments := []string{"tunnel", "--metrics", c.metrics, "ready"}
	return run(t.Context(), arguments, func(string) string { return "" }, io.Discard)
}

func TestConnector_KeepsTheHost(t *testing.T) {
	c := connect(t, "5s", func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		_, _ = fmt.Fprintf(w, "%s %s %s %s", r.Method, r.Host, r.URL, body)
	})
	request, err := http.NewRequest(http.MethodPost, "http://"+c.address+"/echo?a=b", strings.NewReader("hello"))
	require.NoError(t, err)
	request.Host = "app.example.com"
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, "POST app.example.com /echo?a=b hello", string(body))
	http.DefaultClient.CloseIdleConnections()
	c.stop()
	assert.NoError(t, <-c.ended)
	assert.NotContains(t, c.output.String(), fixtures.TunnelToken)
}

func TestConnector_FinishesOpenRequests(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	c := connect(t, "1m", func(w http.ResponseWriter, _ *http.Request) {
		close(arrived)
		<-release
		_, _ = io.WriteString(w, "done")
	})
	answer := make(chan string, 1)
	go func() {
		response, err := http.Get("http://" + c.address)
		if err != nil {
			answer <- err.Error()
			return
		}
		body, _ := io.ReadAll(response.Body)
		_ = response.Body.Close()
		answer <- string(body)
	}()
	<-arrived
	c.stop()
	require.Eventually(t, func() bool {
		conn, err := net.Dial("tcp", c.address)
		if err == nil {
			_ = conn.Close()
		}
		return err != nil
	}, 10*time.Second, 5*time.Millisecond, "no new connections")
	assert.Error(t, c.checkReady(t), "not ready any more")
	close(release)
	assert.Equal(t, "done", <-answer)
	assert.NoError(t, <-c.ended)
	assert.Contains(t, c.output.String(), "all requests have ended")
}

func TestConnector_CutsWebSocketsAfterGracePeriod(t *testing.T) {
	c := connect(t, "100ms", func(w http.ResponseWriter, _ *http.Request) {
		conn, both, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		defer func() { _ = conn.Close() }()
		_, _ = both.WriteString("HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
		_ = both.Flush()
		_, _ = io.Copy(conn, both)
	})
	conn, err := net.Dial("tcp", c.address)
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = io.WriteString(conn, "GET /ws HTTP/1.1\r\nHost: app\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n")
	require.NoError(t, err)
	reader := bufio.NewReader(conn)
	response, err := http.ReadResponse(reader, nil)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	_, err = io.WriteString(conn, "hello\n")
	require.NoError(t, err)
	line, err := reader.ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "hello\n", line)
	c.stop()
	assert.NoError(t, <-c.ended)
	assert.Contains(t, c.output.String(), "the grace period is over")
}

func TestRun_RequiresAToken(t *testing.T) {
	for _, token := range []string{"", "s3cr3t"} {
		err := run(
			t.Context(),
			strings.Fields("tunnel --metrics 127.0.0.1:0 run"),
			func(string) string { return token },
			io.Discard,
		)
		require.ErrorContains(t, err, "TUNNEL_TOKEN")
		assert.NotContains(t, err.Error(), "s3cr3t")
	}
}
