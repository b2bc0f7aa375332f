//go:build linux

package toolchain

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCached_NeedsItsToolsOnce(t *testing.T) {
	for name, missing := range map[string]string{
		"Debian": "apt-get is missing: use Debian or Ubuntu",
		"Bun":    "install the packages of tools/bun: npm is missing; it comes with Node.js: https://nodejs.org",
	} {
		t.Run(name, func(t *testing.T) {
			tools := forThisUser(t)
			get := func() (string, error) {
				if name == "Bun" {
					return tools.Bun(t.Context())
				}
				root, err := tools.Debian(t.Context())
				return string(root), err
			}
			first, err := get()
			require.NoError(t, err)
			t.Setenv("PATH", "")
			second, err := get()
			require.NoError(t, err)
			assert.Equal(t, first, second)

			tools.cache = t.TempDir()
			_, err = get()
			require.ErrorContains(t, err, missing)
		})
	}
}

func TestCached_KeepsNoFailedInstallation(t *testing.T) {
	dir := t.TempDir()
	script(t, filepath.Join(dir, "npm"), "mkdir -p node_modules/half; echo 'the network is down'; exit 1")
	script(t, filepath.Join(dir, "apt-get"), `case $1 in indextargets)
for suite in bookworm trixie noble jammy stable; do echo "http://mirror.example $suite main"; done; exit;; esac
echo 'Get:1 packages'; echo 'E: no such suite' >&2; echo 'more'; exit 100`)
	script(t, filepath.Join(dir, "dpkg-deb"), "")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	tools := forThisUser(t)
	tools.cache = t.TempDir()
	_, err := tools.AppDependencies(t.Context())
	require.EqualError(t, err, "install the packages of local/app: npm: exit status 1: the network is down")
	_, err = tools.Debian(t.Context())
	require.ErrorContains(t, err, "read the packages of ")
	require.ErrorContains(t, err, "apt-get: exit status 100: no such suite")
	left, err := filepath.Glob(filepath.Join(tools.cache, "*"))
	require.NoError(t, err)
	require.Len(t, left, 2)
	for _, path := range left {
		assert.Equal(t, ".lock", filepath.Ext(path))
	}
}
