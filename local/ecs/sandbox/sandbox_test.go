//go:build linux

package sandbox_test

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

// run runs a shell command in a box and returns its output.
func run(t *testing.T, root sandbox.Root, b sandbox.Box, line string) string {
	t.Helper()
	b.Environment = append(b.Environment, "PATH=/usr/bin")
	code, output, err := root.Run(t.Context(), b, "sh", "-c", line)
	require.NoError(t, err)
	require.Zero(t, code, output)
	return strings.TrimSpace(output)
}

func TestBox_Files(t *testing.T) {
	root, dir, layer := sandboxtest.Debian(t), t.TempDir(), t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "file"), []byte("content"), 0o644))
	readOnly := []sandbox.Mount{{Source: dir, Target: "/data"}}
	writable := []sandbox.Mount{{Source: dir, Target: "/data", Writable: true}}
	write := "(echo new >/data/new) 2>/dev/null || echo refused"
	for _, test := range []struct {
		name string
		box  sandbox.Box
		line string
		want string
	}{
		{"nothing of the machine", sandbox.Box{}, "cat " + dir + "/file 2>/dev/null || echo hidden", "hidden"},
		{"except mounts", sandbox.Box{Mounts: readOnly}, "cat /data/file", "content"},
		{"read-only mounts", sandbox.Box{Mounts: readOnly}, write, "refused"},
		{"writable mounts", sandbox.Box{Mounts: writable}, write + "; cat /data/new", "new"},
		{"read-only /usr", sandbox.Box{}, "touch /usr/new 2>/dev/null || echo refused", "refused"},
		{"memory is lost", sandbox.Box{}, "echo x >/etc/x", ""},
		{"memory is empty", sandbox.Box{}, "test -e /etc/x || echo empty", "empty"},
		{"layer is written", sandbox.Box{Layer: layer}, "echo kept >/etc/x", ""},
		{"layer is kept", sandbox.Box{Layer: layer, ReadOnly: true}, "cat /etc/x", "kept"},
		{"read-only layer", sandbox.Box{Layer: layer, ReadOnly: true}, "touch /etc/y 2>/dev/null || echo refused", "refused"},
	} {
		assert.Equal(t, test.want, run(t, root, test.box, test.line), test.name)
	}
	assert.NoFileExists(t, filepath.Join(string(root), "usr/new"))
}

func TestBox_UserAndEnvironment(t *testing.T) {
	t.Setenv("FROM_THE_MACHINE", "yes")
	box := sandbox.Box{UID: 7, GID: 8, Environment: []string{"GIVEN=1"}, Directory: "/var"}
	lines := strings.Split(run(t, sandboxtest.Debian(t), box, "id -u; id -g; pwd; env"), "\n")
	assert.Equal(t, []string{"7", "8", "/var"}, lines[:3])
	assert.ElementsMatch(t, []string{"GIVEN=1", "PATH=/usr/bin", "PWD=/var"}, lines[3:])
}

func TestBox_InitReapsOrphans(t *testing.T) {
	// The subshell's child becomes a child of process 1 and ends. The line waits until the zombie is gone.
	line := "pid=$( (sleep 0 >/dev/null & echo $!) ); while test -d /proc/$pid; do :; done; echo reaped"
	assert.Equal(t, "reaped", run(t, sandboxtest.Debian(t), sandbox.Box{Init: true}, line))
}

func TestProcess_SignalsAndKill(t *testing.T) {
	root := sandboxtest.Debian(t)
	for name, init := range map[string]bool{"without an init": false, "with an init": true} {
		t.Run(name, func(t *testing.T) {
			shared := t.TempDir()
			box := sandbox.Box{
				Init: init, Environment: []string{"PATH=/usr/bin"},
				Mounts: []sandbox.Mount{{Source: shared, Target: "/shared", Writable: true}},
			}
			p, err := root.Start(box, "sh", "-c", "trap 'touch /shared/term' TERM; touch /shared/ready; while :; do sleep "+
				"0.01; done")
			require.NoError(t, err)
			t.Cleanup(p.Kill)
			waitForFile(t, filepath.Join(shared, "ready"))
			require.NoError(t, p.Signal(syscall.SIGTERM))
			waitForFile(t, filepath.Join(shared, "term"))
			p.Kill()
			assert.Equal(t, 137, p.Wait())
			assert.Error(t, p.Signal(syscall.SIGTERM), "it has ended")
		})
	}
}

func waitForFile(t *testing.T, path string) {
	t.Helper()
	require.Eventually(t, func() bool { _, err := os.Stat(path); return err == nil }, 10*time.Second, 10*time.Millisecond)
}

func TestCheck_SaysWhatIsMissing(t *testing.T) {
	require.NoError(t, sandboxtest.Debian(t).Check(t.Context()))
	err := sandbox.Root(t.TempDir()).Check(t.Context())
	require.ErrorContains(t, err, "cannot run programs on the root file system")
	assert.ErrorContains(t, err, "no dynamic loader")
}
