package e2e

import (
	"bytes"
	"encoding/json"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
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
	s.requestFaults(t, http.MethodPost, body)
}

// clearFaults ends the fault plan and reports the injected faults.
func (s *sandbox) clearFaults(t *testing.T) shim.FaultReport {
	t.Helper()
	s.requestFaults(t, http.MethodDelete, nil)
	return s.requestFaults(t, http.MethodGet, nil)
}

func (s *sandbox) requestFaults(t *testing.T, method string, body []byte) shim.FaultReport {
	t.Helper()
	request, err := http.NewRequest(method, s.processInfo(t, "local-aws.json").URL+"/_local/faults", bytes.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	var r shim.FaultReport
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&r))
	return r
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
	s.injectFaults(t, shim.FaultPlan{Hold: &shim.Hold{Call: k.call, Nth: k.nth, Done: k.done}})
	cmd := s.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for s.requestFaults(t, http.MethodGet, nil).Held == "" {
		select {
		case err := <-ended:
			require.Failf(t, "the run ended before it was killed", "%s at %s: %v\n%s", args, k.call, err, out.String())
		case <-ticker.C:
		}
	}
	if meanwhile != nil {
		meanwhile()
	}
	victims := []int{s.processInfo(t, "lock").PID}
	if !k.alone {
		victims = append([]int{cmd.Process.Pid}, descendants(t, cmd.Process.Pid)...)
	}
	for _, pid := range victims {
		// A process may have ended together with its parent.
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			require.ErrorIs(t, err, syscall.ESRCH)
		}
	}
	require.Error(t, <-ended)
	for _, pid := range victims {
		require.Eventually(t, func() bool { return process.Gone(pid) }, time.Minute, 10*time.Millisecond, "a killed process is still running")
	}
	s.clearFaults(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.Write(out.Bytes())
}

// descendants returns the process ids of all descendants, from ps or, if it is not installed, from /proc.
func descendants(t *testing.T, pid int) []int {
	t.Helper()
	out, err := exec.Command("ps", "-A", "-o", "pid=,ppid=").Output()
	if err != nil {
		out = procParents(t)
	}
	children := map[int][]int{}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		child, err1 := strconv.Atoi(fields[0])
		parent, err2 := strconv.Atoi(fields[1])
		require.NoError(t, err1)
		require.NoError(t, err2)
		children[parent] = append(children[parent], child)
	}
	var all []int
	for next := children[pid]; len(next) > 0; {
		one := next[0]
		next = append(next[1:], children[one]...)
		all = append(all, one)
	}
	return all
}

// procParents lists "pid ppid" of all processes, from /proc.
func procParents(t *testing.T) []byte {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	require.NotEmpty(t, files, "neither ps nor /proc")
	var lines bytes.Buffer
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // the process has ended
		}
		// The name, in parentheses, may contain any character.
		rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		lines.WriteString(filepath.Base(filepath.Dir(file)) + " " + rest[1] + "\n")
	}
	return lines.Bytes()
}
