package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
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
	for _, tool := range []string{"aws", "moto_server", "jq"} {
		if _, err := exec.LookPath(tool); err != nil {
			fmt.Fprintf(os.Stderr, "the end-to-end tests need %s on PATH: pip install 'moto[server]==5.2.1' awscli, and jq\n", tool)
			return 1
		}
	}
	launcher, threa = filepath.Join(folder, "local"), filepath.Join(folder, "threa")
	compile := exec.Command("go", "build", "-ldflags", "-s -w", "-o", folder, "./local", "./cmd/threa")
	compile.Dir = root
	if out, err := compile.CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "compile the commands: %v\n%s", err, out)
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
	s.mu.Lock()
	defer s.mu.Unlock()
	s.printed.Write(out)
	if err != nil && cmd.ProcessState == nil {
		return err.Error(), -1
	}
	return string(out), cmd.ProcessState.ExitCode()
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

// step is a part of a test that depends on the steps before it.
type step[S any] struct {
	name string
	run  func(*testing.T, S)
}

// runSteps runs the steps in order and stops after a failed one.
func runSteps[S any](t *testing.T, s S, steps []step[S]) {
	t.Helper()
	for _, one := range steps {
		if !t.Run(one.name, func(t *testing.T) { one.run(t, s) }) {
			t.FailNow()
		}
	}
}

// setAppVariables sets the variables that the app requires before an image can be deployed.
func setAppVariables(t *testing.T, s *sandbox) {
	t.Helper()
	for _, variable := range []string{"API_KEY", "CLIENT_ID", "REDIRECT_URI", "COOKIE_PASSWORD"} {
		s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment.WORKOS_"+variable, "https://app.example.com")
	}
}

// outputs returns the outputs of the stack.
func (s *sandbox) outputs(t *testing.T) map[string]any {
	t.Helper()
	cmd := s.command("stack", "output", "--json")
	text, err := cmd.Output()
	require.NoError(t, err)
	s.mu.Lock()
	s.printed.Write(text)
	s.mu.Unlock()
	var all map[string]any
	require.NoError(t, json.Unmarshal(text, &all))
	return all
}

// operations returns the operations of a preview, as "operation logical-name".
func (s *sandbox) operations(t *testing.T) []string {
	t.Helper()
	text, err := s.command("preview", "--json").Output()
	require.NoError(t, err, "%s", text)
	var plan struct {
		Steps []struct{ Op, URN string }
	}
	require.NoError(t, json.Unmarshal(text, &plan))
	var all []string
	for _, step := range plan.Steps {
		if step.Op != "same" {
			all = append(all, step.Op+" "+step.URN[strings.LastIndex(step.URN, "::")+2:])
		}
	}
	return all
}

// shell runs a script in the shell that go run ./local env sets up.
func (s *sandbox) shell(t *testing.T, script string, args ...string) string {
	t.Helper()
	all := append([]string{"-c", `eval "$("$0" env)"; ` + script, launcher}, args...)
	cmd := exec.Command("sh", all...)
	cmd.Dir = s.project
	cmd.Env = append(os.Environ(), "THREA_LOCAL_DIR="+s.folder)
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", script, args, out)
	return string(out)
}

// aws runs the AWS command line and decodes its output.
func aws[T any](t *testing.T, s *sandbox, args ...string) T {
	t.Helper()
	var answer T
	text := s.shell(t, `exec aws --output json "$@"`, args...)
	require.NoError(t, json.Unmarshal([]byte(text), &answer), "aws %v: %s", args, text)
	return answer
}

// localFiles returns the files of the local AWS that could contain a secret, by path.
func (s *sandbox) localFiles(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(s.folder, func(path string, entry os.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() || strings.Contains(path, "/bin/") || strings.Contains(path, "/plugins/") ||
			strings.Contains(path, "/programs/") || strings.Contains(path, "/cli/") {
			return err
		}
		text, err := os.ReadFile(path)
		all[path] = string(text)
		return err
	})
	require.NoError(t, err)
	return all
}
