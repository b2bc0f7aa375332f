//go:build linux

package ecs

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/internal/control"
)

const amazon = "-----BEGIN CERTIFICATE-----\nAMAZON\n-----END CERTIFICATE-----\n"

// newService returns a service with container definitions in the form of the ECS API.
func newService(t *testing.T, containers string, count int32) *Service {
	t.Helper()
	task := &types.TaskDefinition{TaskDefinitionArn: aws.String("app:1"),
		Volumes: []types.Volume{{Name: aws.String("shared")}}}
	require.NoError(t, json.Unmarshal([]byte(containers), &task.ContainerDefinitions))
	return &Service{
		Deployment:   &control.Deployment{Task: task, Service: &types.Service{DesiredCount: count}},
		Image:        agent.Image{Directory: "/app", Command: []string{"program"}},
		Sockets:      map[string]string{"db.example:5432": "/run/db", "cache.example:6379": "/run/cache"},
		Certificates: map[string]string{amazon: "ours"},
		Directory:    "/run/tasks",
		Connector:    "/bin/connector",
	}
}

func TestService_ServersAndPort(t *testing.T) {
	s := newService(t, `[{"name":"before","image":"registry/app:v1"},
{"name":"app","image":"registry/app:v1","portMappings":[{"containerPort":3000}]}]`, 1)
	tasks, err := s.tasks()
	require.NoError(t, err)
	assert.Equal(t, []agent.Task{{
		Images: map[string]agent.Image{"registry/app:v1": s.Image}, Volumes: s.Deployment.Task.Volumes,
		Containers: s.Deployment.Task.ContainerDefinitions,
		Hosts:      map[string]string{"cache.example": "127.0.1.1", "db.example": "127.0.1.2"},
		Outbound: []agent.Relay{{Address: "127.0.1.1:6379", Socket: "/run/cache"},
			{Address: "127.0.1.2:5432", Socket: "/run/db"}},
		Inbound:   []agent.Relay{{Address: "127.0.0.1:3000", Socket: "/run/tasks/task-1.sock"}},
		Directory: "/run/tasks/task-1",
	}}, tasks, "one task needs no name")
}

func TestService_DesiredCount(t *testing.T) {
	tasks, err := newService(t, `[{"name":"app","portMappings":[{"containerPort":3000}]}]`, 2).tasks()
	require.NoError(t, err)
	require.Len(t, tasks, 2)
	assert.Equal(t, "task-1 task-2", tasks[0].Name+" "+tasks[1].Name)
	assert.NotEqual(t, tasks[0].Directory, tasks[1].Directory)
	assert.NotEqual(t, tasks[0].Inbound, tasks[1].Inbound)
}

func TestService_ReplacesCertificates(t *testing.T) {
	s := newService(t, `[{"name":"ca"}]`, 1)
	container := &s.Deployment.Task.ContainerDefinitions[0]
	container.Environment = []types.KeyValuePair{
		{Name: aws.String("PEM"), Value: aws.String(amazon)}, {Name: aws.String("OTHER"), Value: aws.String("text")},
	}
	_, err := s.tasks()
	require.NoError(t, err)
	assert.Equal(t, "ours text", *container.Environment[0].Value+" "+*container.Environment[1].Value)

	other := strings.Replace(amazon, "AMAZON", "ANOTHER REGION", 1)
	container.Environment[0].Value = &other
	_, err = s.tasks()
	require.ErrorContains(t, err, "PEM of container ca holds certificates that are not those of this region's databases")
	container.Secrets = []types.Secret{{Name: aws.String("PEM")}}
	_, err = s.tasks()
	require.NoError(t, err, "a secret may hold the user's own certificate")
}

func TestService_NamesRefusedDefinition(t *testing.T) {
	_, err := newService(t, `[{"name":"app","firelensConfiguration":{"type":"fluentbit"}}]`, 1).tasks()
	require.ErrorContains(t, err, "check task definition app:1: container app: the local agent does not support "+
		"firelensConfiguration")
}
