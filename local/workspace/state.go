package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// Instance returns the id of the emulator whose resources the state describes, or "" if there is no state yet.
func (w *Workspace) Instance() (string, error) {
	data, err := os.ReadFile(w.instanceFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the id of the state's emulator: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// SetInstance stores the id of the emulator to which the state belongs.
func (w *Workspace) SetInstance(id string) error {
	if err := WriteFile(w.instanceFile(), []byte(id+"\n"), 0o600); err != nil {
		return fmt.Errorf("store the id of the state's emulator: %w", err)
	}
	return nil
}

func (w *Workspace) instanceFile() string { return filepath.Join(w.Dir, "instance") }

// Provider returns the kind of AWS provider that created the resources of the state, or "" if there are none.
func (w *Workspace) Provider() (string, error) {
	hasResources, err := w.HasResources()
	if err != nil || !hasResources {
		return "", err
	}
	data, err := os.ReadFile(w.providerFile())
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the state's kind of provider: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// SetProvider stores the kind of AWS provider that the next command uses.
func (w *Workspace) SetProvider(kind string) error {
	if err := WriteFile(w.providerFile(), []byte(kind+"\n"), 0o600); err != nil {
		return fmt.Errorf("store the state's kind of provider: %w", err)
	}
	return nil
}

func (w *Workspace) providerFile() string { return filepath.Join(w.Dir, "provider") }

// HasResources tells whether the state of any stack has resources.
func (w *Workspace) HasResources() (bool, error) {
	files, err := filepath.Glob(filepath.Join(w.stacks(), "*", "*.json"))
	if err != nil {
		return false, fmt.Errorf("list the stacks: %w", err)
	}
	for _, file := range files {
		c, err := readCheckpoint(file)
		if err != nil || len(c.Checkpoint.Latest.Resources) > 1 { // more than the stack itself
			return err == nil, err
		}
	}
	return false, nil
}

// HasPendingOperations tells whether a run was killed while it created, changed or deleted a resource of the stack. The
// state does not know the result.
func (w *Workspace) HasPendingOperations(project, stack string) (bool, error) {
	c, err := readCheckpoint(w.stackFile(project, stack))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(c.Checkpoint.Latest.PendingOperations) > 0, err
}

// DiscardState deletes the state of every stack. It keeps the settings.
func (w *Workspace) DiscardState() error {
	if err := errors.Join(os.RemoveAll(w.Backend()), os.MkdirAll(w.Backend(), 0o700)); err != nil {
		return fmt.Errorf("discard the state: %w", err)
	}
	return nil
}

// DiscardOverrides deletes the settings of all stacks that apply only to the local AWS.
func (w *Workspace) DiscardOverrides() error {
	dir := filepath.Dir(w.Overrides("x"))
	if err := errors.Join(os.RemoveAll(dir), os.MkdirAll(dir, 0o700)); err != nil {
		return fmt.Errorf("discard the local settings: %w", err)
	}
	return nil
}

// ClearLocks deletes the engine's own locks, which a killed run leaves. Call it only with the clone's lock held: no
// engine runs then.
func (w *Workspace) ClearLocks() error {
	if err := os.RemoveAll(filepath.Join(w.Backend(), ".pulumi", "locks")); err != nil {
		return fmt.Errorf("clear the locks of a killed run: %w", err)
	}
	return nil
}

// HasStack tells whether the backend has the stack.
func (w *Workspace) HasStack(project, stack string) bool {
	_, err := os.Stat(w.stackFile(project, stack))
	return err == nil
}

func (w *Workspace) stackFile(project, stack string) string {
	return filepath.Join(w.stacks(), project, stack+".json")
}

func (w *Workspace) stacks() string { return filepath.Join(w.Backend(), ".pulumi", "stacks") }

// checkpoint is the part of a state file that the workspace reads.
type checkpoint struct {
	Checkpoint struct {
		Latest struct {
			Resources         []json.RawMessage `json:"resources"`
			PendingOperations []json.RawMessage `json:"pending_operations"`
		} `json:"latest"`
	} `json:"checkpoint"`
}

func readCheckpoint(file string) (c checkpoint, err error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return c, fmt.Errorf("read the state: %w", err)
	}
	if err := json.Unmarshal(data, &c); err != nil {
		return c, fmt.Errorf("read the state in %s: %w", file, err)
	}
	return c, nil
}
