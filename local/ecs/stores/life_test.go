//go:build linux

package stores

import (
	"bufio"
	"context"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
)

// starterRoot makes this program start servers, say so, and wait to be killed.
const starterRoot = "STORES_TEST_ROOT"

func TestMain(m *testing.M) {
	if root := os.Getenv(starterRoot); root != "" {
		startAndWait(sandbox.Root(root), os.Args[1])
	}
	os.Exit(m.Run())
}

func both() Spec {
	return Spec{Database: database(), Cache: cache(true, token)}
}

func startAndWait(root sandbox.Root, dir string) {
	s, err := Start(context.Background(), root, dir, both())
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("started", s.Addresses[databaseName+":5432"], s.Addresses[cacheName+":6379"])
	select {}
}

// gone waits until no process of the servers in dir is left and nothing listens any more.
func gone(t *testing.T, dir string, addresses ...string) {
	t.Helper()
	require.Eventually(t, func() bool {
		for _, address := range addresses {
			if conn, err := net.Dial("tcp", address); err == nil {
				_ = conn.Close()
				return false
			}
		}
		return len(processesOf(dir)) == 0
	}, time.Minute, 20*time.Millisecond)
}

// processesOf lists those that were started for dir, and what they started.
func processesOf(dir string) []string {
	files, _ := filepath.Glob("/proc/[0-9]*/mountinfo")
	var found []string
	for _, file := range files {
		mounts, _ := os.ReadFile(file) // a process that has ended has none
		command, _ := os.ReadFile(filepath.Join(filepath.Dir(file), "cmdline"))
		if strings.Contains(string(mounts), dir) || strings.Contains(string(command), dir) {
			found = append(found, strings.ReplaceAll(string(command), "\x00", " "))
		}
	}
	return found
}

func TestStores_StopLeavesNothing(t *testing.T) {
	c := start(t, both())
	dir := filepath.Join(c.dir, "s")
	assert.GreaterOrEqual(t, len(processesOf(dir)), 6, "the boxes, PostgreSQL with its workers, and Valkey")
	c.servers.Stop()
	assert.Empty(t, processesOf(dir), "at once")
	gone(t, dir, c.servers.Addresses[databaseName+":5432"], c.servers.Addresses[cacheName+":6379"])
	for _, socket := range c.servers.Sockets {
		_, err := net.Dial("unix", socket)
		require.Error(t, err)
	}
	c.servers.Stop()
}

func TestStores_EndWithTheirStarter(t *testing.T) {
	c := start(t, Spec{})
	dir := filepath.Join(c.dir, "held")
	cmd := exec.Command(os.Args[0], dir)
	cmd.Env = append(os.Environ(), starterRoot+"="+string(c.root))
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	line, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(t, err)
	words := strings.Fields(line)
	require.Equal(t, "started", words[0], line)
	assert.NotEmpty(t, processesOf(dir))

	require.NoError(t, cmd.Process.Kill())
	require.Error(t, cmd.Wait())
	gone(t, dir, words[1], words[2])
}

func TestStores_Sockets(t *testing.T) {
	c := start(t, both())
	assert.Len(t, c.servers.Sockets, 2)

	conn, err := net.Dial("unix", c.servers.Sockets[databaseName+":5432"])
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	_, err = conn.Write([]byte{0, 0, 0, 8, 4, 210, 22, 47}) // SSLRequest
	require.NoError(t, err)
	answer := make([]byte, 1)
	_, err = conn.Read(answer)
	require.NoError(t, err)
	assert.Equal(t, "S", string(answer))
	greet(t, conn, databaseName, c.servers.DatabaseCA)

	conn, err = net.Dial("unix", c.servers.Sockets[cacheName+":6379"])
	require.NoError(t, err)
	defer func() { _ = conn.Close() }()
	secure := greet(t, conn, cacheName, c.servers.CacheCA)
	_, err = secure.Write([]byte("AUTH " + token + "\r\n"))
	require.NoError(t, err)
	said, err := bufio.NewReader(secure).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "+OK\r\n", said)
}

// greet does the handshake with a server that has to be the one of that name.
func greet(t *testing.T, conn net.Conn, name, ca string) *tls.Conn {
	t.Helper()
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM([]byte(ca)))
	secure := tls.Client(conn, &tls.Config{ServerName: name, RootCAs: roots})
	require.NoError(t, secure.HandshakeContext(t.Context()))
	return secure
}

func TestStart_DeletesOldData(t *testing.T) {
	c := start(t, Spec{Cache: cache(false, "")})
	dir := filepath.Join(c.dir, "s")
	require.NoError(t, os.WriteFile(filepath.Join(dir, "left"), nil, 0o600))
	c.servers.Stop()
	again, err := Start(t.Context(), c.root, dir, Spec{Cache: cache(false, "")})
	require.NoError(t, err)
	defer again.Stop()
	assert.NoFileExists(t, filepath.Join(dir, "left"))
	assert.NotEqual(t, c.servers.CacheCA, again.CacheCA)
}

func TestStart_FailureLeavesNothing(t *testing.T) {
	c := start(t, Spec{})
	dir := filepath.Join(c.dir, "failed")
	spec := both()
	spec.Database.Database = "template1"
	_, err := Start(t.Context(), c.root, dir, spec)
	require.ErrorContains(t, err, "start the server for "+databaseName+":5432: create the master user and the database")
	require.ErrorContains(t, err, `database "template1" already exists`)
	gone(t, dir)
}

func TestStart_CancellationLeavesNothing(t *testing.T) {
	c := start(t, Spec{})
	dir := filepath.Join(c.dir, "cancelled")
	for n := range 20 { // at another moment each
		ctx, cancel := context.WithTimeout(t.Context(), time.Duration(n)*5*time.Millisecond)
		_, err := Start(ctx, c.root, dir, both())
		cancel()
		require.ErrorIs(t, err, context.DeadlineExceeded)
		gone(t, dir)
	}
}

func TestServer_QuotesTheLog(t *testing.T) {
	failing := &server{
		root: start(t, Spec{}).root, dir: t.TempDir(), program: []string{"/bin/sh", "-c", "seq 11; exit 3"},
		check: func(context.Context) error { return os.ErrNotExist },
	}
	require.EqualError(t, failing.start(t.Context()),
		"the server ended with exit code 3. Its last lines:\n2\n3\n4\n5\n6\n7\n8\n9\n10\n11")
}
