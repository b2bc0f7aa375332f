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

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/progress"
	"threa-infra/local/workspace"
)

// forThisUser is a toolchain with the cache of the user who runs the tests, and a clone's folder of its own.
func forThisUser(t *testing.T) *Toolchain {
	t.Helper()
	t.Setenv("THREA_LOCAL_DIR", t.TempDir())
	w, err := workspace.Find(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	root, err := filepath.Abs(w.Root)
	require.NoError(t, err)
	w.Root = root
	tools, err := New(w, progress.New(os.Stderr))
	require.NoError(t, err)
	return tools
}

func TestDebian_RunsItsPrograms(t *testing.T) {
	root, err := forThisUser(t).Debian(t.Context())
	require.NoError(t, err)
	programs := filepath.Dir(strings.TrimPrefix(one(t, root, "usr/lib/postgresql/*/bin/postgres"), string(root)))
	for want, program := range map[string][]string{
		"postgres (PostgreSQL) 1": {programs + "/postgres", "--version"},
		"psql (PostgreSQL) 1":     {programs + "/psql", "--version"},
		"Valkey server v=":        {"/usr/bin/valkey-server", "--version"},
		"a shell":                 {"/bin/sh", "-c", "exec bash -c 'echo a shell'"},
	} {
		code, output, err := root.Run(t.Context(), sandbox.Box{}, program...)
		require.NoError(t, err)
		require.Zero(t, code, "%s: %s", want, output)
		assert.Contains(t, output, want)
	}
	assert.FileExists(t, one(t, root, "usr/share/postgresql/*/extension/vector.control"))
}

func one(t *testing.T, root sandbox.Root, pattern string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(string(root), pattern))
	require.NoError(t, err)
	require.Len(t, found, 1, pattern)
	return found[0]
}

func TestMirror_UsesTheMachinesOwnRelease(t *testing.T) {
	dir := t.TempDir()
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	targets := "echo 'http://tools.example bookworm-tools main'\necho 'http://mirror.example/security " +
		"bookworm-security main'\n"
	script(t, filepath.Join(dir, "apt-get"), targets+"echo 'http://mirror.example/debian/ bookworm main'")
	mirror, err := osRelease{"ID": "debian", "VERSION_CODENAME": "bookworm"}.mirror(t.Context())
	require.NoError(t, err)
	assert.Equal(t, "http://mirror.example/debian/", mirror)

	script(t, filepath.Join(dir, "apt-get"), targets)
	_, err = osRelease{"ID": "debian", "VERSION_CODENAME": "bookworm"}.mirror(t.Context())
	require.ErrorContains(t, err, "with the main packages of debian bookworm")
}

func TestSettings_KeepAptOffTheMachine(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Fatal("these tests need apt-get:", err)
	}
	dir := t.TempDir()
	settings, err := trixie.settings("http://mirror.example/debian", dir)
	require.NoError(t, err)
	out, err := exec.Command("apt-config", "-c", settings, "dump").Output()
	require.NoError(t, err)
	for _, line := range []string{
		`Dir::State "` + dir + `/state";`, `Dir::State::status "` + dir + `/status";`, `Dir::Cache "` + dir + `/cache";`,
		`Dir::Etc::sourcelist "` + dir + `/sources.list";`, `Dir::Etc::sourceparts "-";`,
	} {
		assert.Contains(t, string(out), line)
	}
	assert.NotContains(t, string(out), "APT::Update::Post-Invoke:: ", "nothing of the machine's runs")
}
