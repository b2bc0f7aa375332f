package ecs

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/internal/control"
)

const amazon = "-----BEGIN CERTIFICATE-----\nAMAZON\n-----END CERTIFICATE-----\n"

func plan(containers string, count int) *Plan {
	return &Plan{
		Deployment: &control.Deployment{
			TaskDefinition: "app:1", DesiredCount: count, Containers: []byte(containers), Images: []string{"registry/app:v1"},
			Volumes: []string{"shared"}, Secrets: map[string]map[string]string{"app": {"URL": "u"}},
		},
		Image:        agent.Image{Directory: "/app"},
		Servers:      []Server{{"db.example", 5432, "/run/db"}, {"cache.example", 6379, "/run/cache"}},
		Certificates: map[string]string{amazon: "ours"},
		Directory:    "/run/tasks",
	}
}

func TestPlan_ServersAndPort(t *testing.T) {
	tasks, err := plan(`[{"name":"before","image":"registry/app:v1"},
{"name":"app","image":"registry/app:v1","portMappings":[{"containerPort":3000}]}]`, 1).Tasks()
	require.NoError(t, err)
	require.Len(t, tasks, 1)
	task := tasks[0]
	assert.Equal(t, map[string]string{"db.example": "127.0.1.1", "cache.example": "127.0.1.2"}, task.Hosts)
	assert.Equal(t, []agent.Relay{{Address: "127.0.1.1:5432", Socket: "/run/db"}, {Address: "127.0.1.2:6379", Socket: "/run/cache"}}, task.Outbound)
	assert.Equal(t, []agent.Relay{{Address: "127.0.0.1:3000", Socket: "/run/tasks/task-1.sock"}}, task.Inbound)
	assert.Equal(t, 3000, task.Port)
	assert.Equal(t, map[string]agent.Image{"registry/app:v1": {Directory: "/app"}}, task.Images)
	assert.Empty(t, task.Name, "one task needs no prefix")
}

func TestPlan_DesiredCount(t *testing.T) {
	tasks, err := plan(`[{"name":"app","image":"registry/app:v1","portMappings":[{"containerPort":3000}]}]`, 2).Tasks()
	require.NoError(t, err)
	require.Len(t, tasks, 2)
	assert.Equal(t, "task-1 task-2", tasks[0].Name+" "+tasks[1].Name)
	assert.NotEqual(t, tasks[0].Directory, tasks[1].Directory)
	assert.NotEqual(t, tasks[0].Inbound, tasks[1].Inbound)
}

func TestPlan_ReplacesCertificates(t *testing.T) {
	tasks, err := plan(`[{"name":"ca","image":"registry/app:v1","environment":[
{"name":"PEM","value":"-----BEGIN CERTIFICATE-----\nAMAZON\n-----END CERTIFICATE-----\n"},{"name":"OTHER","value":"text"}]}]`, 1).Tasks()
	require.NoError(t, err)
	assert.Equal(t, []agent.Variable{{Name: "PEM", Value: "ours"}, {Name: "OTHER", Value: "text"}}, tasks[0].Containers[0].Environment)

	_, err = plan(`[{"name":"ca","image":"registry/app:v1","environment":[
{"name":"PEM","value":"-----BEGIN CERTIFICATE-----\nANOTHER REGION\n-----END CERTIFICATE-----\n"}]}]`, 1).Tasks()
	require.ErrorContains(t, err, "PEM of container ca holds certificates that are not those of this region's databases")
}

func TestPlan_NamesRefusedDefinition(t *testing.T) {
	_, err := plan(`[{"name":"app","image":"registry/app:v1","firelensConfiguration":{"type":"fluentbit"}}]`, 1).Tasks()
	require.ErrorContains(t, err, "task definition app:1")
	require.ErrorContains(t, err, "firelensConfiguration")
}
