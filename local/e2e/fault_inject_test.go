package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/process"
	"threa-infra/local/shim"
)

// injectFaults makes the local AWS follow a fault plan.
func (s *sandbox) injectFaults(t *testing.T, p shim.FaultPlan) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	s.request(t, http.MethodPost, "faults", body, nil)
}

// clearFaults ends the fault plan and reports the injected faults.
func (s *sandbox) clearFaults(t *testing.T) (report shim.FaultReport) {
	t.Helper()
	s.request(t, http.MethodDelete, "faults", nil, &report)
	return report
}

// killPoint is the call at which a run is killed.
type killPoint struct {
	call  string
	nth   int  // the first, second, … of these calls
	done  bool // after AWS has executed the call, before the provider gets the answer
	alone bool // kills only the pulumi command; otherwise all its descendants too
}

// killAt runs a command up to the point and kills it there. If meanwhile is not nil, it is called before that.
func (s *sandbox) killAt(t *testing.T, k killPoint, meanwhile func(), args ...string) {
	t.Helper()
	s.killCommandAt(t, k, meanwhile, s.command(args...))
}

// killCommandAt is killAt for any command.
func (s *sandbox) killCommandAt(t *testing.T, k killPoint, meanwhile func(), cmd *exec.Cmd) {
	t.Helper()
	s.injectFaults(t, shim.FaultPlan{Hold: &shim.Hold{Call: k.call, Nth: k.nth, Done: k.done}})
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	held := func() bool {
		var report shim.FaultReport
		s.request(t, http.MethodGet, "faults", nil, &report)
		return report.Held != ""
	}
	for !held() {
		select {
		case err := <-ended:
			require.Failf(t, "the run ended before it was killed", "%s at %s: %v\n%s", cmd.Args, k.call, err, out.String())
		case <-ticker.C:
		}
	}
	if meanwhile != nil {
		meanwhile()
	}
	victims := append([]int{cmd.Process.Pid}, descendants(t, cmd.Process.Pid)...)
	if k.alone {
		victims = []int{s.processInfo(t, "lock").PID}
	}
	for _, pid := range victims {
		// A process may have ended together with its parent.
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			require.ErrorIs(t, err, syscall.ESRCH)
		}
	}
	require.Error(t, <-ended)
	for _, pid := range victims {
		require.Eventually(t, func() bool { return process.Gone(pid) }, time.Minute, 10*time.Millisecond,
			"a killed process is still running")
	}
	s.clearFaults(t)
	s.record(out.String())
}

// listProcesses prints "pid ppid" of all processes, with ps or, if it is not installed, from /proc/*/stat. A process
// may end meanwhile.
const listProcesses = `ps -A -o pid=,ppid= 2>/dev/null ||
	sed 's/^\([0-9]*\) (.*) [A-Za-z] \([0-9]*\) .*/\1 \2/' /proc/[0-9]*/stat 2>/dev/null || true`

// descendants returns the IDs of all descendants of a process.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	out, err := exec.Command("sh", "-c", listProcesses).Output()
	require.NoError(t, err)
	children := map[int][]int{}
	for line := range strings.Lines(string(out)) {
		var child, parent int
		_, err := fmt.Sscan(line, &child, &parent)
		require.NoError(t, err)
		children[parent] = append(children[parent], child)
	}
	require.NotEmpty(t, children, "neither ps nor /proc")
	pids := children[pid]
	for i := 0; i < len(pids); i++ {
		pids = append(pids, children[pids[i]]...)
	}
	return pids
}
