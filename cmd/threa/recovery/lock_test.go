package recovery

import (
	"fmt"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRecovery_ClearsOnlyLocksOfDeadProcesses(t *testing.T) {
	here, err := os.Hostname()
	require.NoError(t, err)
	ended := exec.Command("true")
	require.NoError(t, ended.Run())
	dead := ended.Process.Pid
	for name, test := range map[string]struct {
		host    string
		pid     int
		approve bool
		err     string
	}{
		"a dead process":        {here, dead, true, ""},
		"not approved":          {here, dead, false, ErrDeclined.Error()},
		"a process that runs":   {here, os.Getpid(), true, "which still runs"},
		"another machine's one": {"elsewhere.example", dead, true, "If it has ended: pulumi cancel"},
	} {
		t.Run(name, func(t *testing.T) {
			p := newPulumi(t, nil, pending(repositoryType, "repository", nil))
			p.locked = fmt.Sprintf("error: the stack is currently locked by 1 lock(s). Either wait for the other process(es) "+
				"to end or delete the lock file with `pulumi cancel`.\n  file:///state/.pulumi/locks/x.json: created by "+
				"me@%s (pid %d) at 2026-01-01T10:00:00Z", test.host, test.pid)
			printed, err := recoverStack(t, p, &cloud{}, func(r *Recovery) {
				r.Approve = func(question string) bool { return question != "Clear the lock?" || test.approve }
			})
			if test.err != "" {
				require.ErrorContains(t, err, test.err)
				assert.NotContains(t, p.ran, "cancel --yes")
				assert.Len(t, p.deployment.PendingOperations, 1, "nothing was changed")
				return
			}
			require.NoError(t, err)
			assert.Contains(t, printed, fmt.Sprintf(
				"The stack is locked since 2026-01-01T10:00:00Z by process %d, which is gone.\nThe lock is cleared.\n", test.pid))
			assert.Empty(t, p.deployment.PendingOperations)
		})
	}
}
