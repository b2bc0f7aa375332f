package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"threa-infra/internal/process"
)

// ErrBusy is returned by TryLock while another command changes something.
var ErrBusy = errors.New("another command is running on this local AWS")

// orphanTimeout is how long the plugins of a killed engine need to notice and end.
const orphanTimeout = 5 * time.Second

// holder is the content of the lock file, for the message that a second command prints.
type holder struct {
	PID   int       `json:"pid"`
	Args  []string  `json:"args"`
	Since time.Time `json:"since"`
}

// TryLock takes the clone's lock for a command that changes something, or returns ErrBusy with the holder. The engine
// must inherit the file: the lock then lasts as long as the engine, even if the launcher is killed. Lock libraries such
// as gofrs/flock do not give the file away, so this is our own code.
func (w *Workspace) TryLock(args []string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(w.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the local AWS: %w", err)
	}
	if err := lockOrExplain(f); err != nil {
		_ = f.Close()
		return nil, err
	}
	SetHolder(f, os.Getpid(), args)
	return f, nil
}

// SetHolder writes the process that holds the lock into its file. The lock also works without.
func SetHolder(lock *os.File, pid int, args []string) {
	if data, err := json.Marshal(holder{PID: pid, Args: args, Since: time.Now()}); err == nil {
		_ = lock.Truncate(0)
		_, _ = lock.WriteAt(data, 0)
	}
}

// lockOrExplain locks the file, or returns an error that names the holder. It waits for the plugins of a killed engine.
func lockOrExplain(f *os.File) error {
	for deadline := time.Now().Add(orphanTimeout); ; time.Sleep(50 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("lock the local AWS: %w", err)
		}
		var h holder
		if err := json.NewDecoder(io.NewSectionReader(f, 0, 1<<16)).Decode(&h); err != nil {
			return fmt.Errorf("%w; wait until it has ended", ErrBusy)
		}
		if !process.Gone(h.PID) || time.Now().After(deadline) {
			return fmt.Errorf("%w: go run ./local %s (process %d, since %s); wait for it, or stop it with: kill -INT %d",
				ErrBusy, strings.Join(h.Args, " "), h.PID, h.Since.Format("15:04:05"), h.PID)
		}
	}
}

// Prepare waits until no other command prepares, and calls onWait if it has to wait.
func (w *Workspace) Prepare(onWait func()) (release func(), err error) {
	return WaitLock(filepath.Join(w.Dir, "prepare.lock"), onWait)
}

// WaitLock takes a lock file. If it has to wait, it first calls onWait, which may be nil.
func WaitLock(path string, onWait func()) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		if onWait != nil {
			onWait()
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
