//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
)

// However it ends: nothing that it started may be left on the machine.
func TestAKilledAgentLeavesNoProcess(t *testing.T) {
	mark := "THREA_TEST_MARK=" + t.TempDir()
	app := container("app", "touch /tmp/ready; (trap '' TERM INT HUP; sleep 1000) & setsid sleep 2000 & sleep 3000")
	app.HealthCheck = healthy("sh", "-c", "test -f /tmp/ready && { setsid sleep 4000 & }")
	name, value, _ := strings.Cut(mark, "=")
	app.Environment = []agent.Variable{{Name: name, Value: value}}
	r := start(t, task(t, app))
	r.untilHealthy(t)
	require.NotEmpty(t, marked(t, mark))
	require.NoError(t, syscall.Kill(r.pid, syscall.SIGKILL))
	r.ended()
	require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Empty(c, marked(t, mark)) }, 10*time.Second, 10*time.Millisecond)
}

// A box outlives who started it in its first milliseconds, if nothing else ends it.
func TestAnAgentThatIsKilledWhileAContainerStartsLeavesNoProcess(t *testing.T) {
	mark := "THREA_TEST_MARK=" + t.TempDir()
	name, value, _ := strings.Cut(mark, "=")
	for range 10 {
		app := container("app", "sleep 3000")
		app.Environment = []agent.Variable{{Name: name, Value: value}}
		r := start(t, task(t, app))
		r.until(t, func(e agent.Event) bool { return e.Container == "app" })
		require.NoError(t, syscall.Kill(r.pid, syscall.SIGKILL))
		r.ended()
	}
	require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Empty(c, marked(t, mark)) }, 10*time.Second, 10*time.Millisecond)
}

func TestASecondSignalEndsTheAgentAtOnceAndAllContainers(t *testing.T) {
	mark := "THREA_TEST_MARK=" + t.TempDir()
	name, value, _ := strings.Cut(mark, "=")
	app := container("app", "trap 'touch /tmp/heard' TERM; touch /tmp/ready; while :; do sleep 1000 & wait; done")
	app.Environment = []agent.Variable{{Name: name, Value: value}}
	app.HealthCheck = healthy("test", "-f", "/tmp/ready")
	app.StopTimeout = 120
	r := start(t, task(t, app))
	r.untilHealthy(t)
	require.NotEmpty(t, marked(t, mark))
	require.NoError(t, syscall.Kill(r.pid, syscall.SIGINT))
	r.until(t, func(e agent.Event) bool { return e.Container == "app" && e.LastStatus == agent.Stopping })
	require.NoError(t, syscall.Kill(r.pid, syscall.SIGINT))
	code, said := r.ended()
	assert.Equal(t, 1, code)
	assert.Contains(t, said, "asked twice to stop")
	require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Empty(c, marked(t, mark)) }, 10*time.Second, 10*time.Millisecond)
}

// marked lists the processes that have the mark in their environment.
func marked(t *testing.T, mark string) (pids []string) {
	t.Helper()
	found, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, path := range found {
		if environ, _ := os.ReadFile(path); bytes.Contains(environ, []byte(mark)) { // unreadable: of another user, or gone
			pids = append(pids, path)
		}
	}
	return pids
}
