//go:build unix

package process_test

import (
	"os"
	"os/exec"
	"testing"

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
