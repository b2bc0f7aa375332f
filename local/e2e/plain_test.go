package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheProgramNeedsNothingOfLocal runs plain pulumi, as on a machine with the official tools, in a copy of the
// project that holds the program alone. It deploys a second stack into the account in which prod runs, and takes it
// away again: prod must not notice.
func TestTheProgramNeedsNothingOfLocal(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	s.must(t, "up")

	program := s.copyOfTheProgram(t)
	for _, script := range []string{
		`pulumi stack init budget`,
		`printf %s 'correct-horse#battery' | pulumi config set --stack budget --secret dbPassword`,
		`pulumi preview --stack budget`,
		`pulumi up --stack budget --yes`,
		`pulumi preview --stack budget --expect-no-changes`,
		`pulumi destroy --stack budget --yes`,
	} {
		s.plain(t, program, script)
	}
	for service, list := range leftovers(t, s) {
		for _, name := range list {
			assert.NotContains(t, name, "budget", service)
		}
	}
	s.must(t, "refresh", "--expect-no-changes")
	nothingToDo(t, s)
}

// copyOfTheProgram is the project without what makes it run on the local AWS.
func (s *sandbox) copyOfTheProgram(t *testing.T) string {
	t.Helper()
	program := t.TempDir()
	archive := exec.Command("sh", "-c", `git ls-files -z --cached --others --exclude-standard -- . ':!local' ':!tools' ':!*_test.go' |
		tar --null --ignore-failed-read -T - -c | tar -x -C "$0"`, program)
	archive.Dir = root
	out, err := archive.CombinedOutput()
	require.NoError(t, err, "%s", out)
	require.NoDirExists(t, filepath.Join(program, "local"))
	return program
}

// plain runs a script with pulumi itself in the program's folder. Of the local AWS it takes the account and the plugins,
// which stand for the official ones, but neither its command nor its settings.
func (s *sandbox) plain(t *testing.T, folder, script string) {
	t.Helper()
	out, code := s.tryPlain(t, folder, script)
	require.Zero(t, code, "%s\n%s", script, out)
}

// tryPlain is plain for a script that may fail; it returns what was printed, and the exit code.
func (s *sandbox) tryPlain(t *testing.T, folder, script string) (string, int) {
	t.Helper()
	clone, err := filepath.Abs(root)
	require.NoError(t, err)
	cmd := exec.Command("sh", "-c", `eval "$(cd "$1" && "$0" env)"; unset PULUMI_STACK; PATH="$2:$PATH"; `+script,
		launcher, clone, filepath.Dir(pulumiCLI(t)))
	cmd.Dir = folder
	cmd.Env = append(os.Environ(), "THREA_LOCAL_DIR="+s.folder)
	return s.finish(cmd)
}

// pulumiCLI is the installed pulumi command, or the one that the launcher has built.
func pulumiCLI(t *testing.T) string {
	t.Helper()
	if path, err := exec.LookPath("pulumi"); err == nil {
		return path
	}
	cache, err := os.UserCacheDir()
	require.NoError(t, err)
	built, err := filepath.Glob(filepath.Join(cache, "threa-infra", "tools", "pulumi-*", "pulumi"))
	require.NoError(t, err)
	require.NotEmpty(t, built, "no pulumi command, neither installed nor built")
	return built[len(built)-1]
}
