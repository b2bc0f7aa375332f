package e2e

import (
	"encoding/json"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAKilledUpIsCarriedOn kills an up while it creates the database. What it made is unknown then, so that the next
// command may take nothing of it for true.
func TestAKilledUpIsCarriedOn(t *testing.T) {
	for name, one := range map[string]struct {
		emulatorToo bool
		message     string
	}{
		"the command alone": {false, "The last run was killed while it was creating something; the local AWS starts afresh."},
		"the local AWS too": {true, "The local AWS was stopped and its resources are gone; the stack starts afresh."},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newSandbox(t, root)
			up := s.command("up")
			require.NoError(t, up.Start())
			ended := make(chan error, 1)
			go func() { ended <- up.Wait() }()
			s.awaitCall(t, "rds:CreateDBInstance", ended)

			out := s.fails(t, "up")
			assert.Contains(t, out, "another command is running on this local AWS")
			assert.Contains(t, out, "wait for it, or stop it")

			if one.emulatorToo {
				require.NoError(t, syscall.Kill(s.process(t, "local-aws.json").PID, syscall.SIGKILL))
			}
			require.NoError(t, syscall.Kill(s.process(t, "lock").PID, syscall.SIGKILL), "the engine holds the lock")
			require.Error(t, <-ended)

			out = s.must(t, "preview")
			assert.Contains(t, out, one.message)
			assert.NotContains(t, out, "goroutine")
			assert.NotContains(t, out, "unchanged")
		})
	}
}

// process is what a file of the local AWS says of the process that wrote it.
type process struct {
	PID int
	URL string
}

func (s *sandbox) process(t *testing.T, file string) process {
	t.Helper()
	p, err := s.readProcess(file)
	require.NoError(t, err)
	return p
}

func (s *sandbox) readProcess(file string) (p process, err error) {
	text, err := os.ReadFile(filepath.Join(s.folder, file))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

// awaitCall waits until the local AWS has been asked for something, as long as the command that is to ask goes on.
func (s *sandbox) awaitCall(t *testing.T, call string, ended <-chan error) {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		select {
		case err := <-ended:
			require.Failf(t, "the command ended too early", "%v", err)
		case <-ticker.C:
			if s.calls()[call] > 0 {
				return
			}
		}
	}
}

// calls counts what the local AWS has been asked for, nothing while it does not run.
func (s *sandbox) calls() map[string]int {
	p, err := s.readProcess("local-aws.json")
	if err != nil {
		return nil
	}
	answer, err := http.Get(p.URL + "/_local/calls")
	if err != nil {
		return nil
	}
	defer func() { _ = answer.Body.Close() }()
	counts := map[string]int{}
	if json.NewDecoder(answer.Body).Decode(&counts) != nil {
		return nil
	}
	return counts
}

func TestABusyPortIsOneClearMessage(t *testing.T) {
	t.Parallel()
	first := newSandbox(t, root)
	first.must(t, "preview")
	url := first.process(t, "local-aws.json").URL
	port := url[strings.LastIndex(url, ":")+1:]

	second := newSandbox(t, root)
	cmd := second.command("preview")
	cmd.Env = append(cmd.Env, "THREA_LOCAL_PORT="+port)
	out, code := second.finish(cmd)
	assert.NotZero(t, code)
	assert.Contains(t, out, port)
	assert.Contains(t, out, "THREA_LOCAL_PORT")
	assert.NotContains(t, out, "goroutine")
}
