// Package workspace manages the folder .local of a clone: the paths of its files, its locks, and to which emulator its
// state belongs. While no command runs, the folder can be deleted; the next command creates it again.
package workspace

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"threa-infra/internal/stackconfig"
)

// Workspace is one clone of the project and its folder for the local AWS.
type Workspace struct {
	Root string // the clone: where Pulumi.yaml is
	Dir  string // the folder .local
}

// Find returns the clone that contains the working directory, and creates its folder.
func Find(workingDir string) (*Workspace, error) {
	root, err := findRoot(workingDir)
	if err != nil {
		return nil, err
	}
	dir := os.Getenv("THREA_LOCAL_DIR")
	if dir == "" {
		dir = filepath.Join(root, ".local")
	}
	if dir, err = filepath.Abs(dir); err != nil {
		return nil, fmt.Errorf("find the folder of the local AWS: %w", err)
	}
	w := &Workspace{Root: root, Dir: dir}
	for _, d := range []string{w.Home(), w.Bin(), w.Backend(), filepath.Dir(w.Overrides("x"))} {
		if err := os.MkdirAll(d, 0o700); err != nil {
			return nil, fmt.Errorf("create the folder of the local AWS: %w", err)
		}
	}
	return w, nil
}

func findRoot(dir string) (string, error) {
	root, err := stackconfig.FindProject(dir)
	if err != nil {
		return "", err
	}
	if _, err := os.Stat(filepath.Join(root, "local", "main.go")); err != nil {
		return "", fmt.Errorf("%s is another project. Run the command in the folder of this project: go run ./local", root)
	}
	return root, nil
}

// Home is the PULUMI_HOME of this clone. It is not the user's own: two clones with different code must not share
// plugins, and the user's logins must not change.
func (w *Workspace) Home() string { return filepath.Join(w.Dir, "pulumi") }

// Bin is the folder with the programs compiled from this clone.
func (w *Workspace) Bin() string { return filepath.Join(w.Dir, "bin") }

// Backend is the folder with the state of the stacks.
func (w *Workspace) Backend() string { return filepath.Join(w.Dir, "state") }

// Passphrase is the file with the passphrase that encrypts the local secrets.
func (w *Workspace) Passphrase() string { return filepath.Join(w.Dir, "passphrase") }

// BaseConfig is the user's own file of a stack. The local AWS never writes to it.
func (w *Workspace) BaseConfig(stack string) string {
	return stackconfig.StackFile(w.Root, stack)
}

// Overrides is the file with the settings of a stack that apply only to the local AWS.
func (w *Workspace) Overrides(stack string) string {
	return filepath.Join(w.Dir, "overrides", "Pulumi."+stack+".yaml")
}

// Effective is the file that the engine reads: the overrides over the base.
func (w *Workspace) Effective(stack string) string {
	return filepath.Join(w.Dir, "Pulumi."+stack+".yaml")
}

// WriteFile replaces a file atomically.
func WriteFile(path string, data []byte, mode os.FileMode) error {
	tmp, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	defer func() { _ = os.Remove(tmp.Name()) }()
	_, err = tmp.Write(data)
	if err := errors.Join(err, tmp.Chmod(mode), tmp.Close()); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write %s: %w", filepath.Base(path), err)
	}
	return nil
}
