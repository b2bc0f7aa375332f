package gobuild

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestInstall_FollowsTheSources(t *testing.T) {
	compiled, err := exec.Command("go", "env", "GOCACHE").Output()
	require.NoError(t, err)
	t.Setenv("GOCACHE", strings.TrimSpace(string(compiled))) // it is below the next variable, too
	t.Setenv("XDG_CACHE_HOME", t.TempDir())
	module, folder := t.TempDir(), t.TempDir()
	write := func(name, text string) {
		require.NoError(t, os.WriteFile(filepath.Join(module, name), []byte(text), 0o644))
	}
	write("go.mod", "module example\n\ngo 1.25\n")
	write("main.go", "package main\n\nimport _ \"embed\"\n\n//go:embed greeting.txt\nvar greeting string\n\n"+
		"func main() { print(greeting) }\n")
	build := Build{Roots: []string{module}, Dir: module, Binary: "program", Args: []string{"."}}
	install := func(greeting string) os.FileInfo {
		write("greeting.txt", greeting)
		require.NoError(t, build.Install(t.Context(), folder, func(string) {}))
		out, err := exec.Command(filepath.Join(folder, "program")).CombinedOutput()
		require.NoError(t, err)
		assert.Equal(t, greeting, string(out))
		info, err := os.Stat(filepath.Join(folder, "program"))
		require.NoError(t, err)
		return info
	}
	first, second, again := install("first"), install("second"), install("first")
	assert.False(t, os.SameFile(first, second))
	assert.True(t, os.SameFile(first, again), "the sources of the first build are built once")

	write("main.go", "package main\n\nfunc main() { undefined() }\n")
	require.ErrorContains(t, build.Install(t.Context(), folder, func(string) {}), "undefined: undefined")
	require.Error(t, build.Install(t.Context(), folder, func(string) {}), "a failed build is not kept")
}

func TestPrune_KeepsTheNewestBuilds(t *testing.T) {
	t.Parallel()
	builds := t.TempDir()
	for range kept + 3 {
		_, err := os.MkdirTemp(builds, "build-")
		require.NoError(t, err)
	}
	prune(builds)
	left, err := os.ReadDir(builds)
	require.NoError(t, err)
	assert.Len(t, left, kept)
}
