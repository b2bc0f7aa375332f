package image

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakeEngines makes engines the only commands on PATH. Each appends its arguments to a file, whose path is returned,
// and then runs a shell command.
func fakeEngines(t *testing.T, scripts map[string]string) (log string) {
	t.Helper()
	dir := t.TempDir()
	log = filepath.Join(dir, "log")
	for name, script := range scripts {
		text := "#!/bin/sh\necho " + name + ` "$@" "$BUILDX_NO_DEFAULT_ATTESTATIONS" >>` + log + "\n" + script
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte(text), 0o755))
	}
	t.Setenv("PATH", dir)
	return log
}

func TestFindEngine_SkipsSilentOnes(t *testing.T) {
	fakeEngines(t, map[string]string{"docker": "exit 1", "nerdctl": ""})
	engine, err := FindEngine(t.Context(), io.Discard, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, "nerdctl", engine.Name)

	fakeEngines(t, map[string]string{"docker": "exit 1", "podman": "exit 1"})
	_, err = FindEngine(t.Context(), io.Discard, io.Discard)
	require.EqualError(t, err, "no container engine answers (docker, podman). Start it, and check with: docker info")
}

func TestEngine_PushesTheBuiltPlatform(t *testing.T) {
	for name, want := range map[string]string{
		"docker": "docker push r:t 1\n", "podman": "podman push r:t 1\n",
		"nerdctl": "nerdctl push --platform linux/amd64 r:t 1\n", "finch": "finch push --platform linux/amd64 r:t 1\n",
	} {
		log := fakeEngines(t, map[string]string{name: ""})
		engine := &Engine{Name: name, Out: io.Discard, Err: io.Discard}
		require.NoError(t, engine.Push(t.Context(), "x86_64", "r:t"))
		text, err := os.ReadFile(log)
		require.NoError(t, err)
		assert.Equal(t, want, string(text))
	}
}

func TestEngine_ExplainsEmulation(t *testing.T) {
	fakeEngines(t, map[string]string{"podman": "exit 3"})
	engine := &Engine{Name: "podman", Out: io.Discard, Err: io.Discard}
	for architecture, goArch := range map[string]string{"x86_64": "amd64", "arm64": "arm64"} {
		err := engine.Build(t.Context(), Source{}, architecture, "r:t")
		require.ErrorContains(t, err, "podman build: exit status 3")
		if goArch == runtime.GOARCH {
			assert.NotContains(t, err.Error(), "binfmt")
		} else {
			assert.ErrorContains(t, err, "emulates "+architecture+" only after: podman run --privileged")
		}
	}
}

// git runs git in a folder and returns its output.
func git(t *testing.T, folder string, args ...string) string {
	t.Helper()
	args = append([]string{"-C", folder, "-c", "user.name=me", "-c", "user.email=me@example.com"}, args...)
	out, err := exec.CommandContext(t.Context(), "git", args...).Output()
	require.NoError(t, err)
	return string(out)
}

func TestSource_TagNamesTheBuild(t *testing.T) {
	repository := t.TempDir()
	app := filepath.Join(repository, "app")
	source := Source{Folder: app, Dockerfile: "Dockerfile.backend"}
	write := func(path string) {
		require.NoError(t, os.WriteFile(filepath.Join(repository, path), nil, 0o600))
	}
	tag := func() (string, error) {
		return source.Tag(t.Context(), "arm64", time.Date(2026, 11, 29, 16, 45, 0, 0, time.UTC))
	}
	require.NoError(t, os.Mkdir(app, 0o755))
	write("app/Dockerfile.backend")
	_, err := tag()
	require.ErrorContains(t, err, "not a git repository")

	git(t, repository, "init", "-q")
	write("other")
	git(t, repository, "add", "other")
	git(t, repository, "commit", "-q", "-m", "other")
	_, err = tag()
	require.ErrorContains(t, err, "no commit contains "+app)

	git(t, repository, "add", ".")
	git(t, repository, "commit", "-q", "-m", "app")
	commit := git(t, repository, "rev-parse", "HEAD")[:40]
	write("unrelated")
	git(t, repository, "add", ".")
	git(t, repository, "commit", "-q", "-m", "unrelated")
	got, err := tag()
	require.NoError(t, err)
	assert.Equal(t, commit+"-arm64", got, "the last commit that changed the app")

	write("app/new")
	_, err = tag()
	require.ErrorContains(t, err, "has changes that are not committed:\n?? app/new\n")
	source.Dirty = true
	got, err = tag()
	require.NoError(t, err)
	assert.Equal(t, commit+"-dirty-20261129T164500Z-arm64", got)
}

func TestSource_CheckNamesTheDockerfiles(t *testing.T) {
	folder := t.TempDir()
	source := Source{Folder: folder, Dockerfile: "Dockerfile"}
	require.ErrorContains(t, source.Check(), "Name the folder of your app")
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Dockerfile.backend"), nil, 0o600))
	require.ErrorContains(t, source.Check(), "--context "+folder+" --file Dockerfile.backend")
	source.Dockerfile = "Dockerfile.backend"
	require.NoError(t, source.Check())

	elsewhere := t.TempDir()
	source.Dockerfile = filepath.Join(elsewhere, "Dockerfile")
	require.ErrorContains(t, source.Check(), elsewhere+"/Dockerfile does not exist, but "+folder)
	source.Folder = elsewhere
	require.ErrorContains(t, source.Check(), elsewhere+"/Dockerfile does not exist. Name the folder of your app and its "+
		"Dockerfile: go run ./cmd/threa deploy --context ../threa --file Dockerfile")
	require.NoError(t, os.WriteFile(source.Dockerfile, nil, 0o600))
	source.Folder = folder
	require.NoError(t, source.Check(), "an absolute path is taken as it is")
}
