package recovery

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"

	"threa-infra/internal/process"
)

// lockLine is how Pulumi names the holder of a stack's lock in a bucket or a folder; Pulumi Cloud names none.
// Source: pkg/backend/diy/lock.go of Pulumi.
var lockLine = regexp.MustCompile(`created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)`)

// withLock changes the state. If the stack is locked by a process of this machine that has ended, the lock is
// cleared with pulumi cancel; any other lock is an error.
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
		return ErrDeclined
	}
	if _, err := r.Stack.run(ctx, "cancel", "--yes"); err != nil {
		return fmt.Errorf("clear the lock: %w", err)
	}
	r.Print("The lock is cleared.")
	return change()
}
