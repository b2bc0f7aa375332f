package e2e

import (
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

// copyProgram copies the program without local/ and returns the folder.
func (s *sandbox) copyProgram(t *testing.T) string {
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

// mustRunPulumi runs a script with pulumi in a folder and requires success. The script uses the account and the plugins
// of the local AWS, but not its command and its settings.
func (s *sandbox) mustRunPulumi(t *testing.T, folder, script string) {
	t.Helper()
	out, code := s.runPulumi(t, folder, script)
	require.Zero(t, code, "%s\n%s", script, out)
}

// runPulumi is mustRunPulumi for a script that may fail. It returns the output and the exit code.
func (s *sandbox) runPulumi(t *testing.T, folder, script string) (string, int) {
	t.Helper()
	return s.finish(s.shellCommand(`cd "$1" || exit 1; unset PULUMI_STACK; PATH="$2:$PATH"; `+script, folder,
		filepath.Join(s.folder, "bin")))
}
