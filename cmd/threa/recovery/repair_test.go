package recovery

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
		"not approved":          {here, dead, false, errDeclined.Error()},
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

func TestRecovery_RepairsAStateThatWasCutShort(t *testing.T) {
	folder := filepath.Join(t.TempDir(), "20 % of it")
	stacks := filepath.Join(folder, ".pulumi", "stacks", "threa")
	require.NoError(t, os.MkdirAll(stacks, 0o755))
	write := func(name, text string) string {
		path := filepath.Join(stacks, name)
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
		return path
	}
	whole, state := write("dev.json.attrs", `{"user.content_type":"text/plain"}`), write("prod.json", "{}")
	p := newPulumi(t, nil)
	p.cut, p.folder = write("prod.json.attrs", ""), folder
	printed, err := recoverStack(t, p, &cloud{}, nil)
	require.NoError(t, err)
	assert.Contains(t, printed, "A run was killed while it wrote the state. Deleted incomplete files: "+p.cut)
	assert.NoFileExists(t, p.cut)
	assert.FileExists(t, whole)
	assert.FileExists(t, state)

	p.cut, p.folder = t.TempDir(), t.TempDir()
	_, err = recoverStack(t, p, &cloud{}, nil)
	require.ErrorContains(t, err, "failed to load checkpoint: EOF")
}

func TestOutput_ShowsOnlyErrorsOfAPreview(t *testing.T) {
	_, err := Output(exec.CommandContext(t.Context(), "sh", "-c", `echo '{"config":{"a":"b"},"diagnostics":[
		{"severity":"info","message":"looking"},{"severity":"error","message":"threa:dbPassword is not set\\n"}]}'
		echo "error: failed" >&2; exit 255`), nil)
	require.ErrorContains(t, err, "exit status 255\nthrea:dbPassword is not set\nerror: failed")
	assert.NotContains(t, err.Error(), "looking")
	assert.NotContains(t, err.Error(), "config")

	_, err = Output(exec.CommandContext(t.Context(), "sh", "-c", `echo '{"steps":[]}'; exit 1`), nil)
	assert.ErrorContains(t, err, `{"steps":[]}`)
}
