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

func TestTheRootFileSystemRunsItsPrograms(t *testing.T) {
	root, err := forThisUser(t).Debian(t.Context())
	require.NoError(t, err)
	programs := filepath.Dir(strings.TrimPrefix(one(t, root, "usr/lib/postgresql/*/bin/postgres"), string(root)))
	for want, program := range map[string][]string{
		"postgres (PostgreSQL) 1": {programs + "/postgres", "--version"},
		"psql (PostgreSQL) 1":     {programs + "/psql", "--version"},
		"Valkey server v=":        {"/usr/bin/valkey-server", "--version"},
		"a shell":                 {"/bin/sh", "-c", "exec bash -c 'echo a shell'"},
	} {
		cmd, err := root.Command(sandbox.Box{}, program...)
		require.NoError(t, err)
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s: %s", want, out)
		assert.Contains(t, string(out), want)
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

func TestOnceUnpackedNeitherAptNorTheNetworkIsNeeded(t *testing.T) {
	tools := forThisUser(t)
	first, err := tools.Debian(t.Context())
	require.NoError(t, err)
	t.Setenv("PATH", "")
	second, err := tools.Debian(t.Context())
	require.NoError(t, err)
	assert.Equal(t, first, second)
}

func TestAMachineWithoutAptIsToldWhatToDo(t *testing.T) {
	t.Setenv("PATH", "")
	_, err := (&Toolchain{cache: t.TempDir(), Print: progress.New(os.Stderr)}).Debian(t.Context())
	require.ErrorContains(t, err, "this machine has no apt-get")
	_, err = osRelease{"ID": "fedora"}.distribution()
	require.ErrorContains(t, err, "they need Debian or Ubuntu, and this is fedora")
}

func TestWhatAptComplainsAboutIsInTheError(t *testing.T) {
	dir := t.TempDir()
	script(t, filepath.Join(dir, "apt-get"), "echo 'Get:1 packages'; echo 'E: no such suite' >&2; echo 'more'; exit 100")
	script(t, filepath.Join(dir, "dpkg-deb"), "")
	t.Setenv("PATH", dir+":"+os.Getenv("PATH"))
	cache := t.TempDir()
	_, err := (&Toolchain{cache: cache, Print: progress.New(os.Stderr)}).Debian(t.Context())
	require.ErrorContains(t, err, "read the packages of ")
	require.ErrorContains(t, err, "apt-get: exit status 100: no such suite")
	left, err := filepath.Glob(filepath.Join(cache, "*"))
	require.NoError(t, err)
	require.Len(t, left, 1, "the lock alone")
	assert.Equal(t, ".lock", filepath.Ext(left[0]))
}

func TestTheMirrorIsTheMachinesOwn(t *testing.T) {
	const packager = "\nTypes: deb\nURIs: http://tools.example\nSuites: bookworm\nComponents: extra\n"
	tests := map[string]struct{ file, content, want string }{
		"stanzas": {"sources.list.d/debian.sources", packager + `
# the mirror
Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ==
`, `Types: deb
Suites: trixie
Components: main
URIs: http://mirror.example/debian
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
 .
 mQ==
`},
		"lines": {"sources.list", `deb-src http://mirror.example/debian bookworm main
deb http://mirror.example/security bookworm-security main
deb [signed-by=/keys/a.gpg arch=amd64] http://mirror.example/debian bookworm main contrib # ours
`, "deb [signed-by=/keys/a.gpg arch=amd64] http://mirror.example/debian trixie main\n"},
		"lines by another name": {"sources.list.d/a.list", "deb http://mirror.example/debian  stable main\n",
			"deb http://mirror.example/debian trixie main\n"},
	}
	bookworm := osRelease{"ID": "debian", "VERSION_CODENAME": "bookworm"}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			etc := t.TempDir()
			require.NoError(t, os.MkdirAll(filepath.Join(etc, "sources.list.d"), 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(etc, test.file), []byte(test.content), 0o644))
			found, err := bookworm.mirror(etc)
			require.NoError(t, err)
			assert.Equal(t, test.want, found.entry(trixie))
		})
	}
	_, err := bookworm.mirror(t.TempDir())
	require.ErrorContains(t, err, "has the main packages of debian bookworm")
}

func TestADisabledMirrorIsNone(t *testing.T) {
	_, ok := osRelease{"VERSION_CODENAME": "noble"}.inStanzas([]byte("Enabled: no\nTypes: deb\nURIs: u\nSuites: noble\nComponents: main\n"))
	assert.False(t, ok)
}

func TestDerivativesOfUbuntuUseItsPackages(t *testing.T) {
	path := filepath.Join(t.TempDir(), "os-release")
	require.NoError(t, os.WriteFile(path, []byte("ID=linuxmint\nVERSION_CODENAME=\"wilma\"\nUBUNTU_CODENAME=noble\n"), 0o644))
	release, err := readRelease(path)
	require.NoError(t, err)
	wanted, err := release.distribution()
	require.NoError(t, err)
	assert.Equal(t, "noble", wanted.suite)
	assert.Subset(t, release.suites(), []string{"noble", "wilma"})
}

func TestAptLeavesTheMachineAlone(t *testing.T) {
	if _, err := exec.LookPath("apt-get"); err != nil {
		t.Fatal("these tests need apt-get:", err)
	}
	dir := t.TempDir()
	settings, err := trixie.settings(mirror{file: "mirror.list", before: "deb http://mirror.example/debian"}, dir)
	require.NoError(t, err)
	out, err := exec.Command("apt-config", "-c", settings, "dump").Output()
	require.NoError(t, err)
	for _, line := range []string{
		`Dir::State "` + dir + `/state";`, `Dir::State::status "` + dir + `/status";`, `Dir::Cache "` + dir + `/cache";`,
		`Dir::Etc::sourcelist "` + dir + `/mirror.list";`, `Dir::Etc::sourceparts "-";`,
	} {
		assert.Contains(t, string(out), line)
	}
	assert.NotContains(t, string(out), "APT::Update::Post-Invoke:: ", "nothing of the machine's runs")
}
