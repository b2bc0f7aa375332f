package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// reportBusyPort uses the port of a local AWS for another one.
func reportBusyPort(t *testing.T, first *sandbox) {
	url := first.processInfo(t, "local-aws.json").URL
	port := url[strings.LastIndex(url, ":")+1:]

	second := newSandbox(t, root)
	cmd := second.command("preview")
	cmd.Env = append(cmd.Env, "THREA_LOCAL_PORT="+port)
	out, code := second.finish(cmd)
	assert.NotZero(t, code)
	assertContains(t, out, port, "THREA_LOCAL_PORT")
	assert.NotContains(t, out, "goroutine")
}

// TestLocalAWS_StartsEmptyAfterKill kills the local AWS together with an up. Its resources are lost.
func TestLocalAWS_StartsEmptyAfterKill(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	s.must(t, "preview")
	t.Run("another one on its port", func(t *testing.T) { reportBusyPort(t, s) })
	s.killAt(t, killPoint{call: "ec2:CreateSubnet", nth: 1, done: true}, nil, "up")
	require.NoError(t, syscall.Kill(s.processInfo(t, "local-aws.json").PID, syscall.SIGKILL))
	out := s.must(t, "preview")
	assert.Contains(t, out, "The local AWS was stopped and its resources are gone; the stack starts empty.")
	assert.NotContains(t, out, "goroutine")
	assert.NotContains(t, out, "unchanged")
}

func TestLocalAWS_ReportsMissingTools(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	cmd := s.command("preview")
	path := t.TempDir()
	for _, tool := range []string{"go", "sh", "git"} {
		executable, err := exec.LookPath(tool)
		require.NoError(t, err)
		require.NoError(t, os.Symlink(executable, filepath.Join(path, tool)))
	}
	cmd.Env = append(cmd.Env, "PATH="+path, "XDG_CACHE_HOME="+t.TempDir())
	out, code := s.finish(cmd)
	assert.NotZero(t, code)
	assertContains(t, out, "missing on this machine", "Python 3.10 or later: https://www.python.org/downloads")
	assert.NotContains(t, out, "goroutine")
}
