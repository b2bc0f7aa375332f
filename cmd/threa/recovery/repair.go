package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"threa-infra/internal/process"
)

// lockLine is how Pulumi names the holder of a stack's lock in a bucket or a folder; Pulumi Cloud names none.
// Source: pkg/backend/diy/lock.go of Pulumi.
var lockLine = regexp.MustCompile(`created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)`)

// withLock changes the state. If a process of this machine locked the stack and has ended, withLock clears the lock
// with pulumi cancel. Any other lock is an error.
func (r *Recovery) withLock(ctx context.Context, change func() error) error {
	err := change()
	if !auto.IsConcurrentUpdateError(err) {
		return err
	}
	holders := lockLine.FindAllStringSubmatch(err.Error(), -1)
	if len(holders) == 0 {
		return err
	}
	here, hostErr := os.Hostname()
	if hostErr != nil {
		return fmt.Errorf("read the name of this machine: %w", hostErr)
	}
	for _, holder := range holders {
		user, host, since := holder[1], holder[2], holder[4]
		pid, pidErr := strconv.Atoi(holder[3])
		if pidErr != nil {
			return fmt.Errorf("read the holder of the lock: %w", pidErr)
		}
		if host != here {
			return fmt.Errorf("the stack is locked by %s on %s (process %d, since %s): wait for that run. If it has ended: "+
				"pulumi cancel", user, host, pid, since)
		}
		if !process.Gone(pid) {
			return fmt.Errorf("the stack is locked by process %d of %s, which still runs (since %s): wait for it, or stop it "+
				"with: kill -INT %d", pid, user, since, pid)
		}
		r.Print("The stack is locked since %s by process %d, which is gone.", since, pid)
	}
	if !r.Approve("Clear the lock?") {
		return errDeclined
	}
	if _, err := r.run(ctx, "cancel", "--yes"); err != nil {
		return fmt.Errorf("clear the lock: %w", err)
	}
	r.Print("The lock is cleared.")
	return change()
}

// RepairFolder repairs the states in a folder (pulumi login file://DIR) after a run was killed while it wrote, and
// returns the files that it deleted. Pulumi replaces a state file atomically, but first rewrites the small file next to
// it, which holds its type and checksum. If that is cut short, every command fails with "failed to load checkpoint:
// EOF". Pulumi does not need that file. Source: gocloud.dev/blob/fileblob/attrs.go
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
	account, err := r.Stack.Workspace().WhoAmIDetails(ctx)
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
	r.Print("A run was killed while it wrote the state. Deleted incomplete files: %s", strings.Join(deleted, ", "))
	return nil
}
