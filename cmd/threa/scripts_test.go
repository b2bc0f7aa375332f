package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// runScript runs a script of .github/scripts with these programs before all others on PATH, and returns what it printed, the
// summary that GitHub would show, and its exit code.
func runScript(t *testing.T, programs map[string]string, name string, args ...string) (out, summary string, code int) {
	t.Helper()
	bin := t.TempDir()
	for program, text := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"+text), 0o755))
	}
	summaryFile := filepath.Join(t.TempDir(), "summary")
	cmd := exec.CommandContext(t.Context(), filepath.Join(project, ".github", "scripts", name), args...)
	cmd.Env = append(os.Environ(), "PATH="+bin+":"+os.Getenv("PATH"), "GITHUB_STEP_SUMMARY="+summaryFile)
	text, err := cmd.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", text)
		code = exit.ExitCode()
	}
	said, err := os.ReadFile(summaryFile)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return string(text), string(said), code
}

const pulumiOfTheScripts = `case "$1 $2" in
	"stack output") echo 43.86 ;;
	"stack --show-name") echo prod ;;
esac`

// TestWhatRunsIsGreenWithoutAnAddress is a stack that is asleep, or that only Cloudflare knows the host name of.
func TestWhatRunsIsGreenWithoutAnAddress(t *testing.T) {
	out, summary, code := runScript(t, map[string]string{
		"pulumi": pulumiOfTheScripts,
		"threa":  `[ "$1" = deploy-status ] || { echo "error: no task runs" >&2; exit 1; }`,
	}, "deploy.sh", "v7")
	assert.Zero(t, code, out)
	assert.Contains(t, out, "error: no task runs")
	assert.Contains(t, summary, "- Address: none now, the log says why\n")

	_, summary, code = runScript(t, map[string]string{
		"pulumi": pulumiOfTheScripts, "threa": `[ "$1" = deploy-status ] || echo http://192.0.2.1:3000`,
	}, "deploy.sh", "v7")
	assert.Zero(t, code)
	assert.Contains(t, summary, "- Address: http://192.0.2.1:3000\n")
}

func TestWhatDoesNotRunIsRedAndHasNoSummary(t *testing.T) {
	_, summary, code := runScript(t, map[string]string{"pulumi": pulumiOfTheScripts, "threa": "exit 1"}, "deploy.sh", "v7")
	assert.NotZero(t, code)
	assert.Empty(t, summary)
}

// TestADestroyThatFailedHalfwayCanBeRunAgain begins without the cluster, whose name says what survives; the up before the
// destroy makes it again.
func TestADestroyThatFailedHalfwayCanBeRunAgain(t *testing.T) {
	t.Setenv("UP", filepath.Join(t.TempDir(), "up"))
	out, summary, code := runScript(t, map[string]string{
		"pulumi": `case "$1 $2" in
			"stack --show-name") echo prod ;;
			"config get") [ "$3" = aws:region ] && echo eu-central-1 || true ;;
			"up --yes") touch "$UP" ;;
			"stack export") if [ -e "$UP" ]; then
				echo '{"deployment":{"resources":[{"type":"aws:ecs/cluster:Cluster","outputs":{"name":"threa"}}]}}'
			else echo '{"deployment":{}}'; fi ;;
		esac`,
		"aws": `case "$*" in
			*"--db-instance-identifier threa "*) echo '[{"name":"threa-final-1","size":20}]' ;;
			*"--path /threa "*) echo '["/threa/key"]' ;;
			*) echo "AccessDenied: $*" >&2; exit 254 ;;
		esac`,
	}, "destroy.sh", "prod")
	require.Zero(t, code, out)
	assert.Contains(t, summary, "the snapshot `threa-final-1` of 20 GB, at most 2 USD a month")
	assert.Contains(t, summary, "the parameter `/threa/key`")
}

// TestNoJobThatWaitsForAStackIsCancelled would otherwise be broken by a nightly drift: GitHub keeps one waiting job in a
// group and cancels it for the next, unless the group has a queue.
func TestNoJobThatWaitsForAStackIsCancelled(t *testing.T) {
	for _, name := range []string{"deploy", "destroy", "drift"} {
		text, err := os.ReadFile(filepath.Join(project, ".github", "workflows", name+".yml"))
		require.NoError(t, err)
		var workflow struct {
			Jobs map[string]struct{ Concurrency struct{ Group, Queue string } }
		}
		require.NoError(t, yaml.Unmarshal(text, &workflow))
		require.Contains(t, workflow.Jobs, name)
		assert.Regexp(t, `^stack-\$\{\{ (matrix|inputs)\.stack }}$`, workflow.Jobs[name].Concurrency.Group)
		assert.Equal(t, "max", workflow.Jobs[name].Concurrency.Queue, name)
	}
}
