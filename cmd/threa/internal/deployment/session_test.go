package deployment

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

// runtimeTarget names the app's container of the state running.
const runtimeTarget = "ecs:threa_1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1_1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1-5527125"

func TestAShellIsAskedForAsTheAPIWantsIt(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["ExecuteCommand"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"session": ecstest.Object{"sessionId": "ecs-execute-command-1", "streamUrl": "wss://stream", "tokenValue": "token"}}, nil
	}
	session, err := app.Shell(t.Context(), "sh")
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{
		"cluster": "threa", "task": "arn:aws:ecs:eu-central-1:123456789012:task/threa/1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1",
		"container": "threa", "command": "sh", "interactive": true,
	}}, c.Asked("ExecuteCommand"))
	assert.JSONEq(t, `{"SessionId":"ecs-execute-command-1","TokenValue":"token","StreamUrl":"wss://stream"}`, session.Response)
	assert.JSONEq(t, `{"Target":"`+runtimeTarget+`"}`, session.Request)
}

func TestAWayToTheDatabaseIsAskedForAsTheAPIWantsIt(t *testing.T) {
	app, c := play(t, "running")
	c.Answers["StartSession"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"SessionId": "me-1", "StreamUrl": "wss://stream", "TokenValue": "token"}, nil
	}
	c.Answers["TerminateSession"] = func(ecstest.Object) (any, error) { return ecstest.Object{"SessionId": "me-1"}, nil }
	session, err := app.Forward(t.Context(), "db.example.com", 5432, 6543)
	require.NoError(t, err)
	asked := ecstest.Object{
		"Target": runtimeTarget, "DocumentName": "AWS-StartPortForwardingSessionToRemoteHost",
		"Parameters": ecstest.Object{"host": []any{"db.example.com"}, "portNumber": []any{"5432"}, "localPortNumber": []any{"6543"}},
	}
	assert.Equal(t, []ecstest.Object{asked}, c.Asked("StartSession"))
	assert.JSONEq(t, `{"Target":"`+runtimeTarget+`","DocumentName":"AWS-StartPortForwardingSessionToRemoteHost",
"Parameters":{"host":["db.example.com"],"portNumber":["5432"],"localPortNumber":["6543"]}}`, session.Request)
	require.NoError(t, app.Close(t.Context(), session))
	assert.Equal(t, []ecstest.Object{{"SessionId": "me-1"}}, c.Asked("TerminateSession"))
}

// changed is the state running with another task.
func changed(t *testing.T, change func(task, container ecstest.Object)) *App {
	t.Helper()
	app, c := play(t, "running")
	task := ecstest.Object{
		"taskArn": "arn:aws:ecs:eu-central-1:123456789012:task/threa/1b70b7e0b7e0b7e0b7e0b7e0b7e0b7e1", "lastStatus": "RUNNING", "enableExecuteCommand": true,
	}
	container := ecstest.Object{"name": "threa", "runtimeId": "1-1", "managedAgents": []any{ecstest.Object{"name": "ExecuteCommandAgent", "lastStatus": "RUNNING"}}}
	change(task, container)
	task["containers"] = []any{container}
	c.Answers["DescribeTasks"] = func(ecstest.Object) (any, error) { return ecstest.Object{"tasks": []any{task}}, nil }
	c.Answers["ExecuteCommand"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Refusal{Code: "AccessDeniedException", Message: "User: me is not authorized"}
	}
	return app
}

func TestEachPieceThatIsMissingForAShellIsNamed(t *testing.T) {
	app, _ := play(t, "running")
	app.Exec = false
	_, err := app.Shell(t.Context(), "sh")
	require.ErrorContains(t, err, "pulumi config set enableExec true && pulumi up")
	app, _ = play(t, "asleep")
	_, err = app.Shell(t.Context(), "sh")
	require.ErrorIs(t, err, ErrNoTask)

	for want, change := range map[string]func(task, container ecstest.Object){
		"was started before ECS Exec was on": func(task, _ ecstest.Object) { task["enableExecuteCommand"] = false },
		"has no running container threa":     func(_, container ecstest.Object) { container["runtimeId"] = "" },
		"the agent of ECS Exec in the task is STOPPED, not RUNNING (no credentials)": func(_, container ecstest.Object) {
			container["managedAgents"] = []any{ecstest.Object{"name": "ExecuteCommandAgent", "lastStatus": "STOPPED", "reason": "no credentials"}}
		},
		"has no agent of ECS Exec yet":                                func(_, container ecstest.Object) { delete(container, "managedAgents") },
		"your AWS credentials lack the permission ecs:ExecuteCommand": func(_, _ ecstest.Object) {},
	} {
		_, err := changed(t, change).Shell(t.Context(), "sh")
		require.ErrorContains(t, err, want)
	}
}

func TestTheDatabaseIsWhereTheAppFindsIt(t *testing.T) {
	app, c := play(t, "running")
	value := "postgresql://threa:p%40ss%2Fword@db.example.com:5432/threa?sslmode=verify-full"
	c.Answers["GetParameter"] = func(in ecstest.Object) (any, error) {
		return ecstest.Object{"Parameter": ecstest.Object{"Name": in["Name"], "Value": value}}, nil
	}
	found, err := app.FindDatabase(t.Context())
	require.NoError(t, err)
	assert.Equal(t, []ecstest.Object{{"Name": "/threa/database-url", "WithDecryption": true}}, c.Asked("GetParameter"))
	assert.Equal(t, []string{
		"PGHOST=db.example.com", "PGHOSTADDR=127.0.0.1", "PGPORT=6543", "PGUSER=threa", "PGPASSWORD=p@ss/word", "PGDATABASE=threa",
		"PGSSLMODE=verify-full", "PGSSLROOTCERT=/ca.pem",
	}, found.Environment(6543, "/ca.pem"))

	value = "the-very-secret-value"
	_, err = app.FindDatabase(t.Context())
	require.ErrorContains(t, err, "/threa/database-url holds no URL of a database")
	assert.NotContains(t, err.Error(), value)
	app.DatabaseParameter = ""
	_, err = app.FindDatabase(t.Context())
	require.ErrorIs(t, err, ErrNotDeployed)
}

func TestThePluginGetsTheTokenWhereNobodyElseSeesItIfItCan(t *testing.T) {
	session := &Session{Region: "eu-central-1", Endpoint: "https://ssm", Response: `{"TokenValue":"token"}`, Request: `{"Target":"t"}`}
	for version, hides := range map[string]bool{"1.2.707.0": true, "1.2.497.0": false, "1.2.295.0": false, "2.0.0.0": true, "unknown": false} {
		dir := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(dir, pluginName), []byte("#!/bin/sh\necho "+version+"\n"), 0o755))
		t.Setenv("PATH", dir)
		plugin, err := FindPlugin(t.Context())
		require.NoError(t, err)
		cmd := plugin.Command(session)
		first := session.Response
		if hides {
			first = tokenVariable
		}
		assert.Equal(t, []string{first, "eu-central-1", "StartSession", "", `{"Target":"t"}`, "https://ssm"}, cmd.Args[1:], version)
		assert.Equal(t, hides, cmd.Env[len(cmd.Env)-1] == tokenVariable+"="+session.Response, version)
	}
	t.Setenv("PATH", t.TempDir())
	_, err := FindPlugin(t.Context())
	require.ErrorContains(t, err, "session-manager-plugin is not on PATH: https://docs.aws.amazon.com/")
}
