//go:build linux

package ecs

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

func TestTask_IsHealthy(t *testing.T) {
	const pending = `{"lastStatus":"PENDING","healthStatus":"UNKNOWN"}
`
	const events = pending + `{"container":"app","lastStatus":"RUNNING","healthStatus":"HEALTHY"}
{"lastStatus":"RUNNING","healthStatus":"UNKNOWN"}
`
	const healthy = `{"lastStatus":"RUNNING","healthStatus":"HEALTHY"}
{"lastStatus":"RUNNING","healthStatus":"HEALTHY"}
`
	check := &agent.HealthCheck{Command: []string{"CMD", "true"}}
	for _, c := range []struct {
		name   string
		check  *agent.HealthCheck
		events string
		want   bool
	}{
		{"it runs and is not healthy yet", check, events, false},
		{"it is healthy", check, events + healthy, true},
		{"it runs and has no health check", nil, events + healthy, true},
		{"it never runs", nil, pending, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			task := Task{Task: agent.Task{Containers: []agent.Container{{Name: "app", HealthCheck: c.check}}}}
			healthy := false
			watch(strings.NewReader(c.events), task.isHealthy, func() { healthy = true })
			assert.Equal(t, c.want, healthy)
		})
	}
}

// newTask returns a task on the real root file system that listens on no port.
func newTask(t *testing.T, line string) Task {
	t.Helper()
	return Task{Task: agent.Task{
		Root: sandboxtest.Debian(t), Images: map[string]agent.Image{"": {Environment: []string{"PATH=/usr/bin"}}},
		Directory: t.TempDir(), Containers: []agent.Container{{
			Name: "app", Command: []string{"sh", "-c", line}, LinuxParameters: agent.LinuxParameters{InitProcessEnabled: true},
		}},
	}}
}

func TestRunner_StopsAllTasks(t *testing.T) {
	command := filepath.Join(t.TempDir(), "ecs-agent")
	out, err := exec.Command("go", "build", "-o", command, "../cmd/ecs-agent").CombinedOutput()
	require.NoError(t, err, "%s", out)
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = output.Close() })
	for name, test := range map[string]struct {
		lines   []string
		healthy bool
		want    error
	}{
		"when told to":        {[]string{"sleep 1000", "sleep 1000"}, true, nil},
		"when one has failed": {[]string{"sleep 1000", "exit 7"}, false, ErrFailed},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			runner := &Runner{Agent: command, Output: output, OnHealthy: func() {
				if test.healthy {
					cancel()
				}
			}}
			err := runner.Run(ctx, []Task{newTask(t, test.lines[0]), newTask(t, test.lines[1])})
			require.ErrorIs(t, err, test.want)
		})
	}
}
