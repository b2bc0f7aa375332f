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

// Instance is the emulator whose resources the state describes; "" when there is no state yet.
func (w *Workspace) Instance() (string, error) {
	data, err := os.ReadFile(w.instanceFile())
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", fmt.Errorf("read whose state this is: %w", err)
	}
	return strings.TrimSpace(string(data)), nil
}

// SetInstance says which emulator the state belongs to from now on.
func (w *Workspace) SetInstance(id string) error {
	if err := WriteFile(w.instanceFile(), []byte(id+"\n"), 0o600); err != nil {
		return fmt.Errorf("note whose state this is: %w", err)
	}
	return nil
}

func (w *Workspace) instanceFile() string { return filepath.Join(w.Dir, "instance") }

// HasResources tells whether any stack's state lists something, so that discarding it is worth a word.
func (w *Workspace) HasResources() (bool, error) {
	found := false
	err := w.eachCheckpoint(func(c checkpoint) { found = found || len(c.Checkpoint.Latest.Resources) > 1 })
	return found, err
}

// IsHalfDone tells whether a run on the stack ended while it was creating, changing or deleting something. What came of
// it is unknown: neither the state nor, for a creation, a refresh can find it.
func (w *Workspace) IsHalfDone(project, stack string) (bool, error) {
	c, err := readCheckpoint(w.stackFile(project, stack))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return len(c.Checkpoint.Latest.PendingOperations) > 0, err
}

// DiscardState forgets every stack's resources. The settings stay.
func (w *Workspace) DiscardState() error {
	if err := errors.Join(os.RemoveAll(w.Backend()), os.MkdirAll(w.Backend(), 0o700)); err != nil {
		return fmt.Errorf("discard the state: %w", err)
	}
	return nil
}

// ClearLocks removes the engine's own locks that a killed run left behind. Call it only with the clone's lock held:
// no engine runs then.
func (w *Workspace) ClearLocks() error {
	if err := os.RemoveAll(filepath.Join(w.Backend(), ".pulumi", "locks")); err != nil {
		return fmt.Errorf("clear the locks of a killed run: %w", err)
	}
	return nil
}

// HasStack tells whether the backend knows the stack.
func (w *Workspace) HasStack(project, stack string) bool {
	_, err := os.Stat(w.stackFile(project, stack))
	return err == nil
}

func (w *Workspace) stackFile(project, stack string) string {
	return filepath.Join(w.stacks(), project, stack+".json")
}

func (w *Workspace) stacks() string { return filepath.Join(w.Backend(), ".pulumi", "stacks") }

// checkpoint is the part of the backend's state files that matters here.
type checkpoint struct {
	Checkpoint struct {
		Latest struct {
			Resources         []json.RawMessage `json:"resources"`
			PendingOperations []json.RawMessage `json:"pending_operations"`
		} `json:"latest"`
	} `json:"checkpoint"`
}

func (w *Workspace) eachCheckpoint(f func(checkpoint)) error {
	files, err := filepath.Glob(filepath.Join(w.stacks(), "*", "*.json"))
	if err != nil {
		return fmt.Errorf("list the stacks: %w", err)
	}
	for _, file := range files {
		c, err := readCheckpoint(file)
		if err != nil {
			return err
		}
		f(c)
	}
	return nil
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
