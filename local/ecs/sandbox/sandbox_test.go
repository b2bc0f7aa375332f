//go:build linux

package sandbox_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

// said runs a line in a box and returns what it prints.
func said(t *testing.T, root sandbox.Root, b sandbox.Box, line string) string {
	t.Helper()
	b.Environment = append(b.Environment, "PATH=/usr/bin")
	cmd, err := root.Command(b, "sh", "-c", line)
	require.NoError(t, err)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	return strings.TrimSpace(string(out))
}

func TestABoxShowsNothingOfTheMachineButItsMounts(t *testing.T) {
	root, dir := sandboxtest.Debian(t), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o644))
	look := "cat " + filepath.Join(dir, "file") + " 2>/dev/null || echo hidden"
	assert.Equal(t, "hidden", said(t, root, sandbox.Box{}, look))
	assert.Equal(t, "content", said(t, root, sandbox.Box{Mounts: []sandbox.Mount{{Source: dir, Target: dir}}}, look))
}

func TestMountsAreWrittenToOnlyWhereTheySaySo(t *testing.T) {
	root, dir := sandboxtest.Debian(t), t.TempDir()
	write := "echo new >/data/file || echo refused"
	assert.Contains(t, said(t, root, sandbox.Box{Mounts: []sandbox.Mount{{Source: dir, Target: "/data"}}}, write), "refused")
	assert.NoFileExists(t, filepath.Join(dir, "file"))
	said(t, root, sandbox.Box{Mounts: []sandbox.Mount{{Source: dir, Target: "/data", Writable: true}}}, write)
	assert.FileExists(t, filepath.Join(dir, "file"))
}

func TestTheRootFileSystemIsNeverWrittenTo(t *testing.T) {
	root := sandboxtest.Debian(t)
	assert.Contains(t, said(t, root, sandbox.Box{}, "touch /usr/new || echo refused"), "refused")
	assert.NoFileExists(t, filepath.Join(string(root), "usr/new"))
}

func TestALayerKeepsWhatIsWrittenAndMemoryDoesNot(t *testing.T) {
	root, layer := sandboxtest.Debian(t), t.TempDir()
	assert.Equal(t, "no", said(t, root, sandbox.Box{}, "echo x >/etc/x; echo no"))
	assert.Equal(t, "no", said(t, root, sandbox.Box{}, "cat /etc/x 2>/dev/null || echo no"))
	said(t, root, sandbox.Box{Layer: layer}, "echo kept >/etc/x")
	assert.Equal(t, "kept", said(t, root, sandbox.Box{Layer: layer, ReadOnly: true}, "cat /etc/x"))
	assert.Contains(t, said(t, root, sandbox.Box{Layer: layer, ReadOnly: true}, "echo y >/etc/x || echo refused"), "refused")
}

func TestABoxHasTheUserAndTheEnvironmentThatItIsGivenAndNoMore(t *testing.T) {
	t.Setenv("FROM_THE_MACHINE", "yes")
	got := said(t, sandboxtest.Debian(t), sandbox.Box{UID: 7, GID: 8, Environment: []string{"GIVEN=1"}, Directory: "/var"}, "id -u; id -g; pwd; env")
	lines := strings.Split(got, "\n")
	assert.Equal(t, []string{"7", "8", "/var"}, lines[:3])
	assert.ElementsMatch(t, []string{"GIVEN=1", "PATH=/usr/bin", "PWD=/var"}, lines[3:])
}

func TestAnInitCollectsWhatItsChildrenLeaveBehind(t *testing.T) {
	// The subshell's child becomes that of process 1 and ends. The line waits until it is gone, not only dead.
	line := "pid=$( (sleep 0 >/dev/null & echo $!) ); while test -d /proc/$pid; do :; done; echo collected"
	assert.Equal(t, "collected", said(t, sandboxtest.Debian(t), sandbox.Box{Init: true}, line))
}

func TestANetworkApartHasNoWayOut(t *testing.T) {
	cmd, err := sandboxtest.Debian(t).Apart("sh", "-c", "readlink /proc/self/ns/net; cat /proc/self/net/dev")
	require.NoError(t, err)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	own, err := os.Readlink("/proc/self/ns/net")
	require.NoError(t, err)
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	assert.NotEqual(t, own, lines[0])
	require.Len(t, lines, 4, "the namespace, two lines of a table's head, and one interface: %s", out)
	assert.Equal(t, "lo:", strings.Fields(lines[3])[0])
}

// begun starts a box that runs until it is killed, and returns its first process when its program runs.
func begun(t *testing.T, root sandbox.Root, b sandbox.Box) (*exec.Cmd, *sandbox.Process) {
	t.Helper()
	shared := t.TempDir()
	b.Mounts = []sandbox.Mount{{Source: shared, Target: "/shared", Writable: true}}
	b.InfoFD, b.Environment = 3, []string{"PATH=/usr/bin"}
	cmd, err := root.Command(b, "sh", "-c", "touch /shared/runs; while :; do sleep 1000; done")
	require.NoError(t, err)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = read.Close() })
	cmd.ExtraFiles = []*os.File{write}
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	first, err := sandbox.First(read)
	require.NoError(t, err)
	require.Eventually(t, func() bool { _, err := os.Stat(filepath.Join(shared, "runs")); return err == nil }, 10*time.Second, 10*time.Millisecond)
	return cmd, first
}

func TestABoxEndsWithWhoStartedIt(t *testing.T) {
	for name, b := range map[string]sandbox.Box{"without an init": {}, "with an init": {Init: true}} {
		t.Run(name, func(t *testing.T) {
			cmd, first := begun(t, sandboxtest.Debian(t), b)
			require.NoError(t, first.Signal(0))
			require.NoError(t, cmd.Process.Kill())
			require.Error(t, cmd.Wait())
			require.Eventually(t, func() bool { return errors.Is(first.Signal(0), os.ErrProcessDone) }, 10*time.Second, 10*time.Millisecond)
		})
	}
}

func TestAProgramThatEntersABoxIsAmongItsProcesses(t *testing.T) {
	root := sandboxtest.Debian(t)
	for name, b := range map[string]sandbox.Box{"of root": {Layer: t.TempDir()}, "of a user": {UID: 7, GID: 8, Layer: t.TempDir()}} {
		t.Run(name, func(t *testing.T) {
			_, first := begun(t, root, b)
			b.Environment = []string{"PATH=/usr/bin"}
			cmd, err := root.Enter(first, b, "sh", "-c", "tr '\\0' ' ' </proc/1/cmdline; echo; id -u; id -g")
			require.NoError(t, err)
			out, err := cmd.CombinedOutput()
			for _, f := range cmd.ExtraFiles {
				assert.NoError(t, f.Close())
			}
			require.NoError(t, err, "%s", out)
			assert.Equal(t, fmt.Sprintf("sh -c touch /shared/runs; while :; do sleep 1000; done \n%d\n%d\n", b.UID, b.GID), string(out))
		})
	}
}

func TestABoxThatIsGoneCannotBeEntered(t *testing.T) {
	root := sandboxtest.Debian(t)
	cmd, first := begun(t, root, sandbox.Box{})
	require.NoError(t, cmd.Process.Kill())
	_ = cmd.Wait()
	require.Eventually(t, func() bool { _, err := root.Enter(first, sandbox.Box{}, "true"); return err != nil }, 10*time.Second, 10*time.Millisecond)
}

func TestAMachineIsAskedWhetherItAllowsNamespaces(t *testing.T) {
	require.NoError(t, sandboxtest.Debian(t).Check())
	err := sandbox.Root(t.TempDir()).Check()
	require.ErrorContains(t, err, "no program can run on the root file system")
	assert.ErrorContains(t, err, "it has no loader")
}
