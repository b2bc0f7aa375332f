//go:build linux

package stores

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

const (
	databaseName = "threa.abc123.eu-central-1.rds.amazonaws.com"
	cacheName    = "master.threa.local.cache.amazonaws.com"
	otherName    = "other.example" // leads to the servers, but is in no certificate
	password     = `p'w"\:%$&=?#+`
	// clientDeadline is for the one that hangs.
	clientDeadline = time.Minute

	token = "0123456789abcdef!&#$^<>-"
)

func database() *Database {
	return &Database{Name: databaseName, Port: 5432, User: "threa", Password: password, Database: "threa"}
}

func cache(tls bool, token string) *Cache {
	return &Cache{Name: cacheName, Port: 6379, Token: token, TLS: tls}
}

// clients run in a sandbox like that of a task: with Bun, what apps depend on, and hosts that lead to the servers.
type clients struct {
	t       *testing.T
	root    sandbox.Root
	dir     string
	mounts  []sandbox.Mount
	servers *Stores
}

func start(t *testing.T, spec Spec) *clients {
	t.Helper()
	tools := sandboxtest.Tools(t)
	root, err := tools.Debian(t.Context())
	require.NoError(t, err)
	bun, err := tools.Bun(t.Context())
	require.NoError(t, err)
	modules, err := tools.AppDependencies(t.Context())
	require.NoError(t, err)

	// Not t.TempDir: the test's name would make the sockets' path too long.
	dir, err := os.MkdirTemp("", "servers")
	require.NoError(t, err)
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	s, err := Start(t.Context(), root, filepath.Join(dir, "s"), spec)
	require.NoError(t, err)
	t.Cleanup(s.Stop)
	scripts, err := filepath.Abs("testdata")
	require.NoError(t, err)
	c := &clients{t: t, root: root, dir: dir, servers: s, mounts: []sandbox.Mount{
		{Source: bun, Target: "/opt/bun"}, {Source: modules, Target: "/node_modules"}, {Source: scripts, Target: "/app"},
	}}
	hosts := "127.0.0.1 localhost\n"
	for endpoint, address := range s.Addresses {
		name, _, _ := strings.Cut(endpoint, ":")
		ip, _, _ := strings.Cut(address, ":")
		hosts += ip + " " + name + " " + otherName + "\n"
	}
	c.show("/etc/hosts", hosts)
	c.show("/ca/rds.pem", s.DatabaseCA)
	return c
}

// show puts a file into the sandbox.
func (c *clients) show(path, content string) {
	c.t.Helper()
	source := filepath.Join(c.dir, strings.ReplaceAll(path, "/", "_"))
	require.NoError(c.t, os.WriteFile(source, []byte(content), 0o644))
	c.mounts = append(c.mounts, sandbox.Mount{Source: source, Target: path})
}

// trustCaches is what the image's system store does for the authority of the caches.
func (c *clients) trustCaches() { c.show("/etc/ssl/cert.pem", c.servers.CacheCA) }

// run runs a program with an input and returns what it wrote, failed or not.
func (c *clients) run(input string, environment []string, program ...string) string {
	c.t.Helper()
	ctx, cancel := context.WithTimeout(c.t.Context(), clientDeadline)
	defer cancel()
	box := c.box(append([]string{"PATH=/opt/bun:/usr/bin:" + psql(c.t, c.root)}, environment...))
	box.Stdin = strings.NewReader(input)
	_, output, err := c.root.Run(ctx, box, program...)
	require.NoError(c.t, err)
	return output
}

func (c *clients) box(environment []string) sandbox.Box {
	return sandbox.Box{UID: 1000, GID: 1000, Mounts: c.mounts, Directory: "/app", Environment: environment}
}

// psql is the folder of the real program; the one on the usual path is a script that chooses among versions.
func psql(t *testing.T, root sandbox.Root) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(string(root), "usr/lib/postgresql/*/bin"))
	require.NoError(t, err)
	require.Len(t, found, 1)
	return strings.TrimPrefix(found[0], string(root))
}

// ask lets all clients connect and returns the answer of each.
func (c *clients) ask(statement string, environment ...string) map[string]any {
	c.t.Helper()
	out := c.run("", environment, "bun", "ask.ts", statement)
	var answers map[string]any
	require.NoError(c.t, json.Unmarshal([]byte(out), &answers), "%s", out)
	return answers
}

// port is the one on this machine of the server for an endpoint.
func (c *clients) port(endpoint string) string {
	c.t.Helper()
	address := c.servers.Addresses[endpoint]
	require.NotEmpty(c.t, address, endpoint)
	return address[strings.LastIndex(address, ":")+1:]
}
