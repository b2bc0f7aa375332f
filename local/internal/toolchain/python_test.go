package toolchain

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/progress"
	"threa-infra/local/workspace"
)

func TestRequire_SaysHowToGetPythonAndNode(t *testing.T) {
	for name, c := range map[string]struct{ python, node, want string }{
		"nothing": {"", "", "Python 3.10 or later: https://www.python.org/downloads (Debian, Ubuntu: apt-get install " +
			"python3 python3-venv)\n  - Node.js 20 or later, with npm: https://nodejs.org\n" +
			"  - Terraform: https://developer.hashicorp.com/terraform/install"},
		"old": {"printf 'Python 3.8'; exit 1", "echo v18.19.0", "Python 3.10 or later: https://www.python.org/downloads " +
			"(python3 is Python 3.8)\n  - Node.js 20 or later, with npm: https://nodejs.org (node is v18.19.0)"},
		"parts": {"echo \"ModuleNotFoundError: No module named 'ensurepip'\" >&2; exit 1", "echo v22.1.0",
			"the module venv of Python (Debian, Ubuntu: apt-get install python3-venv)\n  - npm, which comes with Node.js 20"},
		"enough for make test": {"exit 0", "echo v20.1.0", "Terraform: https://"},
	} {
		t.Run(name, func(t *testing.T) {
			tools, dir := withHome(t)
			script(t, filepath.Join(dir, awsPlugin), "")
			folder := filepath.Join(tools.Work.Root, "tools", "python")
			require.NoError(t, os.MkdirAll(folder, 0o755))
			require.NoError(t, os.WriteFile(filepath.Join(folder, "requirements.txt"), nil, 0o600))
			path := t.TempDir()
			for program, text := range map[string]string{"python3": c.python, "node": c.node} {
				if text != "" {
					script(t, filepath.Join(path, program), text)
				}
			}
			enough := name == "enough for make test"
			if enough {
				script(t, filepath.Join(path, "npm"), "")
			}
			t.Setenv("PATH", path)
			require.Equal(t, enough, tools.Require(t.Context(), Tests) == nil)
			err := tools.Require(t.Context(), LongTests)
			require.ErrorContains(t, err, "missing on this machine:\n  - "+c.want)
		})
	}
}

func TestPython_RunsItsPrograms(t *testing.T) {
	tools, err := New(&workspace.Workspace{Root: filepath.Join("..", "..", "..")}, progress.New(os.Stderr))
	require.NoError(t, err)
	programs, err := tools.Python(t.Context())
	require.NoError(t, err)
	for name, argument := range map[string]string{"moto_server": "--help", "aws": "--version", "cfn-lint": "--version"} {
		out, err := exec.Command(filepath.Join(programs, name), argument).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}
