package process_test

import (
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/process"
)

func TestAProcessThatNobodyCollectsIsGoneWhenItHasEnded(t *testing.T) {
	cmd := exec.Command("sleep", "600")
	require.NoError(t, cmd.Start())
	assert.False(t, process.Gone(cmd.Process.Pid))
	require.NoError(t, cmd.Process.Kill())
	assert.Eventually(t, func() bool { return process.Gone(cmd.Process.Pid) }, 10*time.Second, 5*time.Millisecond)
	require.Error(t, cmd.Wait())
}
