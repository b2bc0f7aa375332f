//go:build linux

package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
)

const markName = "THREA_TEST_MARK"

// markedProcesses lists the processes with the mark in their environment.
func markedProcesses(t *testing.T, mark string) (paths []string) {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/environ")
	require.NoError(t, err)
	for _, path := range files {
		environ, _ := os.ReadFile(path) // not readable: another user's, or the process has ended
		if bytes.Contains(environ, []byte(markName+"="+mark)) {
			paths = append(paths, path)
		}
	}
	return paths
}

// TestAgent_LeavesNoProcess ends the agent in each way that gives it no time to stop its containers.
func TestAgent_LeavesNoProcess(t *testing.T) {
	kill := func(t *testing.T, r *runningAgent) { require.NoError(t, r.cmd.Process.Kill()) }
	isStarting := func(e agent.Event) bool { return e.Container == "app" }
	isHealthy := func(e agent.Event) bool { return e.Container == "" && e.HealthStatus == types.HealthStatusHealthy }
	for name, test := range map[string]struct {
		repeat int
		when   func(agent.Event) bool
		end    func(*testing.T, *runningAgent)
	}{
		"killed": {1, isHealthy, kill},
		// In its first milliseconds, a sandbox survives the process that started it unless something else ends it.
		"killed while a container starts": {10, isStarting, kill},
		"its starter is gone": {1, isHealthy,
			func(t *testing.T, r *runningAgent) { require.NoError(t, r.stdin.Close()) }},
		"its starter is gone while it stops": {1, isHealthy, func(t *testing.T, r *runningAgent) {
			r.stop(t)
			r.until(t, func(e agent.Event) bool { return e.Container == "app" && e.LastStatus == agent.Stopping })
			require.NoError(t, r.stdin.Close())
		}},
	} {
		t.Run(name, func(t *testing.T) {
			mark := t.TempDir()
			for range test.repeat {
				app := newContainer("app", "touch /tmp/ready; (trap '' TERM INT HUP; sleep 1000) & setsid sleep 2000 & "+
					"trap '' TERM; while :; do sleep 3000; done", "sh", "-c", "test -f /tmp/ready && { setsid sleep 4000 & }")
				app.Environment = []types.KeyValuePair{{Name: aws.String(markName), Value: &mark}}
				app.StopTimeout = aws.Int32(120)
				r := start(t, newTask(t, app))
				r.until(t, test.when)
				if test.repeat == 1 {
					require.NotEmpty(t, markedProcesses(t, mark))
				}
				test.end(t, r)
				code, _, _ := r.wait()
				assert.NotZero(t, code)
			}
			require.EventuallyWithT(t, func(c *assert.CollectT) { assert.Empty(c, markedProcesses(t, mark)) },
				10*time.Second, 10*time.Millisecond)
		})
	}
}
