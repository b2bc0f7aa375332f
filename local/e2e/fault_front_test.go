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

// inject makes calls go wrong from now on.
func (s *sandbox) inject(t *testing.T, p shim.FaultPlan) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	s.faults(t, http.MethodPost, body)
}

// heal ends it and tells what went wrong.
func (s *sandbox) heal(t *testing.T) shim.FaultReport {
	t.Helper()
	s.faults(t, http.MethodDelete, nil)
	return s.faults(t, http.MethodGet, nil)
}

func (s *sandbox) faults(t *testing.T, method string, body []byte) shim.FaultReport {
	t.Helper()
	request, err := http.NewRequest(method, s.process(t, "local-aws.json").URL+"/_local/faults", bytes.NewReader(body))
	require.NoError(t, err)
	answer, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = answer.Body.Close() }()
	require.Equal(t, http.StatusOK, answer.StatusCode)
	var r shim.FaultReport
	require.NoError(t, json.NewDecoder(answer.Body).Decode(&r))
	return r
}

// kill is a point at which a run is killed.
type kill struct {
	call  string
	nth   int  // the first, second, … of these calls
	done  bool // after AWS has done it, before the provider knows
	alone bool // only the pulumi command is killed; otherwise everything that it started too, in the same moment
}

// killAt runs a command until it has come to the point, and kills it there. Before, meanwhile may look around.
func (s *sandbox) killAt(t *testing.T, k kill, meanwhile func(), args ...string) {
	t.Helper()
	s.inject(t, shim.FaultPlan{Hold: &shim.Hold{Call: k.call, Nth: k.nth, Done: k.done}})
	cmd := s.command(args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for s.faults(t, http.MethodGet, nil).Held == "" {
		select {
		case err := <-ended:
			require.Failf(t, "the run ended before it could be killed", "%s at %s: %v\n%s", args, k.call, err, out.String())
		case <-ticker.C:
		}
	}
	if meanwhile != nil {
		meanwhile()
	}
	victims := []int{s.process(t, "lock").PID}
	if !k.alone {
		victims = append([]int{cmd.Process.Pid}, descendants(t, cmd.Process.Pid)...)
	}
	for _, pid := range victims {
		// One that has ended since, because its parent has, is no failure.
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil {
			require.ErrorIs(t, err, syscall.ESRCH)
		}
	}
	require.Error(t, <-ended)
	for _, pid := range victims {
		require.Eventually(t, func() bool { return process.Gone(pid) }, time.Minute, 10*time.Millisecond, "a killed process goes on")
	}
	s.heal(t)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.Write(out.Bytes())
}

// descendants are all processes below one, from /proc or, where there is none, from ps.
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

// procParents lists "pid ppid" of all processes where ps is not installed.
func procParents(t *testing.T) []byte {
	t.Helper()
	files, err := filepath.Glob("/proc/[0-9]*/stat")
	require.NoError(t, err)
	require.NotEmpty(t, files, "neither ps nor /proc")
	var lines bytes.Buffer
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			continue // it has ended since
		}
		// The name, in parentheses, may hold anything.
		rest := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:]))
		lines.WriteString(filepath.Base(filepath.Dir(file)) + " " + rest[1] + "\n")
	}
	return lines.Bytes()
}
