//go:build linux

package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/progress"
	"threa-infra/local/workspace"
)

func TestBun_RunsWithTheAppsDependencies(t *testing.T) {
	tools := forThisUser(t)
	bun, err := tools.Bun(t.Context())
	require.NoError(t, err)
	modules, err := tools.AppDependencies(t.Context())
	require.NoError(t, err)
	cmd := exec.Command(filepath.Join(bun, "bun"), "-e",
		`for (const name of ["pg", "redis", "ioredis"]) console.log(name, typeof (await import(name)).default)`)
	cmd.Dir = filepath.Dir(modules)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	assert.Equal(t, []string{"pg object", "redis object", "ioredis function"},
		strings.Split(strings.TrimSpace(string(out)), "\n"))
}

func TestBun_HasTheLockedVersion(t *testing.T) {
	bun, err := forThisUser(t).Bun(t.Context())
	require.NoError(t, err)
	version, err := exec.Command(filepath.Join(bun, "bun"), "--version").Output()
	require.NoError(t, err)
	settings, err := os.ReadFile("../../../tools/bun/package.json")
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(string(settings), `"`+strings.TrimSpace(string(version))+`"`),
		"one for each kind of machine")
}

func TestBun_NamesUnsupportedMachines(t *testing.T) {
	root := t.TempDir()
	folder := filepath.Join(root, "tools", "bun")
	require.NoError(t, os.MkdirAll(folder, 0o755))
	for _, file := range []string{"package.json", "package-lock.json"} {
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), []byte(`{"lockfileVersion": 3, "packages": {}}`), 0o644))
	}
	tools := &Toolchain{Work: &workspace.Workspace{Root: root}, Print: progress.New(os.Stderr), cache: t.TempDir()}
	_, err := tools.Bun(t.Context())
	require.ErrorContains(t, err, "install Bun: npm found none for")
	left, err := filepath.Glob(filepath.Join(tools.cache, "*", "node_modules"))
	require.NoError(t, err)
	assert.Empty(t, left, "the next call tries again")
}
