//go:build unix

package moto

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestStart_ReportsTheLastLogLine(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho Traceback\necho no such module\nexit 3\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, Command), []byte(script), 0o755))
	_, err := Start(t.Context(), filepath.Join(bin, Command), filepath.Join(t.TempDir(), "moto.log"))
	assert.ErrorContains(t, err, "exit status 3")
	assert.ErrorContains(t, err, "no such module")
	assert.NotContains(t, err.Error(), "\n")
}

func TestEnvironment_IgnoresTheUsersNetwork(t *testing.T) {
	got := environment([]string{"PATH=/bin", "AWS_CA_BUNDLE=/x", "AWS_PROFILE=x", "https_proxy=http://x",
		"HTTP_PROXY=http://x"})
	assert.Equal(t, []string{"PATH=/bin", "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=0",
		"MOTO_DISABLE_GLOBAL_CORS=true"}, got)
}

func TestGuard_KillsTheGroupUnlessDismissed(t *testing.T) {
	for _, dismissed := range []bool{false, true} {
		// A shell with a child is like a wrapper script around the server.
		cmd := exec.Command("/bin/sh", "-c", "sleep 600 & wait")
		cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		require.NoError(t, cmd.Start())
		t.Cleanup(func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) })
		g, err := startGuard(cmd.Process.Pid)
		require.NoError(t, err)
		if dismissed {
			g.dismiss()
			assert.NoError(t, cmd.Process.Signal(syscall.Signal(0)), "the process still runs")
			continue
		}
		// The end of a process closes its side of the pipe.
		require.NoError(t, g.input.Close())
		require.NoError(t, g.cmd.Wait())
		assert.ErrorContains(t, cmd.Wait(), "killed")
	}
}
