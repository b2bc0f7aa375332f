package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
)

// RepairFolder repairs the state of all stacks in a folder (pulumi login file://DIR) after a run was killed while it wrote.
// Pulumi replaces a state file at once, but first rewrites the small file beside it that holds its type and checksum;
// when that one is cut short, every command says "failed to load checkpoint: EOF". Without it, nothing is missing.
// Source: gocloud.dev/blob/fileblob/attrs.go. It returns the files that it deleted.
func RepairFolder(dir string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(dir, ".pulumi", "stacks", "*", "*.attrs"))
	if err != nil {
		return nil, fmt.Errorf("list the files of the state: %w", err)
	}
	var deleted []string
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return deleted, fmt.Errorf("read %s: %w", file, err)
		}
		if json.Valid(text) {
			continue
		}
		if err := os.Remove(file); err != nil {
			return deleted, fmt.Errorf("delete %s, which a killed run has cut short: %w", file, err)
		}
		deleted = append(deleted, file)
	}
	return deleted, nil
}

// repairFolder repairs a state that a killed run has cut short. It returns the error if that is not possible.
func (r *Recovery) repairFolder(ctx context.Context, broken error) error {
	account, err := r.Stack.workspace.WhoAmIDetails(ctx)
	if err != nil {
		return errors.Join(broken, err)
	}
	location, err := url.Parse(account.URL)
	if err != nil || location.Scheme != "file" {
		return broken
	}
	// Pulumi writes a folder below the home folder as file://~.
	folder := location.Host + location.Path
	if rest, ok := strings.CutPrefix(folder, "~"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return fmt.Errorf("find your home folder: %w", err)
		}
		folder = home + rest
	}
	deleted, err := RepairFolder(folder)
	if err != nil || len(deleted) == 0 {
		return errors.Join(broken, err)
	}
	r.Print("A run was killed while it wrote the state; cleared what was cut short: %s", strings.Join(deleted, ", "))
	return nil
}
