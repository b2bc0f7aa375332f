package toolchain

import (
	"errors"
	"fmt"
	"os"

	"threa-infra/local/workspace"
)

// cached creates a folder in the user's cache, which all clones share, unless it exists. fill writes to a temporary
// folder, which is then renamed: a failure leaves nothing behind.
func (t *Toolchain) cached(dir, title string, fill func(work string) error) error {
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	unlock, err := workspace.WaitLock(dir+".lock", func() {
		t.Print.Note("Waiting for another clone: %s …", title)
	})
	if err != nil {
		return err
	}
	defer unlock()
	if _, err := os.Stat(dir); err == nil {
		return nil
	}
	work := dir + ".new"
	defer func() { _ = os.RemoveAll(work) }()
	if err := errors.Join(os.RemoveAll(work), os.MkdirAll(work, 0o755)); err != nil { // a killed command may have left one
		return fmt.Errorf("make a folder in the cache: %w", err)
	}
	if err := t.Print.Step(title, "once, about 10 seconds", func() error { return fill(work) }); err != nil {
		return err
	}
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("keep it in the cache: %w", err)
	}
	return nil
}
