package recovery

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
)

// MendFolder mends the state of all stacks in a folder (pulumi login file://DIR) after a run was killed while it wrote.
// Pulumi replaces a state file at once, but first rewrites the small file beside it that holds its type and checksum;
// when that one is cut short, every command says "failed to load checkpoint: EOF". Without it, nothing is missing.
// Source: gocloud.dev/blob/fileblob/attrs.go. It returns the files that it deleted.
func MendFolder(dir string) ([]string, error) {
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
