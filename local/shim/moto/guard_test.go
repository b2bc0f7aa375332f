//go:build unix

package moto

import (
	"os/exec"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// startSleeper starts a shell that starts another process, like a wrapper
// script around the server.
func startSleeper(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "sleep 600 & wait")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { assert.NoError(t, signalGroup(cmd.Process.Pid, syscall.SIGKILL)) })
	return cmd
}

func TestAServerDoesNotOutliveItsParent(t *testing.T) {
	sleeper := startSleeper(t)
	g, err := startGuard(sleeper.Process.Pid)
	require.NoError(t, err)

	// The end of a process closes its side of the pipe, however it ends.
	require.NoError(t, g.input.Close())
	require.NoError(t, g.cmd.Wait())
	assert.ErrorContains(t, sleeper.Wait(), "killed")
}

func TestADismissedGuardDoesNothing(t *testing.T) {
	sleeper := startSleeper(t)
	g, err := startGuard(sleeper.Process.Pid)
	require.NoError(t, err)
	g.dismiss()
	assert.NoError(t, sleeper.Process.Signal(syscall.Signal(0)), "the process lives on")
}

func TestTheServersEnvironmentLeadsNothingAstray(t *testing.T) {
	got := environment([]string{"PATH=/bin", "AWS_CA_BUNDLE=/x", "https_proxy=http://x", "HTTP_PROXY=http://x"})
	assert.Equal(t, []string{"PATH=/bin", "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=0"}, got)
}
