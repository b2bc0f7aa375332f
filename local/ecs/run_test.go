//go:build linux

package ecs

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/local/ecs/agent"
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
