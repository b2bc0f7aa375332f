package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

const tokenURN = "urn:pulumi:prod::threa::threa:cache:Cache$pulumi:index:Stash::cache-"

// rotate runs the command on a stack whose current token was created at a time of day, and the sole one at 12:00. It
// returns what the command prints and the calls of pulumi up.
func rotate(t *testing.T, aws, created string) (out, log string, err error) {
	t.Helper()
	state := `{"deployment":{"resources":[
		{"type":"aws:ecs/taskDefinition:TaskDefinition","outputs":{"arn":"` + ecstest.Registered + `"}},
		{"type":"aws:ecs/service:Service","outputs":{"cluster":"threa","name":"threa"}},
		{"urn":"` + tokenURN + `auth-token","delete":true,"created":"2026-11-29T20:00:00Z"},
		{"urn":"` + tokenURN + `auth-token","created":"2026-11-29T` + created + `:00Z"},
		{"urn":"` + tokenURN + `sole-token","created":"2026-11-29T12:00:00Z"}]}}`
	if aws == "without tasks" {
		aws = "running"
		state = strings.Replace(state, "taskDefinition:", "other:", 1)
	}
	if created == "" {
		state = `{"deployment":{}}`
	}
	d := newDeployTest(t, aws, true)
	dir := fakePrograms(t, map[string]string{"pulumi": `case "$1 $2" in
		"stack export") echo '` + state + `' ;;
		"config --json") echo '{"aws:region":{"value":"eu-central-1"}}' ;;
		"up "*) echo "$*" >>"$LOG" ;;
	esac`})
	require.FileExists(t, filepath.Join(dir, "pulumi"))
	out, err = execute(t, "", "secrets", "rotate-cache-token", "--yes")
	text, _ := os.ReadFile(d.log)
	return out, string(text), err
}

func TestRotate_AddsThenRevokes(t *testing.T) {
	_, log, err := rotate(t, "running", "11:59")
	require.NoError(t, err)
	assert.Equal(t, "up --replace "+tokenURN+"auth-token --yes\nup --replace "+tokenURN+"sole-token --yes\n", log)
}

func TestRotate_EndsAnInterruptedRotation(t *testing.T) {
	out, log, err := rotate(t, "running", "12:01")
	require.NoError(t, err)
	assert.Contains(t, out, "The last rotation has not ended")
	assert.Equal(t, "up --yes\nup --replace "+tokenURN+"sole-token --yes\n", log)
}

func TestRotate_KeepsTheOldTokenForOldTasks(t *testing.T) {
	_, log, err := rotate(t, "exits", "11:59")
	require.Equal(t, exitFailed, err)
	assert.Equal(t, 1, strings.Count(log, "up "), "the old token is not revoked")
}

func TestRotate_NeedsNoTask(t *testing.T) {
	_, log, err := rotate(t, "without tasks", "11:59")
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(log, "up "))
}

func TestRotate_NeedsACache(t *testing.T) {
	_, log, err := rotate(t, "running", "")
	require.ErrorContains(t, err, "no cache with an AUTH token")
	assert.Empty(t, log)
}
