package e2e

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/jq"
)

// root is the repository's folder, relative to this package.
const root = "../.."

// The compiled commands of go run ./local and of go run ./cmd/threa.
var launcher, threa string

func TestMain(m *testing.M) {
	os.Exit(compileAndRun(m))
}

// compileAndRun compiles the commands once and runs the tests. With go run, a test would kill the wrong process.
func compileAndRun(m *testing.M) int {
	folder, err := os.MkdirTemp("", "threa-e2e-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(folder) }()
	if err := jq.Install(root, folder); err != nil { // the scripts of the workflows find it beside threa
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	launcher, threa = filepath.Join(folder, "local"), filepath.Join(folder, "threa")
	compile := exec.Command("go", "build", "-ldflags", "-s -w", "-o", folder, "./local", "./cmd/threa")
	compile.Dir = root
	if out, err := compile.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "compile the commands: %v\n%s", err, out)
		return 1
	}
	if err := flag.Set("test.parallel", "100"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}

// sandbox is the local AWS of one test.
type sandbox struct {
	t       *testing.T
	folder  string // where the local AWS keeps its files
	project string // the folder with Pulumi.yaml

	mu      sync.Mutex
	printed bytes.Buffer // output of all commands
}

func newSandbox(t *testing.T, project string) *sandbox {
	t.Helper()
	s := &sandbox{t: t, folder: t.TempDir(), project: project}
	t.Cleanup(func() { s.run("stop") })
	return s
}

// command returns a launcher command that is not started yet.
func (s *sandbox) command(args ...string) *exec.Cmd {
	cmd := exec.Command(launcher, args...)
	cmd.Dir = s.project
	cmd.Env = append(os.Environ(), "THREA_LOCAL_DIR="+s.folder)
	return cmd
}

// run runs the launcher and returns its output and exit code.
func (s *sandbox) run(args ...string) (string, int) {
	return s.finish(s.command(args...))
}

func (s *sandbox) finish(cmd *exec.Cmd) (string, int) {
	out, err := cmd.CombinedOutput()
	s.record(string(out))
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
}

// record adds a text to the output of all commands.
func (s *sandbox) record(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.WriteString(text)
}

// must runs the launcher, requires success and returns its output.
func (s *sandbox) must(t *testing.T, args ...string) string {
	t.Helper()
	out, code := s.run(args...)
	require.Zero(t, code, "go run ./local %s\n%s", strings.Join(args, " "), out)
	return out
}

// fails runs the launcher, requires a failure and returns its output.
func (s *sandbox) fails(t *testing.T, args ...string) string {
	t.Helper()
	out, code := s.run(args...)
	require.NotZero(t, code, "go run ./local %s\n%s", strings.Join(args, " "), out)
	return out
}

// set sets configuration keys to values, given in pairs.
func (s *sandbox) set(t *testing.T, pairs ...string) {
	t.Helper()
	s.setAll(t, nil, pairs...)
}

// setAll sets keys to values, given in pairs, with one command, which has the flags.
func (s *sandbox) setAll(t *testing.T, flags []string, pairs ...string) {
	t.Helper()
	if len(pairs) == 0 {
		return
	}
	args := append([]string{"config", "set-all"}, flags...)
	for i := 0; i < len(pairs); i += 2 {
		args = append(args, "--plaintext", pairs[i]+"="+pairs[i+1])
	}
	s.must(t, args...)
}

// unset removes configuration keys.
func (s *sandbox) unset(t *testing.T, keys ...string) {
	t.Helper()
	s.must(t, append([]string{"config", "rm-all"}, keys...)...)
}

// setAppVariables sets the variables that the app requires before an image can be deployed.
func (s *sandbox) setAppVariables(t *testing.T) {
	t.Helper()
	var pairs []string
	for _, variable := range []string{"API_KEY", "CLIENT_ID", "REDIRECT_URI", "COOKIE_PASSWORD"} {
		pairs = append(pairs, "appEnvironment.WORKOS_"+variable, "https://app.example.com")
	}
	s.setAll(t, []string{"--path"}, pairs...)
}

// step is a part of a test that depends on the steps before it.
type step[S any] struct {
	name string
	run  func(*testing.T, S)
}

// runSteps runs the steps in order and stops after a failed one.
func runSteps[S any](t *testing.T, s S, steps []step[S]) {
	t.Helper()
	for _, step := range steps {
		if !t.Run(step.name, func(t *testing.T) { step.run(t, s) }) {
			t.FailNow()
		}
	}
}

// assertContains asserts that a text contains every part.
func assertContains(t *testing.T, text string, parts ...string) {
	t.Helper()
	for _, part := range parts {
		assert.Contains(t, text, part)
	}
}
