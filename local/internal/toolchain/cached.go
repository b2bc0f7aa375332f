package toolchain

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"threa-infra/local/workspace"
)

// reporter receives the status of a step, such as "3 of 12 MB".
type reporter = func(status string)

// cached creates a file or folder in the user's cache, which all clones share, unless it exists. fill creates it under
// a temporary name and cached renames it: a failure leaves nothing behind.
func (t *Toolchain) cached(path, title string, fill func(work string, report reporter) error) error {
	exists := func() bool {
		_, err := os.Stat(path)
		return err == nil
	}
	return t.once(path+".lock", title, exists, func(report reporter) error {
		work := path + ".new"
		defer func() { _ = os.RemoveAll(work) }()
		if err := os.RemoveAll(work); err != nil { // a killed command may have left one
			return fmt.Errorf("clear the cache: %w", err)
		}
		if err := fill(work, report); err != nil {
			return err
		}
		if err := os.Rename(work, path); err != nil {
			return fmt.Errorf("keep it in the cache: %w", err)
		}
		return nil
	})
}

// once takes a step, unless its result exists or another clone makes it in the meantime.
func (t *Toolchain) once(lock, title string, exists func() bool, take func(reporter) error) error {
	if exists() {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(lock), 0o755); err != nil {
		return fmt.Errorf("make a folder in the cache: %w", err)
	}
	unlock, err := workspace.WaitLock(lock, func() { t.Print.Note("Waiting for another clone: %s …", title) })
	if err != nil {
		return err
	}
	defer unlock()
	if exists() {
		return nil
	}
	return t.Print.Step(title, take)
}

// run runs an installer. Its error has the lines that apt marks as errors, or else the whole output.
func run(ctx context.Context, cmd *exec.Cmd) error {
	cmd.Env = append(cmd.Environ(), "LC_ALL=C.UTF-8")
	out, err := cmd.CombinedOutput()
	name := filepath.Base(cmd.Args[0])
	if ctx.Err() != nil {
		return fmt.Errorf("%s: %w", name, ctx.Err())
	}
	if err == nil {
		return nil
	}
	var marked []string
	for line := range strings.Lines(string(out)) {
		if text, ok := strings.CutPrefix(line, "E: "); ok {
			marked = append(marked, strings.TrimSpace(text))
		}
	}
	if len(marked) == 0 {
		marked = []string{strings.TrimSpace(string(out))}
	}
	return fmt.Errorf("%s: %w: %s", name, err, strings.Join(marked, "; "))
}
