//go:build linux

package stores

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
)

// required is what the app needs besides DATABASE_URL.
var required = []string{"WORKOS_API_KEY=k", "WORKOS_CLIENT_ID=c", "WORKOS_REDIRECT_URI=u", "WORKOS_COOKIE_PASSWORD=p"}

// program is a program that runs in the sandbox of the clients.
type program struct {
	t       *testing.T
	process *sandbox.Process
	lines   *bufio.Reader
}

func (c *clients) begin(environment []string, words ...string) *program {
	c.t.Helper()
	box := c.box(append([]string{"PATH=/opt/bun:/usr/bin"}, environment...))
	read, write := io.Pipe()
	box.Output = write
	process, err := c.root.Start(box, words...)
	require.NoError(c.t, err)
	c.t.Cleanup(process.Kill)
	timeout := time.AfterFunc(clientDeadline, process.Kill)
	go func() {
		process.Wait()
		timeout.Stop()
		_ = write.Close()
	}()
	return &program{t: c.t, process: process, lines: bufio.NewReader(read)}
}

// line is the next one that the program prints.
func (p *program) line() string {
	p.t.Helper()
	text, err := p.lines.ReadString('\n')
	require.NoError(p.t, err, text)
	return strings.TrimSpace(text)
}

// end is all that the program prints until it ends, and its exit code.
func (p *program) end() (string, int) {
	p.t.Helper()
	rest, err := io.ReadAll(p.lines)
	require.NoError(p.t, err)
	return string(rest), p.process.Wait()
}

// withApp shows the app in the place of the scripts.
func withApp(t *testing.T, spec Spec) *clients {
	t.Helper()
	c := start(t, spec)
	folder, err := filepath.Abs("../../app")
	require.NoError(t, err)
	for i := range c.mounts {
		if c.mounts[i].Target == "/app" {
			c.mounts[i].Source = folder
		}
	}
	scripts, err := filepath.Abs("testdata")
	require.NoError(t, err)
	c.mounts = append(c.mounts, sandbox.Mount{Source: scripts, Target: "/scripts"})
	return c
}

// deployed is the environment of the app, with both servers.
func (c *clients) deployed() []string {
	return append([]string{
		"PORT=0", withCA, "DATABASE_URL=" + c.databaseURL("threa", password, databaseName, "verify-full"),
		"REDIS_URL=rediss://:" + url.QueryEscape(token) + "@" + cacheName + ":" + c.port(cacheName+":6379"),
	}, required...)
}

func get(t *testing.T, address string) (int, string) {
	t.Helper()
	response, err := http.Get(address)
	require.NoError(t, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	return response.StatusCode, string(body)
}

func TestApp_ServesAndDrains(t *testing.T) {
	t.Parallel()
	c := withApp(t, both())
	c.trustCaches()
	migrate := func() string { return c.run("", c.deployed(), "bun", "run", "--silent", "migrate") }
	assert.Equal(t, "applied 001_vector.sql\napplied 002_messages.sql\n", migrate())
	assert.Equal(t, "nothing to migrate\n", migrate())

	app := c.begin(c.deployed(), "bun", "run", "--silent", "start")
	var port int
	_, err := fmt.Sscanf(app.line(), "listening on port %d", &port)
	require.NoError(t, err)
	at := "http://127.0.0.1:" + strconv.Itoa(port)

	code, body := get(t, at+"/status")
	assert.Equal(t, http.StatusOK, code, body)
	var status struct {
		Postgres struct {
			Version, Vector string
			SSL             struct{ Version, Cipher string }
			Verified        bool
		}
		Redis struct{ Ping, TLS, Verified bool }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &status))
	assert.Regexp(t, `^1\d\.`, status.Postgres.Version)
	assert.Regexp(t, `^0\.`, status.Postgres.Vector)
	assert.Equal(t, "TLSv1.3", status.Postgres.SSL.Version)
	assert.Contains(t, status.Postgres.SSL.Cipher, "TLS_")
	assert.True(t, status.Postgres.Verified)
	assert.Equal(t, struct{ Ping, TLS, Verified bool }{true, true, true}, status.Redis)
	for path, want := range map[string]int{"/": 200, "/health": 200, "/nowhere": 404, "/ws": 426} {
		code, _ = get(t, at+path)
		assert.Equal(t, want, code, path)
	}

	socket := c.begin(nil, "bun", "/scripts/socket.ts", "ws://127.0.0.1:"+strconv.Itoa(port)+"/ws")
	assert.Equal(t, "hello", socket.line())
	request, finish := halfOfARequest(t, "127.0.0.1:"+strconv.Itoa(port))
	require.Eventually(t, func() bool {
		_, body := get(t, at+"/status")
		return strings.Contains(body, `"underWay":2,"sockets":1`)
	}, clientDeadline, 10*time.Millisecond, "the half of a request, and the one that asks")

	require.NoError(t, app.process.Signal(syscall.SIGTERM))
	assert.Equal(t, "SIGTERM: draining", app.line())
	rest, _ := socket.end()
	assert.Equal(t, "closed 1001\n", rest)
	for _, path := range []string{"/health", "/", "/ws"} {
		code, _ = get(t, at+path)
		assert.Equal(t, http.StatusServiceUnavailable, code, path)
	}
	finish()
	answer, err := http.ReadResponse(bufio.NewReader(request), nil)
	require.NoError(t, err)
	said, err := io.ReadAll(answer.Body)
	require.NoError(t, err)
	require.NoError(t, answer.Body.Close())
	assert.Equal(t, "first and last", string(said), "what is under way is finished")
	rest, code = app.end()
	assert.Equal(t, "drained\n", rest)
	assert.Zero(t, code)
}

// halfOfARequest sends the first half of one to /echo; finish sends the other.
func halfOfARequest(t *testing.T, address string) (conn net.Conn, finish func()) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	send := func(text string) {
		_, err := io.WriteString(conn, text)
		require.NoError(t, err)
	}
	send("POST /echo HTTP/1.1\r\nHost: app\r\nContent-Length: 14\r\n\r\nfirst and")
	return conn, func() { send(" last") }
}

func TestApp_RefusesToStart(t *testing.T) {
	t.Parallel()
	c := withApp(t, both())
	refuses := func(environment []string) string {
		t.Helper()
		output, code := c.begin(environment, "bun", "index.ts").end()
		assert.Equal(t, 1, code)
		return output
	}
	assert.Equal(t, "cannot connect to Redis (redis): unable to verify the first certificate\n", refuses(c.deployed()))
	c.trustCaches()
	for _, test := range []struct{ name, value, want string }{
		{"DATABASE_URL", "", "cannot start without DATABASE_URL\n"},
		{"WORKOS_CLIENT_ID", "", "cannot start without WORKOS_CLIENT_ID\n"},
		{"NODE_EXTRA_CA_CERTS", "", "cannot connect to PostgreSQL (pg): unable to verify the first certificate\n"},
		{"DATABASE_URL", c.databaseURL("threa", "another-one", databaseName, "verify-full"),
			"cannot connect to PostgreSQL (pg): password authentication failed for user \"threa\"\n"},
		{"REDIS_URL", "rediss://:another@" + cacheName + ":" + c.port(cacheName+":6379"),
			"cannot connect to Redis (redis): WRONGPASS"},
		{"DATABASE_URL", "postgresql://threa:hidden%@" + databaseName + ":no/threa", "cannot "},
		{"REDIS_URL", "rediss://:hidden@[:6379", "cannot "},
	} {
		environment := slices.DeleteFunc(c.deployed(), func(v string) bool { return strings.HasPrefix(v, test.name+"=") })
		if test.value != "" {
			environment = append(environment, test.name+"="+test.value)
		}
		output := refuses(environment)
		assert.Contains(t, output, test.want)
		assert.Equal(t, 1, strings.Count(output, "\n"), "one line: %s", output)
		assert.NotContains(t, output, "hidden")
	}
}

func TestApp_RunsWithoutACache(t *testing.T) {
	t.Parallel()
	c := withApp(t, Spec{Database: database()})
	app := c.begin(append([]string{
		"PORT=0", withCA, "DATABASE_URL=" + c.databaseURL("threa", password, databaseName, "verify-full"),
	}, required...), "bun", "index.ts")
	var port int
	_, err := fmt.Sscanf(app.line(), "listening on port %d", &port)
	require.NoError(t, err)
	_, body := get(t, "http://127.0.0.1:"+strconv.Itoa(port)+"/status")
	assert.Contains(t, body, `"vector":null`, "nobody has installed it")
	assert.NotContains(t, body, "redis")
	require.NoError(t, app.process.Signal(syscall.SIGTERM))
	_, code := app.end()
	assert.Zero(t, code)
}
