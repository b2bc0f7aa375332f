package toolchain

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/local/workspace"
)

// pythonPrograms are the Python programs and the modules that have their function main.
var pythonPrograms = map[string]string{
	"moto_server": "moto.server", "aws": "awscli.clidriver", "cfn-lint": "cfnlint.runner",
}

// Python returns the folder with the Python programs. They are in a virtual environment in the user's cache, with the
// versions in tools/python/requirements.txt.
func (t *Toolchain) Python(ctx context.Context) (string, error) {
	environment, requirements, err := t.environment()
	if err != nil {
		return "", err
	}
	python := filepath.Join(environment, "bin", "python")
	if _, err := os.Stat(python); err != nil { // a link, whose target may be gone
		if err := os.RemoveAll(environment); err != nil {
			return "", fmt.Errorf("remove an environment of another Python: %w", err)
		}
	}
	err = t.cached(environment, "Installing moto, the AWS command line and cfn-lint", func(work string, _ reporter) error {
		if err := installPackages(ctx, work, requirements); err != nil {
			return err
		}
		for name, module := range pythonPrograms { // those of pip have the path of the unfinished environment
			script := fmt.Sprintf("#!/bin/sh\nexec %s -c 'import sys; from %s import main; sys.exit(main())' \"$@\"\n",
				shellescape.Quote(python), module)
			if err := workspace.WriteFile(filepath.Join(work, "bin", name), []byte(script), 0o755); err != nil {
				return err //nolint:wrapcheck // it names the file
			}
		}
		return nil
	})
	return filepath.Dir(python), err
}

// environment returns the folder of the virtual environment and the file of its packages, whose content names it.
func (t *Toolchain) environment() (folder, requirements string, err error) {
	requirements = filepath.Join(t.Work.Root, "tools", "python", "requirements.txt")
	text, err := os.ReadFile(requirements)
	if err != nil {
		return "", "", fmt.Errorf("read the versions: %w", err)
	}
	return filepath.Join(t.cache, fmt.Sprintf("python-%x", sha256.Sum256(text))[:19]), requirements, nil
}

// installPackages creates an environment. If the machine's own packages have the required versions, it uses them.
func installPackages(ctx context.Context, environment, requirements string) error {
	install := func(venv, pip []string) error {
		create := append(append([]string{"-m", "venv", "--clear"}, venv...), environment)
		if err := run(ctx, exec.CommandContext(ctx, "python3", create...)); err != nil {
			return fmt.Errorf("create a virtual environment: %w", err)
		}
		args := append([]string{"-m", "pip", "install", "-q", "--disable-pip-version-check", "-r", requirements}, pip...)
		if err := run(ctx, exec.CommandContext(ctx, filepath.Join(environment, "bin", "python"), args...)); err != nil {
			return fmt.Errorf("install the packages in %s: %w", requirements, err)
		}
		return nil
	}
	if install([]string{"--system-site-packages"}, []string{"--no-index"}) == nil {
		return nil
	}
	return install(nil, nil)
}

// requirePython checks that Python can create the environment, unless it exists.
func (t *Toolchain) requirePython(ctx context.Context) error {
	environment, _, err := t.environment()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(environment, "bin", "python")); err == nil {
		return nil
	}
	const hint = "Python 3.10 or later: https://www.python.org/downloads"
	const script = `import sys; print("Python %d.%d" % sys.version_info[:2], end="")
sys.version_info >= (3, 10) or exit(1)
import ensurepip, venv`
	out, err := exec.CommandContext(ctx, "python3", "-c", script).Output()
	var exit *exec.ExitError
	switch {
	case err == nil:
		return nil
	case !errors.As(err, &exit):
		return errors.New(hint + " (Debian, Ubuntu: apt-get install python3 python3-venv)")
	case strings.Contains(string(exit.Stderr), "ModuleNotFoundError"):
		return errors.New("the module venv of Python (Debian, Ubuntu: apt-get install python3-venv)")
	}
	return fmt.Errorf("%s (python3 is %s)", hint, out)
}

// requireTerraform checks that the tests can deploy the Terraform program that threa adopt takes over.
func requireTerraform() error {
	const hint = "Terraform: https://developer.hashicorp.com/terraform/install"
	if _, err := exec.LookPath("terraform"); err != nil {
		return errors.New(hint) //nolint:staticcheck // the name of a product
	}
	return nil
}

// requireNode checks that Node.js can run the tests.
func requireNode(ctx context.Context) error {
	const hint = "Node.js 20 or later, with npm: https://nodejs.org"
	out, err := exec.CommandContext(ctx, "node", "--version").Output()
	if err != nil {
		return errors.New(hint) //nolint:staticcheck // the name of a product
	}
	version, major := strings.TrimSpace(string(out)), 0
	if _, err := fmt.Sscanf(version, "v%d", &major); err != nil || major < 20 {
		return fmt.Errorf("%s (node is %s)", hint, version)
	}
	if _, err := exec.LookPath("npm"); err != nil {
		return fmt.Errorf("npm, which comes with %s", hint)
	}
	return nil
}
