package toolchain

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestReport_ListsEverythingMissing(t *testing.T) {
	require.NoError(t, report([]error{nil, nil}))
	err := report([]error{errors.New("a: get a"), nil, errors.New("b: get b")})
	assert.EqualError(t, err, "the local AWS needs tools that are missing on this machine:\n  - a: get a\n  - b: get b")
}

func TestInstalledCLI_IgnoresTheWrapper(t *testing.T) {
	wrapper, real := t.TempDir(), t.TempDir()
	script(t, filepath.Join(wrapper, "pulumi"), "# "+WrapperMark)
	assert.Empty(t, installedCLI(wrapper))
	script(t, filepath.Join(real, "pulumi"), "echo v3")
	assert.Equal(t, filepath.Join(real, "pulumi"), installedCLI(wrapper+":"+real))
}

func TestInstalled_IgnoresOurOwnPlugin(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	tools := &Toolchain{cache: t.TempDir(), awsVersion: "v6.83.2"}
	assert.Empty(t, tools.installed())

	dir := filepath.Join(home, "plugins", "resource-aws-v6.83.2")
	require.NoError(t, os.MkdirAll(dir, 0o755))
	plugin, other := filepath.Join(dir, "pulumi-resource-aws"), filepath.Join(home, "other")
	script(t, other, "")
	require.NoError(t, os.Symlink(other, plugin))
	assert.Empty(t, tools.installed(), "a link is ours")

	require.NoError(t, os.Remove(plugin))
	script(t, plugin, "")
	assert.Equal(t, plugin, tools.installed())
	require.NoError(t, os.WriteFile(dir+".partial", nil, 0o644))
	assert.Empty(t, tools.installed(), "half of a plugin is none")
}

func TestCanDownload_RemembersAFailure(t *testing.T) {
	tools := &Toolchain{cache: t.TempDir(), awsVersion: "v6.83.2"}
	tools.remember(errors.New("no such host"))
	assert.False(t, tools.canDownload(t.Context()))
	stat, err := os.Stat(tools.unreachable())
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), stat.ModTime(), retryAfter)
}

func TestLink_FollowsItsTarget(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a", "link")
	for _, target := range []string{"/one", "/one", "/two"} {
		require.NoError(t, link(target, name))
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
