//go:build unix

package process_test

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/process"
)

func TestAProcessThatRunsIsNotGone(t *testing.T) {
	assert.False(t, process.Gone(os.Getpid()))
}

func TestAProcessThatWasCollectedIsGone(t *testing.T) {
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	assert.True(t, process.Gone(cmd.Process.Pid))
}

func TestAProcessThatNobodyCollectsIsGoneWhenItHasEnded(t *testing.T) {
	if _, err := os.Stat("/proc/self/stat"); err != nil {
		t.Skip("zombies can be told by /proc only: ", err)
	}
	cmd := exec.Command("sleep", "600")
	require.NoError(t, cmd.Start())
	assert.False(t, process.Gone(cmd.Process.Pid))
	require.NoError(t, cmd.Process.Kill())
	assert.Eventually(t, func() bool { return process.Gone(cmd.Process.Pid) }, 10*time.Second, 5*time.Millisecond)
	require.Error(t, cmd.Wait())
}
