package workspace_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/workspace"
)

func TestFind_FromAnyFolder(t *testing.T) {
	root := clone(t)
	sub := filepath.Join(root, "a", "b")
	require.NoError(t, os.MkdirAll(sub, 0o755))
	for _, dir := range []string{root, sub} {
		w, err := workspace.Find(dir)
		require.NoError(t, err)
		assert.Equal(t, root, w.Root)
		assert.Equal(t, filepath.Join(root, ".local"), w.Dir)
	}
	_, err := workspace.Find(t.TempDir())
	require.ErrorContains(t, err, "nor a folder above has a Pulumi.yaml")
}

func TestFind_THREA_LOCAL_DIR(t *testing.T) {
	elsewhere := filepath.Join(t.TempDir(), "x")
	t.Setenv("THREA_LOCAL_DIR", elsewhere)
	w, err := workspace.Find(clone(t))
	require.NoError(t, err)
	assert.Equal(t, elsewhere, w.Dir)
	assert.DirExists(t, w.Home())
}

func TestTryLock_OneCommandAtATime(t *testing.T) {
	w := find(t)
	lock, err := w.TryLock([]string{"up", "--diff"})
	require.NoError(t, err)

	_, err = w.TryLock([]string{"destroy"})
	require.ErrorIs(t, err, workspace.ErrBusy)
	require.ErrorContains(t, err, "go run ./local up --diff")
	require.ErrorContains(t, err, fmt.Sprintf("process %d", os.Getpid()))

	require.NoError(t, lock.Close())
	lock, err = w.TryLock([]string{"destroy"})
	require.NoError(t, err)
	require.NoError(t, lock.Close())
}

func TestTryLock_LastsAsLongAsTheEngine(t *testing.T) {
	w := find(t)
	lock, err := w.TryLock([]string{"up"})
	require.NoError(t, err)
	engine := exec.Command("cat") // runs until its input ends
	input, err := engine.StdinPipe()
	require.NoError(t, err)
	engine.ExtraFiles = []*os.File{lock}
	require.NoError(t, engine.Start())
	workspace.SetHolder(lock, engine.Process.Pid, []string{"up"})

	require.NoError(t, lock.Close(), "the launcher is gone")
	_, err = w.TryLock([]string{"up"})
	require.ErrorIs(t, err, workspace.ErrBusy)
	require.ErrorContains(t, err, fmt.Sprintf("kill -INT %d", engine.Process.Pid))

	require.NoError(t, input.Close())
	require.NoError(t, engine.Wait())
	lock, err = w.TryLock([]string{"up"})
	require.NoError(t, err)
	require.NoError(t, lock.Close())
}

func TestPrepare_ReportsWaiting(t *testing.T) {
	w := find(t)
	release, err := w.Prepare(func() { t.Error("nobody else is there") })
	require.NoError(t, err)
	waiting, done := make(chan struct{}), make(chan error)
	go func() {
		second, err := w.Prepare(func() { close(waiting) })
		if err == nil {
			second()
		}
		done <- err
	}()
	<-waiting
	release()
	require.NoError(t, <-done)
}

func TestState_ResourcesAndPendingOperations(t *testing.T) {
	const resources = `"resources":[{"type":"pulumi:pulumi:Stack"},{"type":"aws:ec2/vpc:Vpc"}]`
	for _, c := range []struct {
		name, latest       string
		resources, pending bool
	}{
		{"an empty stack", `{}`, false, false},
		{"no deployment", `null`, false, false},
		{"only the stack itself", `{"resources":[{"type":"pulumi:pulumi:Stack"}]}`, false, false},
		{"resources", `{` + resources + `}`, true, false},
		{"a creation", `{` + resources + `,"pending_operations":[{"type":"creating"}]}`, true, true},
		{"a deletion", `{` + resources + `,"pending_operations":[{"type":"deleting"}]}`, true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			w := find(t)
			writeStack(t, w, "prod", `{"version":3,"checkpoint":{"latest":`+c.latest+`}}`)
			resources, err := w.HasResources()
			require.NoError(t, err)
			assert.Equal(t, c.resources, resources)
			pending, err := w.HasPendingOperations("threa", "prod")
			require.NoError(t, err)
			assert.Equal(t, c.pending, pending)
		})
	}
}

func TestDiscardState_KeepsSettings(t *testing.T) {
	w := find(t)
	writeStack(t, w, "prod", `{}`)
	require.NoError(t, os.WriteFile(w.Overrides("prod"), []byte("config: {}"), 0o600))
	require.True(t, w.HasStack("threa", "prod"))
	require.NoError(t, w.DiscardState())
	assert.False(t, w.HasStack("threa", "prod"))
	assert.DirExists(t, w.Backend())
	assert.FileExists(t, w.Overrides("prod"))

	id, err := w.Instance()
	require.NoError(t, err)
	assert.Empty(t, id)
	require.NoError(t, w.SetInstance("abc"))
	id, err = w.Instance()
	require.NoError(t, err)
	assert.Equal(t, "abc", id)
}

func TestClearLocks_OfKilledEngine(t *testing.T) {
	w := find(t)
	lock := filepath.Join(w.Backend(), ".pulumi", "locks", "organization", "threa", "prod", "1.json")
	require.NoError(t, os.MkdirAll(filepath.Dir(lock), 0o755))
	require.NoError(t, os.WriteFile(lock, []byte("{}"), 0o600))
	require.NoError(t, w.ClearLocks())
	assert.NoFileExists(t, lock)
	require.NoError(t, w.ClearLocks(), "without any it is fine too")
}

func TestWriteFile_Replaces(t *testing.T) {
	path := filepath.Join(t.TempDir(), "f")
	require.NoError(t, workspace.WriteFile(path, []byte("one"), 0o600))
	require.NoError(t, workspace.WriteFile(path, []byte("two"), 0o600))
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, "two", string(data))
	left, err := filepath.Glob(filepath.Join(filepath.Dir(path), ".*"))
	require.NoError(t, err)
	assert.Empty(t, strings.Join(left, " "))
}

func writeStack(t *testing.T, w *workspace.Workspace, stack, state string) {
	t.Helper()
	path := filepath.Join(w.Backend(), ".pulumi", "stacks", "threa", stack+".json")
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, []byte(state), 0o600))
}

func find(t *testing.T) *workspace.Workspace {
	t.Helper()
	w, err := workspace.Find(clone(t))
	require.NoError(t, err)
	return w
}

// clone is a folder that looks like this project.
func clone(t *testing.T) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Mkdir(filepath.Join(root, "local"), 0o755))
	for _, file := range []string{"Pulumi.yaml", filepath.Join("local", "main.go")} {
		require.NoError(t, os.WriteFile(filepath.Join(root, file), nil, 0o644))
	}
	return root
}

func TestTryLock_WaitsForOrphans(t *testing.T) {
	w := find(t)
	lock, err := w.TryLock([]string{"up"})
	require.NoError(t, err)
	gone := exec.Command("true")
	require.NoError(t, gone.Run())
	workspace.SetHolder(lock, gone.Process.Pid, []string{"up"})
	done := make(chan error)
	go func() {
		second, err := w.TryLock([]string{"preview"})
		if err == nil {
			err = second.Close()
		}
		done <- err
	}()
	require.NoError(t, lock.Close())
	require.NoError(t, <-done)
}
