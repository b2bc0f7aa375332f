package main

import (
	"encoding/json"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/cmd/threa/internal/session"
)

// TestMain runs the tests, or the fake AWS CLI if this program was started as that.
func TestMain(m *testing.M) {
	if record := os.Getenv("THREA_TEST_AWS"); record != "" {
		os.Exit(fakeAWS(record))
	}
	os.Exit(m.Run())
}

// fakeAWS listens, as a session to the database does, until it is interrupted, and records that.
func fakeAWS(record string) int {
	interrupted := make(chan os.Signal, 1)
	signal.Notify(interrupted, syscall.SIGINT)
	var parameters struct{ LocalPortNumber []string }
	if json.Unmarshal([]byte(os.Args[len(os.Args)-1]), &parameters) != nil {
		return 9
	}
	if _, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", parameters.LocalPortNumber[0])); err != nil {
		return 9
	}
	<-interrupted
	if os.WriteFile(record, []byte("interrupted"), 0o600) != nil {
		return 9
	}
	return 0
}

// installPrograms puts the fake AWS CLI on PATH, and a psql that records its environment, and returns both records.
func installPrograms(t *testing.T) (awsRecord, psqlRecord string) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	dir := t.TempDir()
	awsRecord, psqlRecord = filepath.Join(dir, "aws.txt"), filepath.Join(dir, "psql.txt")
	require.NoError(t, os.Symlink(self, filepath.Join(dir, "aws")))
	script := `#!/bin/sh
echo "arguments: $#" > ` + psqlRecord + `
echo "$PGHOST $PGHOSTADDR $PGPORT $PGUSER $PGPASSWORD $PGSSLMODE $PGOPTIONS" >> ` + psqlRecord + `
while read -r line; do
	case $line in *BEGIN*) echo certificates >> ` + psqlRecord + `; exit 7 ;; esac
done < "$PGSSLROOTCERT"
`
	require.NoError(t, os.WriteFile(filepath.Join(dir, "psql"), []byte(script), 0o755))
	t.Setenv("PATH", dir)
	t.Setenv("THREA_TEST_AWS", awsRecord)
	return awsRecord, psqlRecord
}

func TestDB_PsqlVerifiesTheDatabase(t *testing.T) {
	awsRecord, psqlRecord := installPrograms(t)
	app, c := play(t, "running")
	c.Answer("GetParameter", ecstest.Object{"Parameter": ecstest.Object{
		"Value": "postgresql://threa:pass%40word@db.example.com:5432/threa",
	}})
	cmd, out := newCommand(t)
	tunnel, err := session.OpenTunnel(t.Context(), app, 0, os.Stderr)
	require.NoError(t, err)
	require.Equal(t, exitError(7), useTunnel(cmd, tunnel, true, true), "psql's exit code")
	tunnel.Close()
	require.ErrorContains(t, useTunnel(cmd, tunnel, false, true), "the session has ended")
	assert.Contains(t, out.String(), tunnel.Certificates+" options=-csearch_path=pg_catalog'\n")

	text, err := os.ReadFile(psqlRecord)
	require.NoError(t, err)
	lines := strings.Split(string(text), "\n")
	assert.Equal(t, "arguments: 0", lines[0], "no secret on the command line")
	assert.Regexp(t, `^db.example.com 127.0.0.1 [0-9]+ threa pass@word verify-full -csearch_path=pg_catalog$`, lines[1])
	assert.Equal(t, "certificates", lines[2])
	assert.FileExists(t, awsRecord, "the AWS CLI was interrupted")
	assert.NoFileExists(t, tunnel.Certificates)
}

func TestDB_PortInUse(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = listener.Close() }()
	app, c := play(t, "running")
	_, err = session.OpenTunnel(t.Context(), app, listener.Addr().(*net.TCPAddr).Port, os.Stderr)
	require.ErrorContains(t, err, "Choose another with --port")
	assert.Empty(t, c.Requests("GetParameter"))
}

func TestShellCommand(t *testing.T) {
	for want, command := range map[string][]string{
		"sh":                      nil,
		"ls -la | wc":             {"ls -la | wc"}, // passed on as it is
		`sh -c 'echo "$HOME"' ''`: {"sh", "-c", `echo "$HOME"`, ""},
	} {
		assert.Equal(t, want, shellCommand(command))
	}
}
