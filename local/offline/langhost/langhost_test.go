package langhost

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const goMod = `module example

go 1.25

require (
	github.com/pulumi/pulumi-aws/sdk/v6 v6.83.2
	github.com/pulumi/pulumi-random/sdk/v4 v4.1.0
	github.com/pulumi/pulumi/sdk/v3 v3.259.0
	github.com/pulumi/pulumi-terraform-bridge/v3 v3.0.0
)

require gopkg.in/yaml.v3 v3.0.1 // indirect

replace github.com/pulumi/pulumi/sdk/v3 => ../pulumi
`

func TestTheProgramNeedsTheProvidersOfItsModules(t *testing.T) {
	dir := program(t)
	got, err := (&Host{}).GetRequiredPackages(t.Context(), &pulumirpc.GetRequiredPackagesRequest{
		Info: &pulumirpc.ProgramInfo{ProgramDirectory: filepath.Join(dir, "sub")},
	})
	require.NoError(t, err)
	var found []string
	for _, p := range got.GetPackages() {
		found = append(found, p.GetKind()+" "+p.GetName()+" "+p.GetVersion())
	}
	assert.Equal(t, []string{"resource aws v6.83.2", "resource random v4.1.0"}, found)
}

func TestDependenciesHaveTheVersionsOfGoMod(t *testing.T) {
	for transitive, want := range map[bool]int{false: 4, true: 5} {
		got, err := (&Host{}).GetProgramDependencies(t.Context(), &pulumirpc.GetProgramDependenciesRequest{
			Info: &pulumirpc.ProgramInfo{ProgramDirectory: program(t)}, TransitiveDependencies: transitive,
		})
		require.NoError(t, err)
		assert.Len(t, got.GetDependencies(), want)
		assert.Equal(t, "v6.83.2", got.GetDependencies()[0].GetVersion())
		assert.Empty(t, got.GetDependencies()[2].GetVersion(), "a replaced module has none")
	}
}

func TestAFolderWithoutAModuleIsNamed(t *testing.T) {
	dir := t.TempDir()
	_, err := loadModule(dir)
	require.ErrorContains(t, err, dir)
}

func TestTheProgramLearnsAboutItsRun(t *testing.T) {
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

func TestTheProgramsErrorIsShownOnce(t *testing.T) {
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

func program(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(dir, "sub"), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "go.mod"), []byte(goMod), 0o644))
	return dir
}
