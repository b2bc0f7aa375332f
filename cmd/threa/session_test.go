package main

import (
	"context"
	"encoding/json"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/cmd/threa/internal/session"
)

// TestMain runs the tests, or the fake session-manager-plugin if this program was started as that.
func TestMain(m *testing.M) {
	if record := os.Getenv("THREA_TEST_PLUGIN"); record != "" {
		os.Exit(fakePlugin(record))
	}
	os.Exit(m.Run())
}

// fakePlugin records how it was called. For a session to a database it listens until it is terminated.
func fakePlugin(record string) int {
	if len(os.Args) == 2 {
		_, _ = os.Stdout.WriteString("1.2.707.0\n")
		return 0
	}
	text, err := json.Marshal(os.Args[1:])
	if err == nil {
		err = os.WriteFile(record, append(text, os.Getenv("AWS_SSM_START_SESSION_RESPONSE")...), 0o600)
	}
	var request struct{ Parameters map[string][]string }
	if err != nil || json.Unmarshal([]byte(os.Args[5]), &request) != nil {
		return 9
	}
	if request.Parameters == nil {
		return 0
	}
	terminated := make(chan os.Signal, 1)
	signal.Notify(terminated, syscall.SIGTERM)
	if _, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", request.Parameters["localPortNumber"][0])); err != nil {
		return 9
	}
	<-terminated
	return 0
}

// installPlugin puts the fake plugin on PATH, and a psql that records its environment, and returns both records.
func installPlugin(t *testing.T) (plugin *session.Plugin, pluginRecord, psqlRecord string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	pluginRecord, psqlRecord = filepath.Join(dir, "plugin.txt"), filepath.Join(dir, "psql.txt")
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "session-manager-plugin")))
	script := `#!/bin/sh
echo "arguments: $#" > ` + psqlRecord + `
echo "$PGHOST $PGHOSTADDR $PGPORT $PGUSER $PGPASSWORD $PGSSLMODE" >> ` + psqlRecord + `
while read -r line; do case $line in *BEGIN*) echo certificates >> ` + psqlRecord + `; exit 7 ;; esac; done < "$PGSSLROOTCERT"
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "psql"), []byte(script), 0o755))
	t.Setenv("PATH", dir)
	t.Setenv("THREA_TEST_PLUGIN", pluginRecord)
	plugin, err = session.FindPlugin(t.Context())
	require.NoError(t, err)
	return plugin, pluginRecord, psqlRecord
}

func answerSession(c *ecstest.AWS) {
	c.Answer("StartSession", ecstest.Object{"SessionId": "me-1", "StreamUrl": "wss://stream", "TokenValue": "the-token"})
	c.Answer("TerminateSession", ecstest.Object{"SessionId": "me-1"})
	c.Answer("GetParameter", ecstest.Object{"Parameter": ecstest.Object{
		"Value": "postgresql://threa:pass%40word@db.example.com:5432/threa",
	}})
}

func TestDB_PsqlVerifiesTheDatabase(t *testing.T) {
	plugin, pluginRecord, psqlRecord := installPlugin(t)
	app, c := play(t, "running")
	answerSession(c)
	cmd, _ := newCommand(t)
	tunnel, err := session.OpenTunnel(t.Context(), app, plugin, 0, os.Stderr)
	require.NoError(t, err)
	require.Equal(t, &exitError{7}, useTunnel(cmd, tunnel, true), "psql's exit code")
	tunnel.Close(t.Context())

	text, err := os.ReadFile(psqlRecord)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	assert.Equal(t, "arguments: 0", lines[0], "no secret on the command line")
	assert.Regexp(t, `^db.example.com 127.0.0.1 [0-9]+ threa pass@word verify-full$`, lines[1])
	assert.Equal(t, "certificates", lines[2])
	record, err := os.ReadFile(pluginRecord)
	require.NoError(t, err)
	assert.Contains(t, string(record), `["AWS_SSM_START_SESSION_RESPONSE","eu-central-1","StartSession","",`)
	assert.Contains(t, string(record), `{"SessionId":"me-1","TokenValue":"the-token","StreamUrl":"wss://stream"}`)
	assert.Len(t, c.Requests("TerminateSession"), 1)
	assert.NoFileExists(t, tunnel.Certificates)
}

func TestDB_PortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	app, c := play(t, "running")
	answerSession(c)
	_, err = session.OpenTunnel(t.Context(), app, nil, listener.Addr().(*net.TCPAddr).Port, os.Stderr)
	require.ErrorContains(t, err, "Choose another with --port")
	assert.Empty(t, c.Requests("StartSession"))
}

func TestExec_HandsTheSessionToThePlugin(t *testing.T) {
	plugin, pluginRecord, _ := installPlugin(t)
	app, c := play(t, "running")
	c.Answer("ExecuteCommand", ecstest.Object{"session": ecstest.Object{
		"sessionId": "s", "streamUrl": "wss://stream", "tokenValue": "the-token",
	}})
	cmd, _ := newCommand(t)
	require.NoError(t, openShell(cmd, app, plugin, []string{"sh", "-c", `echo "$HOME"`}))
	assert.Equal(t, `sh -c 'echo "$HOME"'`, c.Requests("ExecuteCommand")[0]["command"])
	record, err := os.ReadFile(pluginRecord)
	require.NoError(t, err)
	assert.Contains(t, string(record), `"StartSession"`)
	assert.Contains(t, string(record), `ecs:threa_`)
	assert.Equal(t, "ls -la | wc", shellCommand([]string{"ls -la | wc"}), "a single argument is passed on as it is")
}

func TestSession_MissingPluginComesFirst(t *testing.T) {
	fakePulumi(t, "exit 99")
	for _, name := range []string{"exec", "db"} {
		_, err := execute(t, "", name)
		require.ErrorContains(t, err, "session-manager-plugin is not on PATH")
	}
}

func TestRun_ReturnsTheExitCode(t *testing.T) {
	app, c := play(t, "running")
	task := ecstest.Object{
		"taskArn": "task/threa/1", "lastStatus": "STOPPED",
		"containers": []any{ecstest.Object{"name": "threa", "exitCode": 42}},
	}
	c.Answer("RunTask", ecstest.Object{"tasks": []any{task}})
	c.Answer("DescribeTasks", ecstest.Object{"tasks": []any{task}})
	cmd, out := newCommand(t)
	require.Equal(t, &exitError{42}, runOnce(cmd, app, []string{"false"}, 1))
	assert.Contains(t, out.String(), "task 1: STOPPED")
}

func TestRun_ReportsATaskThatCannotBeStopped(t *testing.T) {
	app, c := play(t, "running")
	task := ecstest.Object{"taskArn": "task/threa/1", "lastStatus": "RUNNING"}
	c.Answer("RunTask", ecstest.Object{"tasks": []any{task}})
	ctx, interrupt := context.WithCancel(t.Context())
	c.Answers["DescribeTasks"] = func(in ecstest.Object) (any, error) {
		if in["tasks"].([]any)[0] != task["taskArn"] { // of the service
			return ecstest.Object{"tasks": []any{}}, nil
		}
		interrupt()
		return ecstest.Object{"tasks": []any{task}}, nil
	}
	c.Refuse("StopTask", "AccessDeniedException", "not you")
	cmd, out := newCommand(t)
	cmd.SetContext(ctx)
	require.ErrorIs(t, runOnce(cmd, app, []string{"sleep", "1000"}, time.Millisecond), context.Canceled)
	assert.Contains(t, out.String(), "Stop it in the AWS console")
}
