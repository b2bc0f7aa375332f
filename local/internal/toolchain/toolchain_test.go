package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/progress"
	"threa-infra/local/workspace"
)

func TestReport_ListsEverythingMissing(t *testing.T) {
	require.NoError(t, reportMissing([]error{nil, nil}))
	err := reportMissing([]error{errors.New("a: get a"), nil, errors.New("b: get b")})
	assert.EqualError(t, err, "the local AWS needs tools that are missing on this machine:\n  - a: get a\n  - b: get b")
}

func TestInstalledCLI_IgnoresTheWrapper(t *testing.T) {
	wrapper, real := t.TempDir(), t.TempDir()
	script(t, filepath.Join(wrapper, "pulumi"), "# "+WrapperMark)
	assert.Empty(t, installedCLI(wrapper))
	script(t, filepath.Join(real, "pulumi"), "echo v3")
	assert.Equal(t, filepath.Join(real, "pulumi"), installedCLI(wrapper+":"+real))
}

// withHome returns a toolchain whose user has installed nothing, and the folder of Pulumi's AWS plugin.
func withHome(t *testing.T) (tools *Toolchain, dir string) {
	t.Helper()
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	work := &workspace.Workspace{Root: t.TempDir(), Dir: t.TempDir()}
	require.NoError(t, os.MkdirAll(work.Bin(), 0o755))
	tools = &Toolchain{Work: work, Print: progress.New(os.Stderr), cache: t.TempDir(), sdkVersion: "v3.259.0",
		awsVersion: "v6.83.2", releases: "http://127.0.0.1:1"}
	dir = filepath.Join(home, "plugins", "resource-aws-v6.83.2")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	return tools, dir
}

func TestInstalled_IgnoresOurOwnPlugin(t *testing.T) {
	tools, dir := withHome(t)
	assert.Empty(t, tools.installed())

	plugin, own := filepath.Join(dir, awsPlugin), filepath.Join(tools.Work.Bin(), awsPlugin)
	script(t, own, "")
	require.NoError(t, os.Symlink(own, plugin))
	assert.Empty(t, tools.installed())

	require.NoError(t, os.Remove(plugin))
	script(t, plugin, "")
	assert.Equal(t, plugin, tools.installed())
	t.Setenv("PULUMI_HOME", t.TempDir())
	require.NoError(t, Link(plugin, filepath.Join(os.Getenv("PULUMI_HOME"), "plugins", filepath.Base(dir), awsPlugin)))
	assert.Equal(t, plugin, tools.installed(), "a shell of go run ./local env has a link to it")
	require.NoError(t, os.WriteFile(dir+".partial", nil, 0o644))
	assert.Empty(t, tools.installed(), "half of a plugin is none")
}

func TestFindProvider_StaysWithThatOfTheState(t *testing.T) {
	tools, dir := withHome(t)
	plugin := filepath.Join(dir, awsPlugin)
	script(t, plugin, "")
	require.NoError(t, tools.Work.SetProvider(bridgedProvider))
	require.NoError(t, tools.findProvider(t.Context()))
	assert.Equal(t, plugin, tools.official, "there is no state")

	state := filepath.Join(tools.Work.Backend(), ".pulumi", "stacks", "threa", "prod.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(state), 0o755))
	text := `{"checkpoint":{"latest":{"resources":[{},{}]}}}`
	require.NoError(t, os.WriteFile(state, []byte(text), 0o600))
	tools.official = ""
	_ = tools.findProvider(t.Context()) // this machine may have no Terraform provider
	assert.Empty(t, tools.official)

	require.NoError(t, tools.Work.SetProvider(officialProvider))
	require.NoError(t, os.Remove(plugin))
	require.ErrorContains(t, tools.findProvider(t.Context()), "run: go run ./local stop")
}

func TestLink_FollowsItsTarget(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a", "link")
	for _, target := range []string{"/one", "/one", "/two"} {
		require.NoError(t, Link(target, name))
		at, err := os.Readlink(name)
		require.NoError(t, err)
		assert.Equal(t, target, at)
	}
}

func TestRequired_ReadsGoMod(t *testing.T) {
	path := filepath.Join(t.TempDir(), "go.mod")
	require.NoError(t, os.WriteFile(path, []byte("module m\n\nrequire example.com/a v1.2.3\n"), 0o644))
	version, err := required(path, "example.com/a")
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", version)
	_, err = required(path, "example.com/b")
	require.ErrorContains(t, err, "does not require example.com/b")
}

func script(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755))
}
