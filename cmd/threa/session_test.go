package main

import (
	"bytes"
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

	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/ecstest"
)

// TestMain is the session-manager-plugin, too, when it is started as that.
func TestMain(m *testing.M) {
	if record := os.Getenv("THREA_TEST_PLUGIN"); record != "" {
		os.Exit(fakePlugin(record))
	}
	os.Exit(m.Run())
}

// fakePlugin notes how it was called, and listens where a session to a database would until it is told to end.
func fakePlugin(record string) int {
	if len(os.Args) == 2 {
		_, _ = os.Stdout.WriteString("1.2.707.0\n")
		return 0
	}
	text, err := json.Marshal(os.Args[1:])
	if err == nil {
		err = os.WriteFile(record, append(text, os.Getenv("AWS_SSM_START_SESSION_RESPONSE")...), 0o600)
	}
	var asked struct{ Parameters map[string][]string }
	if err != nil || json.Unmarshal([]byte(os.Args[5]), &asked) != nil {
		return 9
	}
	if asked.Parameters == nil {
		return 0 // of a shell
	}
	told := make(chan os.Signal, 1)
	signal.Notify(told, syscall.SIGTERM)
	if _, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", asked.Parameters["localPortNumber"][0])); err != nil {
		return 9
	}
	<-told
	return 0
}

// withPlugin puts the plugin on PATH, and a psql that notes its environment, and returns where they note it.
func withPlugin(t *testing.T) (plugin, psql string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	plugin, psql = filepath.Join(dir, "plugin.txt"), filepath.Join(dir, "psql.txt")
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "session-manager-plugin")))
	script := "#!/bin/sh\necho \"arguments: $#\" > " + psql + "\necho \"$PGHOST $PGHOSTADDR $PGPORT $PGUSER $PGPASSWORD $PGSSLMODE\" >> " + psql +
		"\nwhile read -r line; do case $line in *BEGIN*) echo certificates >> " + psql + "; exit 7 ;; esac; done < \"$PGSSLROOTCERT\"\n"
	require.NoError(t, os.WriteFile(filepath.Join(dir, "psql"), []byte(script), 0o755))
	t.Setenv("PATH", dir)
	t.Setenv("THREA_TEST_PLUGIN", plugin)
	return plugin, psql
}

func command(t *testing.T) (*cobra.Command, *bytes.Buffer) {
	t.Helper()
	cmd, out := &cobra.Command{}, &bytes.Buffer{}
	cmd.SetContext(t.Context())
	cmd.SetOut(out)
	cmd.SetErr(out)
	return cmd, out
}

func session(c *ecstest.Cloud) {
	c.Answers["StartSession"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"SessionId": "me-1", "StreamUrl": "wss://stream", "TokenValue": "the-token"}, nil
	}
	c.Answers["TerminateSession"] = func(ecstest.Object) (any, error) { return ecstest.Object{"SessionId": "me-1"}, nil }
	c.Answers["GetParameter"] = func(in ecstest.Object) (any, error) {
		return ecstest.Object{"Parameter": ecstest.Object{"Name": in["Name"], "Value": "postgresql://threa:pass%40word@db.example.com:5432/threa"}}, nil
	}
}

func TestPsqlLogsInThroughThePortAndVerifiesTheDatabase(t *testing.T) {
	plugin, psql := withPlugin(t)
	app, c := playing(t, "running")
	session(c)
	found, err := deployment.FindPlugin(t.Context())
	require.NoError(t, err)
	cmd, _ := command(t)
	require.Equal(t, &ended{code: 7}, database(cmd, app, found, 0, true), "psql's own exit code")

	told, err := os.ReadFile(psql)
	require.NoError(t, err)
	lines := strings.Split(string(told), "\n")
	assert.Equal(t, "arguments: 0", lines[0], "nothing secret on a command line")
	assert.Regexp(t, `^db.example.com 127.0.0.1 [0-9]+ threa pass@word verify-full$`, lines[1])
	assert.Equal(t, "certificates", lines[2])
	called, err := os.ReadFile(plugin)
	require.NoError(t, err)
	assert.Contains(t, string(called), `["AWS_SSM_START_SESSION_RESPONSE","eu-central-1","StartSession","",`)
	assert.Contains(t, string(called), `{"SessionId":"me-1","TokenValue":"the-token","StreamUrl":"wss://stream"}`)
	assert.Len(t, c.Asked("TerminateSession"), 1, "the way is closed again")
}

func TestAPortThatIsInUseIsSaidToBe(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	app, c := playing(t, "running")
	session(c)
	cmd, _ := command(t)
	err = database(cmd, app, nil, listener.Addr().(*net.TCPAddr).Port, false)
	require.ErrorContains(t, err, "choose another with --port")
	assert.Empty(t, c.Asked("StartSession"))
}

func TestAShellIsHandedToThePlugin(t *testing.T) {
	plugin, _ := withPlugin(t)
	app, c := playing(t, "running")
	c.Answers["ExecuteCommand"] = func(ecstest.Object) (any, error) {
		return ecstest.Object{"session": ecstest.Object{"sessionId": "s", "streamUrl": "wss://stream", "tokenValue": "the-token"}}, nil
	}
	found, err := deployment.FindPlugin(t.Context())
	require.NoError(t, err)
	opened, err := app.Shell(t.Context(), "sh")
	require.NoError(t, err)
	cmd, _ := command(t)
	require.NoError(t, join(cmd, app, found, opened))
	called, err := os.ReadFile(plugin)
	require.NoError(t, err)
	assert.Contains(t, string(called), `"StartSession"`)
	assert.Contains(t, string(called), `ecs:threa_`)
}

func TestWithoutThePluginNothingIsAskedOfAWS(t *testing.T) {
	fakePulumi(t, "exit 99")
	for _, name := range []string{"exec", "db"} {
		root := newRoot()
		root.SetArgs([]string{name})
		require.ErrorContains(t, root.ExecuteContext(t.Context()), "session-manager-plugin is not on PATH")
	}
}

func TestWordsSurviveTheShell(t *testing.T) {
	assert.Equal(t, "ls -la | wc", words([]string{"ls -la | wc"}), "one word is the user's own")
	assert.Equal(t, `sh -c 'echo "$HOME" it'\''s' ''`, words([]string{"sh", "-c", `echo "$HOME" it's`, ""}))
}

func TestTheExitCodeOfACommandIsThatOfThrea(t *testing.T) {
	app, c := playing(t, "running")
	task := ecstest.Object{"taskArn": "task/threa/1", "lastStatus": "STOPPED", "containers": []any{ecstest.Object{"name": "threa", "exitCode": 42}}}
	c.Answers["RunTask"] = func(ecstest.Object) (any, error) { return ecstest.Object{"tasks": []any{task}}, nil }
	cmd, out := command(t)
	require.Equal(t, &ended{code: 42}, runOnce(cmd, app, []string{"false"}, 1))
	assert.Contains(t, out.String(), "task 1: STOPPED")
}

func TestACommandThatCannotBeStoppedIsTold(t *testing.T) {
	app, c := playing(t, "running")
	task := ecstest.Object{"taskArn": "task/threa/1", "lastStatus": "RUNNING"}
	c.Answers["RunTask"] = func(ecstest.Object) (any, error) { return ecstest.Object{"tasks": []any{task}}, nil }
	ctx, interrupt := context.WithCancel(t.Context())
	c.Answers["DescribeTasks"] = func(in ecstest.Object) (any, error) {
		if in["tasks"].([]any)[0] != task["taskArn"] { // of the service
			return ecstest.Object{"tasks": []any{}}, nil
		}
		interrupt()
		return ecstest.Object{"tasks": []any{task}}, nil
	}
	c.Answers["StopTask"] = func(ecstest.Object) (any, error) {
		return nil, &ecstest.Refusal{Code: "AccessDeniedException", Message: "not you"}
	}
	cmd, out := command(t)
	cmd.SetContext(ctx)
	require.ErrorIs(t, runOnce(cmd, app, []string{"sleep", "1000"}, time.Millisecond), context.Canceled)
	assert.Contains(t, out.String(), "stop it by hand, it is paid for as long as it runs")
}
