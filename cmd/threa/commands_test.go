package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/cmd/threa/internal/secrets"
)

// play returns an app in an AWS that plays a state.
func play(t *testing.T, state string) (*deployment.App, *ecstest.AWS) {
	t.Helper()
	c := ecstest.Play(t, state)
	stack := &deployment.Stack{
		Region: "eu-central-1", Cluster: "threa", Service: "threa", TaskDefinition: ecstest.Registered, ExecEnabled: true,
		DatabaseParameter: "/threa/database-url",
	}
	return deployment.NewApp(stack, c.Config()), c
}

func TestDeployStatus_ExitCodes(t *testing.T) {
	for _, c := range []struct {
		state   string
		timeout time.Duration
		code    exitError
		output  []string
	}{
		{"running", 0, 0, []string{"threa:7 (v7) is running: 1 task healthy."}},
		{"asleep", time.Minute, 0, []string{"No task is running because the desired count is 0"}},
		{"exits", time.Minute, exitFailed,
			[]string{"FAILED: threa:7 (v7) is not running", "Why: container threa exited with code 1."}},
		{"no-spot", time.Nanosecond, exitFailed,
			[]string{"FAILED: not within 1ns: threa:7 (v7) is being deployed", "Why: Fargate Spot has no capacity"}},
		{"no-spot", 0, exitInProgress,
			[]string{"In progress: threa:7 (v7) is being deployed", "Why: Fargate Spot has no capacity"}},
		{"draining", 0, exitInProgress, []string{"In progress: threa:7 (v7) is being deployed",
			"1 task desired, 0 pending, 1 running, 1 healthy; threa:6: 1 running"}},
	} {
		app, _ := play(t, c.state)
		cmd, out := newCommand(t)
		err := checkDeployment(cmd, app, c.timeout)
		if c.code == 0 {
			require.NoError(t, err, c.state)
		} else {
			require.Equal(t, c.code, err, c.state)
		}
		for _, text := range c.output {
			assert.Contains(t, out.String(), text, c.state)
		}
	}
}

func TestReleases_Table(t *testing.T) {
	deployed := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	digest := "sha256:" + strings.Repeat("ab", 32)
	var out bytes.Buffer
	require.NoError(t, writeReleases(&out, []deployment.Release{
		{Image: deployment.Image{Tag: "v2", Digest: digest}, ImageTag: "v2", Deployed: deployed},
		{Image: deployment.Image{Tag: "latest-ci", Digest: digest}, ImageTag: digest, Deployed: deployed},
		{Image: deployment.Image{Digest: digest}, ImageTag: digest, Deployed: deployed, Deleted: true},
	}))
	assert.Equal(t, strings.Join([]string{
		"#  IMAGE                                     DIGEST               DEPLOYED (UTC)",
		"0  v2                                        sha256:abababababab  2026-11-23 12:00:00",
		"1  latest-ci (moved)                         sha256:abababababab  2026-11-23 12:00:00",
		"2  sha256:ababababababababababababababababa  sha256:abababababab  2026-11-23 12:00:00  deleted from ECR", "",
	}, "\n"), out.String())
	require.ErrorIs(t, writeReleases(&out, nil), deployment.ErrNoRelease)
}

func TestSecrets_MissingOnesAreAnError(t *testing.T) {
	cmd, out := newCommand(t)
	require.NoError(t, cmd.Flags().Set("stack", "qa"))
	err := writeSecrets(cmd, []secrets.Secret{
		{Name: "A", Source: "config", Status: secrets.Set}, {Name: "B", Status: secrets.Missing},
		{Name: "C", Source: "SSM /threa/c", Status: secrets.Stale},
	})
	require.EqualError(t, err, "these secrets have no value, or only a placeholder. Set each of them:\n"+
		"    go run ./cmd/threa secrets set B\n"+plainInstead)
	assert.Contains(t, out.String(), "B       missing")
	assert.Contains(t, out.String(), "go run ./cmd/threa secrets restart --stack qa\n")
	require.NoError(t, writeSecrets(cmd, []secrets.Secret{{Name: "A", Source: "config", Status: secrets.Set}}))
}

func TestSecretsSet_PassesTheValueByInput(t *testing.T) {
	calls := filepath.Join(t.TempDir(), "calls")
	t.Setenv("CALLS", calls)
	fakePulumi(t, `case "$1" in
		stack) echo prod ;;
		config) if [ "$2" = set ]; then echo "$@" >> "$CALLS"
			while IFS= read -r line || [ -n "$line" ]; do echo "input: $line" >> "$CALLS"; done
		else echo '{"aws:region":{"value":"eu-central-1"},"threa:appName":{"value":"threa"},'
			echo '"threa:requiredVariables":{"value":"[]"}}'; fi ;;
	esac`)
	out, err := execute(t, "the-very-secret-value\n", "secrets", "set", "WORKOS_API_KEY")
	require.NoError(t, err)
	text, err := os.ReadFile(calls)
	require.NoError(t, err)
	assert.Equal(t, "config set --secret --path appSecretValues.WORKOS_API_KEY\n"+
		"input: the-very-secret-value\n", string(text))
	assert.Contains(t, out, "pulumi up")
	assert.NotContains(t, out, "the-very-secret-value")

	for input, want := range map[string]string{"\n": "is empty", strings.Repeat("x", 5000): "at most 4096 bytes"} {
		_, err := execute(t, input, "secrets", "set", "WORKOS_API_KEY")
		require.ErrorContains(t, err, want)
	}
}

func TestDrift_ExitCode(t *testing.T) {
	const urn = `"urn":"urn:pulumi:prod::threa::aws:ecs/service:Service::compute-service"`
	const refresh = `{"op":"refresh",` + urn + `,"oldState":{"outputs":{"tags":1}}}`
	for _, c := range []struct{ state, step, output string }{
		{`{"urn":"a"}`, `{"op":"same",` + urn + `,"diffReasons":["desiredCount"]}`,
			"AWS matches what stack prod deployed.\n"},
		{`{"urn":"a"}`, `{"op":"update",` + urn + `,"oldState":{"outputs":{"tags":2}},"diffReasons":["tags"]}`,
			"| `compute-service` | `aws:ecs/service:Service` | `tags` | update it |"},
		{"", "", ""},
	} {
		fakePulumi(t, `case "$1 $2" in
			"config --json") echo '{"aws:region":{"value":"eu-central-1"},"threa:requiredVariables":{"value":"[]"}}' ;;
			"stack --show-name") echo prod ;;
			"stack export") echo '{"version":3,"deployment":{"resources":[`+c.state+`]}}' ;;
			"preview --refresh") echo '{"steps":[`+refresh+","+c.step+`]}' ;;
			*) echo "unexpected: $*"; exit 1 ;;
		esac`)
		cmd, out := newCommand(t)
		err := reportDrift(cmd)
		assert.Contains(t, out.String(), c.output)
		switch {
		case c.step == "":
			require.ErrorIs(t, err, deployment.ErrNotDeployed, "the stack was destroyed")
		case strings.Contains(c.step, "update"):
			assert.Equal(t, exitDrift, err)
		default:
			assert.NoError(t, err, "ignored by the program")
		}
	}
}

func TestLogs_SaysThatThereAreNone(t *testing.T) {
	app, c := play(t, "running")
	c.Answer("FilterLogEvents", ecstest.Object{})
	cmd, out := newCommand(t)
	require.NoError(t, showLogs(cmd, app, "", time.Hour, false))
	assert.Contains(t, out.String(), "No lines of container threa in the last 1h0m0s.")
	require.NoError(t, showLogs(cmd, app, "all", time.Hour, false))
	err := showLogs(cmd, app, "migrat", time.Hour, false)
	require.ErrorContains(t, err, "the task has no container migrat. It has rds-ca, migrate, threa;")
}

func TestRun_ReturnsTheExitCode(t *testing.T) {
	app, c := play(t, "running")
	task := ecstest.Object{
		"taskArn": "task/threa/1", "lastStatus": "STOPPED",
		"containers": []any{ecstest.Object{"name": "threa", "exitCode": 42}},
	}
	c.Answer("RunTask", ecstest.Object{"tasks": []any{task}})
	c.Answer("DescribeTasks", ecstest.Object{"tasks": []any{task}})
	c.Answer("FilterLogEvents", ecstest.Object{})
	cmd, out := newCommand(t)
	require.Equal(t, exitError(42), runOnce(cmd, app, []string{"false"}, 1))
	assert.Contains(t, out.String(), "task 1: STOPPED")
}

func TestRun_StopsItsTaskAfterAnInterrupt(t *testing.T) {
	task := ecstest.Object{"taskArn": "task/threa/1", "lastStatus": "RUNNING"}
	for _, refused := range []bool{false, true} {
		app, c := play(t, "running")
		c.Answer("RunTask", ecstest.Object{"tasks": []any{task}})
		ctx, interrupt := context.WithCancel(t.Context())
		c.Answers["DescribeTasks"] = func(in ecstest.Object) (any, error) {
			if in["tasks"].([]any)[0] != task["taskArn"] { // of the service
				return ecstest.Object{"tasks": []any{}}, nil
			}
			interrupt()
			return ecstest.Object{"tasks": []any{task}}, nil
		}
		c.Answer("StopTask", ecstest.Object{"task": task})
		want := "task 1: RUNNING\nstopping the task\n"
		if refused {
			c.Refuse("StopTask", "AccessDeniedException", "not you")
			want = "Stop it in the AWS console"
		}
		cmd, out := newCommand(t)
		cmd.SetContext(ctx)
		require.ErrorIs(t, runOnce(cmd, app, []string{"sleep", "1000"}, time.Millisecond), context.Canceled)
		assert.Contains(t, out.String(), want)
		assert.Equal(t, refused, strings.Contains(out.String(), "AWS console"), "asks the user to stop it")
		requests := c.Requests("StopTask")
		require.Len(t, requests, 1)
		assert.Equal(t, ecstest.Object{
			"cluster": "threa", "task": task["taskArn"], "reason": "threa run was interrupted",
		}, requests[0])
	}
}
