package ecs

import (
	"context"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/local/ecs/agent"
)

func TestATaskIsReadyWhenItIsHealthyOrWithoutAHealthCheckWhenItRuns(t *testing.T) {
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
		want   int
	}{
		{"it runs and is not healthy yet", check, events, 0},
		{"it is healthy, which is told once", check, events + healthy, 1},
		{"it runs and has no health check", nil, events + healthy, 1},
		{"it never runs", nil, pending, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			one := Task{Task: agent.Task{Containers: []agent.Container{{Name: "app", HealthCheck: c.check}}}}
			told := 0
			watch(context.Background(), strings.NewReader(c.events), one.ready(), func() { told++ })
			assert.Equal(t, c.want, told)
		})
	}
}
