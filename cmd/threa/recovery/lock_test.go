package recovery

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// lockedBy is what Pulumi says of a stack that a process has locked.
func lockedBy(host string, pid int) string {
	return fmt.Sprintf("error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) to end or delete the lock file "+
		"with `pulumi cancel`.\n  file:///state/.pulumi/locks/x.json: created by me@%s (pid %d) at 2026-01-01T10:00:00Z", host, pid)
}

// pastProcess is the id of a process that has ended.
func pastProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	return cmd.Process.Pid
}

func TestTheLockOfAProcessThatIsGoneIsExplainedAndCleared(t *testing.T) {
	here, err := os.Hostname()
	require.NoError(t, err)
	pid := pastProcess(t)
	p := &pulumi{locked: lockedBy(here, pid)}
	p.exported = exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa"})})
	said, err := recoverOnce(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, said, fmt.Sprintf("The stack is locked since 2026-01-01T10:00:00Z by process %d, which is gone.\nThe lock is cleared.\n", pid))
	assert.Empty(t, p.state().pendingCreates())
}

func TestTheLockOfAnyoneElseStays(t *testing.T) {
	here, err := os.Hostname()
	require.NoError(t, err)
	for message, want := range map[string]string{
		lockedBy(here, os.Getpid()):                   "which still runs",
		lockedBy("elsewhere.example", pastProcess(t)): "when it is gone for certain: pulumi cancel",
	} {
		p := &pulumi{locked: message}
		p.exported = exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa"})})
		_, err := recoverOnce(t, p, &cloud{}, nil)
		require.ErrorContains(t, err, want)
		assert.NotContains(t, p.ran, "cancel --yes")
		assert.Len(t, p.state().pendingCreates(), 1, "nothing was changed")
	}
}

func TestALockIsNotClearedWithoutApproval(t *testing.T) {
	here, err := os.Hostname()
	require.NoError(t, err)
	p := &pulumi{locked: lockedBy(here, pastProcess(t))}
	p.exported = exported(t, nil, []object{wantedOne(repositoryType, "repository", object{"name": "threa"})})
	_, err = recoverOnce(t, p, &cloud{}, func(r *Recovery) { r.Approve = func(question string) bool { return question != "Clear the lock?" } })
	require.ErrorIs(t, err, ErrDeclined)
	assert.NotContains(t, p.ran, "cancel --yes")
}
