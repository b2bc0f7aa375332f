package session

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/ecstest"
)

const (
	taskARN = "arn:aws:ecs:eu-central-1:123456789012:task/threa/1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1"
	// appTarget is the app's container in the state running.
	appTarget = "ecs:threa_1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1_1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1-5527125"
)

func play(t *testing.T, state string) (*deployment.App, *ecstest.AWS) {
	t.Helper()
	c := ecstest.Play(t, state)
	stack := &deployment.Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", TaskDefinition: ecstest.Registered, ExecEnabled: true,
		DatabaseParameter: "/threa/database-url",
	}
	return deployment.NewApp(stack, c.Config()), c
}

func TestShell(t *testing.T) {
	app, c := play(t, "running")
	c.Answer("ExecuteCommand", ecstest.Object{"session": ecstest.Object{
		"sessionId": "ecs-execute-command-1", "streamUrl": "wss://stream", "tokenValue": "token",
	}})
	s, err := Shell(t.Context(), app, "sh")
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{
		"cluster": "threa", "task": taskARN, "container": "threa", "command": "sh", "interactive": true,
	}}, c.Requests("ExecuteCommand"))
	assert.JSONEq(t, `{"SessionId":"ecs-execute-command-1","TokenValue":"token","StreamUrl":"wss://stream"}`, s.response)
	assert.JSONEq(t, `{"Target":"`+appTarget+`"}`, s.request)
}

func TestForward(t *testing.T) {
	app, c := play(t, "running")
	c.Answer("StartSession", ecstest.Object{"SessionId": "me-1", "StreamUrl": "wss://stream", "TokenValue": "token"})
	c.Answer("TerminateSession", ecstest.Object{"SessionId": "me-1"})
	s, err := Forward(t.Context(), app, &Database{Host: "db.example.com", Port: 5432}, 6543)
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{
		"Target": appTarget, "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
		"Parameters": ecstest.Object{
			"host": []any{"db.example.com"}, "portNumber": []any{"5432"}, "localPortNumber": []any{"6543"},
		},
	}}, c.Requests("StartSession"))
	assert.JSONEq(t, `{"Target":"`+appTarget+`","DocumentName":"AWS-StartPortForwardingSessionToRemoteHost",
"Parameters":{"host":["db.example.com"],"portNumber":["5432"],"localPortNumber":["6543"]}}`, s.request)
	require.NoError(t, s.Terminate(t.Context()))
	assert.Equal(t, []ecstest.Object{{"SessionId": "me-1"}}, c.Requests("TerminateSession"))
}

func TestShell_ErrorNamesWhatIsMissing(t *testing.T) {
	app, _ := play(t, "running")
	app.ExecEnabled = false
	_, err := Shell(t.Context(), app, "sh")
	require.ErrorContains(t, err, "pulumi config set enableExec true && pulumi up")
	app, _ = play(t, "asleep")
	_, err = Shell(t.Context(), app, "sh")
	require.ErrorIs(t, err, deployment.ErrNoTask)

	agent := func(status, reason string) []any {
		return []any{ecstest.Object{"name": "ExecuteCommandAgent", "lastStatus": status, "reason": reason}}
	}
	for want, change := range map[string]func(task, container ecstest.Object){
		"was started before ECS Exec was on": func(task, _ ecstest.Object) { task["enableExecuteCommand"] = false },
		"has no running container threa":     func(_, container ecstest.Object) { container["runtimeId"] = "" },
		"the ECS Exec agent of the task is STOPPED, not RUNNING (no credentials)": func(_, container ecstest.Object) {
			container["managedAgents"] = agent("STOPPED", "no credentials")
		},
		"has no ECS Exec agent yet":                                   func(_, container ecstest.Object) { delete(container, "managedAgents") },
		"your AWS credentials lack the permission ecs:ExecuteCommand": func(_, _ ecstest.Object) {},
	} {
		app, c := play(t, "running")
		container := ecstest.Object{"name": "threa", "runtimeId": "1-1", "managedAgents": agent("RUNNING", "")}
		task := ecstest.Object{
			"taskArn": taskARN, "lastStatus": "RUNNING", "enableExecuteCommand": true, "containers": []any{container},
		}
		change(task, container)
		c.Answer("DescribeTasks", ecstest.Object{"tasks": []any{task}})
		c.Refuse("ExecuteCommand", "AccessDeniedException", "User: me is not authorized")
		_, err := Shell(t.Context(), app, "sh")
		require.ErrorContains(t, err, want)
	}
}

func TestFindDatabase(t *testing.T) {
	app, c := play(t, "running")
	setURL := func(value string) {
		c.Answer("GetParameter", ecstest.Object{"Parameter": ecstest.Object{"Value": value}})
	}
	setURL("postgresql://threa:p%40ss%2Fword@db.example.com:5432/threa?sslmode=verify-full")
	database, err := FindDatabase(t.Context(), app)
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{"Name": "/threa/database-url", "WithDecryption": true}}, c.Requests("GetParameter"))
	assert.Equal(t, []string{
		"PGHOST=db.example.com", "PGHOSTADDR=127.0.0.1", "PGPORT=6543", "PGDATABASE=threa",
		"PGUSER=threa", "PGPASSWORD=p@ss/word", "PGSSLMODE=verify-full", "PGSSLROOTCERT=/ca.pem",
	}, database.Environment(6543, "/ca.pem"))

	setURL("the-very-secret-value")
	_, err = FindDatabase(t.Context(), app)
	require.ErrorContains(t, err, "/threa/database-url is not a database URL")
	assert.NotContains(t, err.Error(), "the-very-secret-value")
	app.DatabaseParameter = ""
	_, err = FindDatabase(t.Context(), app)
	require.ErrorIs(t, err, deployment.ErrNotDeployed)
}

func TestPlugin_HidesTheTokenIfItCan(t *testing.T) {
	app, _ := play(t, "running")
	s := &Session{app: app, response: `{"TokenValue":"token"}`, request: `{"Target":"t"}`}
	for version, hides := range map[string]bool{
		"1.2.707.0": true, "1.2.497.0": false, "1.2.295.0": false, "2.0.0.0": true, "unknown": false,
	} {
		dir := t.TempDir()
		script := "#!/bin/sh\necho " + version + "\n"
		require.NoError(t, os.WriteFile(filepath.Join(dir, pluginName), []byte(script), 0o755))
		t.Setenv("PATH", dir)
		plugin, err := FindPlugin(t.Context())
		require.NoError(t, err)
		cmd := plugin.Command(s)
		first := s.response
		if hides {
			first = tokenVariable
		}
		assert.Equal(t, []string{first, "eu-central-1", "StartSession", "", `{"Target":"t"}`, s.endpoint()}, cmd.Args[1:], version)
		assert.Equal(t, hides, cmd.Env[len(cmd.Env)-1] == tokenVariable+"="+s.response, version)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := FindPlugin(t.Context())
	require.ErrorContains(t, err, "session-manager-plugin is not on PATH. Install it: https://docs.aws.amazon.com/")
}
