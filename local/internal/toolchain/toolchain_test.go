package toolchain

import (
	"archive/zip"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var platform = runtime.GOOS + "_" + runtime.GOARCH

func TestEverythingMissingIsInOneMessage(t *testing.T) {
	require.NoError(t, report([]error{nil, nil}))
	err := report([]error{errors.New("a: get a"), nil, errors.New("b: get b")})
	assert.EqualError(t, err, "the local AWS needs what this machine does not have:\n  - a: get a\n  - b: get b")
}

func TestTheProviderIsFoundInTerraformsLayouts(t *testing.T) {
	const base = "registry.terraform.io/hashicorp/aws"
	unpacked := filepath.Join(base, terraformVersion, platform, "terraform-provider-aws_v"+terraformVersion+"_x5")
	tofu := filepath.Join("registry.opentofu.org/hashicorp/aws", terraformVersion, platform, "terraform-provider-aws")
	packed := filepath.Join(base, "terraform-provider-aws_"+terraformVersion+"_"+platform+".zip")
	for name, file := range map[string]string{"unpacked": unpacked, "from OpenTofu": tofu, "packed": packed} {
		t.Run(name, func(t *testing.T) {
			folder, cache := t.TempDir(), t.TempDir()
			path := filepath.Join(folder, file)
			require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
			if filepath.Ext(file) == ".zip" {
				writeZip(t, path)
			} else {
				require.NoError(t, os.WriteFile(path, []byte("provider"), 0o755))
			}
			found := (&Toolchain{cache: cache}).findProvider([]string{t.TempDir(), folder})
			data, err := os.ReadFile(found)
			require.NoError(t, err)
			assert.Equal(t, "provider", string(data))
			stat, err := os.Stat(found)
			require.NoError(t, err)
			assert.NotZero(t, stat.Mode()&0o100, "it can be run")
		})
	}
	assert.Empty(t, (&Toolchain{cache: t.TempDir()}).findProvider([]string{t.TempDir()}))
}

func TestTerraformsOwnSettingsAreFollowed(t *testing.T) {
	home := t.TempDir()
	settings := filepath.Join(home, ".terraformrc")
	require.NoError(t, os.WriteFile(settings, []byte(`plugin_cache_dir = "/cache"
provider_installation {
  filesystem_mirror {
    path    = "/mirror"
    include = ["a/b"]
  }
}
`), 0o644))
	env := map[string]string{"HOME": home, "TF_PLUGIN_CACHE_DIR": "/var/cache", "XDG_DATA_DIRS": "/d1:/d2"}
	folders := terraformFolders(func(name string) string { return env[name] }, "/clone")
	for _, want := range []string{
		"/var/cache", "/cache", "/mirror", filepath.Join(home, ".terraform.d/plugins"), "/d1/terraform/plugins",
		"/d2/terraform/plugins", "/usr/share/terraform/plugins", "/usr/local/share/terraform/plugins",
		filepath.Join(home, ".local/share/terraform/plugins"), "/clone/.terraform/providers",
	} {
		assert.Contains(t, folders, want)
	}
	assert.NotContains(t, folders, "")
}

func TestTheUsersCLIIsPreferredAndTheWrapperIsNone(t *testing.T) {
	wrapper, real := t.TempDir(), t.TempDir()
	script(t, filepath.Join(wrapper, "pulumi"), "# "+WrapperMark)
	assert.Empty(t, installedCLI(wrapper))
	script(t, filepath.Join(real, "pulumi"), "echo v3")
	assert.Equal(t, filepath.Join(real, "pulumi"), installedCLI(wrapper+":"+real))
}

func TestAnInstalledAWSPluginIsUsedUnlessItIsOurs(t *testing.T) {
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

func TestAFailedDownloadIsNotTriedAgainForADay(t *testing.T) {
	tools := &Toolchain{cache: t.TempDir(), awsVersion: "v6.83.2"}
	tools.remember(errors.New("no such host"))
	assert.False(t, tools.canDownload(t.Context()))
	stat, err := os.Stat(tools.unreachable())
	require.NoError(t, err)
	assert.WithinDuration(t, time.Now(), stat.ModTime(), retryAfter)
}

func TestLinksFollowTheirTarget(t *testing.T) {
	name := filepath.Join(t.TempDir(), "a", "link")
	for _, target := range []string{"/one", "/one", "/two"} {
		require.NoError(t, link(target, name))
		at, err := os.Readlink(name)
		require.NoError(t, err)
		assert.Equal(t, target, at)
	}
}

func TestVersionsComeFromGoMod(t *testing.T) {
	path := filepath.Join(t.TempDir(), "go.mod")
	require.NoError(t, os.WriteFile(path, []byte("module m\n\nrequire example.com/a v1.2.3\n"), 0o644))
	version, err := required(path, "example.com/a")
	require.NoError(t, err)
	assert.Equal(t, "v1.2.3", version)
	_, err = required(path, "example.com/b")
	require.ErrorContains(t, err, "does not require example.com/b")
}

func writeZip(t *testing.T, path string) {
	t.Helper()
	f, err := os.Create(path)
	require.NoError(t, err)
	z := zip.NewWriter(f)
	for name, text := range map[string]string{"LICENSE.txt": "x", "terraform-provider-aws_v" + terraformVersion + "_x5": "provider"} {
		w, err := z.Create(name)
		require.NoError(t, err)
		_, err = w.Write([]byte(text))
		require.NoError(t, err)
	}
	require.NoError(t, errors.Join(z.Close(), f.Close()))
}

func script(t *testing.T, path, text string) {
	t.Helper()
	require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+text+"\n"), 0o755))
}
