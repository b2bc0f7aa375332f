package langhost

import (
	"errors"
	"os/exec"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestProgramEnv(t *testing.T) {
	env, err := programEnv(&pulumirpc.RunRequest{
		Project: "threa", Stack: "prod", Organization: "organization", DryRun: true, Parallel: 16,
		MonitorAddress: "127.0.0.1:1", Config: map[string]string{"threa:a": "1"}, ConfigSecretKeys: []string{"threa:s"},
		Info: &pulumirpc.ProgramInfo{RootDirectory: "/root"},
	}, "127.0.0.1:2")
	require.NoError(t, err)
	assert.ElementsMatch(t, []string{
		"PULUMI_PROJECT=threa", "PULUMI_STACK=prod", "PULUMI_ORGANIZATION=organization", "PULUMI_DRY_RUN=true",
		"PULUMI_PARALLEL=16", "PULUMI_MONITOR=127.0.0.1:1", "PULUMI_ENGINE=127.0.0.1:2", "PULUMI_ROOT_DIRECTORY=/root",
		`PULUMI_CONFIG={"threa:a":"1"}`, `PULUMI_CONFIG_SECRET_KEYS=["threa:s"]`,
	}, env)

	env, err = programEnv(&pulumirpc.RunRequest{}, "")
	require.NoError(t, err)
	assert.Contains(t, env, "PULUMI_CONFIG={}")
	assert.Contains(t, env, "PULUMI_CONFIG_SECRET_KEYS=[]")
}

func TestRunResponse(t *testing.T) {
	exit := func(script string) error { return exec.Command("/bin/sh", "-c", script).Run() }
	for _, c := range []struct {
		name string
		err  error
		want *pulumirpc.RunResponse
	}{
		{"success", nil, &pulumirpc.RunResponse{}},
		{"an error that the engine has shown", exit("exit 32"), &pulumirpc.RunResponse{Bail: true}},
		{"any other end", exit("exit 2"), &pulumirpc.RunResponse{Error: "the program ended with exit code 2"}},
		{"a signal", exit("kill -9 $$"), &pulumirpc.RunResponse{Error: "the program was ended: signal: killed"}},
		{"no start", errors.New("no such file"), &pulumirpc.RunResponse{Error: "run the program: no such file"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := runResponse(c.err)
			assert.Equal(t, c.want.GetBail(), got.GetBail())
			assert.Equal(t, c.want.GetError(), got.GetError())
		})
	}
}

func TestBuild_NeedsAModule(t *testing.T) {
	dir := t.TempDir()
	_, err := Build(t.Context(), dir, t.TempDir(), func(string) {})
	require.ErrorContains(t, err, dir)
}
