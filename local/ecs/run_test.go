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

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

func TestWatch_IsHealthy(t *testing.T) {
	const pending = `{"LastStatus":"PENDING","HealthStatus":"UNKNOWN"}
`
	const events = pending + `{"Container":"app","LastStatus":"RUNNING","HealthStatus":"HEALTHY"}
{"LastStatus":"RUNNING","HealthStatus":"UNKNOWN"}
`
	const healthy = `{"LastStatus":"RUNNING","HealthStatus":"HEALTHY"}
{"LastStatus":"RUNNING","HealthStatus":"HEALTHY"}
`
	for _, c := range []struct {
		name      string
		hasHealth bool
		events    string
		want      bool
	}{
		{"it runs and is not healthy yet", true, events, false},
		{"it is healthy", true, events + healthy, true},
		{"it runs and has no health check", false, events + healthy, true},
		{"it never runs", false, pending, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			isHealthy := false
			watch(strings.NewReader(c.events), c.hasHealth, func() { isHealthy = true })
			assert.Equal(t, c.want, isHealthy)
		})
	}
}

func TestService_StopsAllTasks(t *testing.T) {
	command := filepath.Join(t.TempDir(), "ecs-agent")
	out, err := exec.Command("go", "build", "-o", command, "../cmd/ecs-agent").CombinedOutput()
	require.NoError(t, err, "%s", out)
	output, err := os.Create(filepath.Join(t.TempDir(), "output"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = output.Close() })
	root := sandboxtest.Debian(t)
	newTask := func(line string) agent.Task {
		return agent.Task{
			Root: root, Images: map[string]agent.Image{"": {Environment: []string{"PATH=/usr/bin"}}}, Directory: t.TempDir(),
			Containers: []types.ContainerDefinition{{
				Name: aws.String("app"), Command: []string{"sh", "-c", line},
				LinuxParameters: &types.LinuxParameters{InitProcessEnabled: aws.Bool(true)},
			}},
		}
	}
	for name, test := range map[string]struct {
		line      string // of the second task
		isHealthy bool
		want      error
	}{
		"when told to":        {"sleep 1000", true, nil},
		"when one has failed": {"exit 7", false, ErrFailed},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			service := &Service{Agent: command, Output: output}
			err := service.runTasks(ctx, []agent.Task{newTask("sleep 1000"), newTask(test.line)}, func() {
				if test.isHealthy {
					cancel()
				}
			})
			require.ErrorIs(t, err, test.want)
		})
	}
}
