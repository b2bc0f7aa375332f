package main

import (
	"fmt"
	"net"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFlags_MustNotBeEmpty(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	for flag, command := range map[string]string{
		"tag": "deploy", "context": "deploy", "file": "deploy", "stack": "url", "container": "logs",
	} {
		_, err := execute(t, "", command, "--"+flag, "")
		require.ErrorContains(t, err, "--"+flag+" is empty")
	}
	assert.Equal(t, exitUsage, run(t.Context(), []string{"deploy", "--yes", "--tag", ""}))
}

func TestFlags_ErrorsInPlainWords(t *testing.T) {
	for want, args := range map[string][]string{
		`invalid argument "maybe" for "-y, --yes" flag: use true or false`:      {"deploy", "--yes=maybe"},
		`invalid argument "" for "--to" flag: not a number`:                     {"rollback", "--to", ""},
		"use only one of --dirty, --tag":                                        {"deploy", "--tag", "v1", "--dirty"},
		"use only one of --before, --write":                                     {"cost", "--write", "x", "--before", "y"},
		"Put -- before the command. Usage: go run ./cmd/threa run -- COMMAND":   {"run", "ls", "-la"},
		"Put -- before the command. Usage: go run ./cmd/threa exec [-- COMMAND": {"exec", "ls", "--color"},
	} {
		_, err := execute(t, "", args...)
		require.Error(t, err)
		require.Contains(t, explain(err), want)
	}
}

func TestExplain_StoppedLocalAWS(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := "http://" + listener.Addr().String()
	require.NoError(t, listener.Close())
	for name, value := range map[string]string{
		"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_ENDPOINT_URL_ECS": address,
		"AWS_MAX_ATTEMPTS": "1",
	} {
		t.Setenv(name, value)
	}
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-central-1"))
	require.NoError(t, err)
	_, err = ecs.NewFromConfig(settings).ListTasks(t.Context(), &ecs.ListTasksInput{})
	require.Error(t, err)
	err = fmt.Errorf("list tasks: %w", err)
	t.Setenv("AWS_ENDPOINT_URL", "")
	require.Contains(t, explain(err), "connection refused", "on AWS")
	t.Setenv("AWS_ENDPOINT_URL", address)
	require.Equal(t, "the local AWS is not running. Start it: make up", explain(err))
}
