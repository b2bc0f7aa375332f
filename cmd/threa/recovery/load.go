package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"strings"
)

// load exports the state.
func (r *Recovery) load(ctx context.Context) (*state, error) {
	text, err := r.Pulumi(ctx, nil, "stack", "export")
	if err != nil && strings.Contains(err.Error(), "failed to load checkpoint") {
		text, err = r.loadMended(ctx, err)
	}
	if err != nil {
		return nil, fmt.Errorf("export the state: %w", err)
	}
	return parseState(text)
}

// loadMended loads a state that a killed run has cut short, where that can be mended.
func (r *Recovery) loadMended(ctx context.Context, broken error) ([]byte, error) {
	folder, err := r.folder(ctx)
	if err != nil || folder == "" {
		return nil, broken
	}
	deleted, err := MendFolder(folder)
	if err != nil || len(deleted) == 0 {
		return nil, errors.Join(broken, err)
	}
	r.Print("A run was killed while it wrote the state; cleared what was cut short: %s", strings.Join(deleted, ", "))
	return r.Pulumi(ctx, nil, "stack", "export")
}

// folder is where the state is, when it is in a folder of this machine.
func (r *Recovery) folder(ctx context.Context) (string, error) {
	text, err := r.Pulumi(ctx, nil, "whoami", "--json")
	if err != nil {
		return "", err
	}
	var who struct{ URL string }
	if err := json.Unmarshal(text, &who); err != nil {
		return "", fmt.Errorf("read where the state is: %w", err)
	}
	folder, found := strings.CutPrefix(who.URL, "file://")
	if !found {
		return "", nil
	}
	if folder, err = url.PathUnescape(folder); err != nil {
		return "", fmt.Errorf("read where the state is: %w", err)
	}
	if rest, ok := strings.CutPrefix(folder, "~"); ok {
		home, err := os.UserHomeDir()
		if err != nil {
			return "", fmt.Errorf("find your home folder: %w", err)
		}
		return home + rest, nil
	}
	return folder, nil
}

func (r *Recovery) save(ctx context.Context, known *state) error {
	text, err := known.encode()
	if err != nil {
		return err
	}
	if err := r.withLock(ctx, text, "stack", "import"); err != nil {
		return fmt.Errorf("import the mended state: %w", err)
	}
	return nil
}
