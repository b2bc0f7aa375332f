package recovery

import (
	"context"
	"fmt"
	"os"
	"regexp"
	"strconv"

	"threa-infra/internal/process"
)

// lockLine is how Pulumi names the holder of a stack's lock in a bucket or a folder; with Pulumi Cloud there is none.
// Source: pkg/backend/diy/lock.go of Pulumi.
var lockLine = regexp.MustCompile(`created by (\S+)@(\S+) \(pid (\d+)\) at (\S+)`)

// withLock runs a command that changes the state. A lock whose process is gone is explained and cleared; any other is
// the answer.
func (r *Recovery) withLock(ctx context.Context, input []byte, args ...string) error {
	_, err := r.Pulumi(ctx, input, args...)
	if err == nil {
		return nil
	}
	holders := lockLine.FindAllStringSubmatch(err.Error(), -1)
	if len(holders) == 0 {
		return err
	}
	here, hostErr := os.Hostname()
	if hostErr != nil {
		return fmt.Errorf("find this machine's name: %w", hostErr)
	}
	for _, holder := range holders {
		user, host, since := holder[1], holder[2], holder[4]
		pid, pidErr := strconv.Atoi(holder[3])
		if pidErr != nil {
			return fmt.Errorf("read who holds the lock: %w", pidErr)
		}
		if host != here {
			return fmt.Errorf("the stack is locked by %s on %s (process %d, since %s): wait for it; when it is gone for certain: pulumi cancel",
				user, host, pid, since)
		}
		if !process.Gone(pid) {
			return fmt.Errorf("the stack is locked by process %d of %s, which still runs (since %s): wait for it, or stop it with: kill -INT %d",
				pid, user, since, pid)
		}
		r.Print("The stack is locked since %s by process %d, which is gone.", since, pid)
	}
	if !r.Approve("Clear the lock?") {
		return ErrDeclined
	}
	if _, err := r.Pulumi(ctx, nil, "cancel", "--yes"); err != nil {
		return fmt.Errorf("clear the lock: %w", err)
	}
	r.Print("The lock is cleared.")
	_, err = r.Pulumi(ctx, input, args...)
	return err
}
