package workspace

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// ErrBusy is returned by TryLock while another command changes things.
var ErrBusy = errors.New("another command is running on this local AWS")

// holder is written into the lock file for the message that a second command gets.
type holder struct {
	PID   int       `json:"pid"`
	Args  []string  `json:"args"`
	Since time.Time `json:"since"`
}

// TryLock takes the clone's lock for a command that changes things, or returns ErrBusy with what holds it. The
// engine must inherit the file: the lock then lasts as long as the engine, even when the launcher is killed.
func (w *Workspace) TryLock(args []string) (*os.File, error) {
	f, err := os.OpenFile(filepath.Join(w.Dir, "lock"), os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock the local AWS: %w", err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		defer func() { _ = f.Close() }()
		if errors.Is(err, syscall.EWOULDBLOCK) {
			return nil, busy(f)
		}
		return nil, fmt.Errorf("lock the local AWS: %w", err)
	}
	data, err := json.Marshal(holder{PID: os.Getpid(), Args: args, Since: time.Now()})
	if err == nil {
		_, err = f.WriteAt(data, 0)
	}
	if err == nil {
		err = f.Truncate(int64(len(data)))
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock the local AWS: %w", err)
	}
	return f, nil
}

// SetEngine notes the process that now holds the lock.
func SetEngine(lock *os.File, pid int, args []string) {
	if data, err := json.Marshal(holder{PID: pid, Args: args, Since: time.Now()}); err == nil {
		_ = lock.Truncate(0)
		_, _ = lock.WriteAt(data, 0)
	}
}

func busy(f *os.File) error {
	var h holder
	if err := json.NewDecoder(f).Decode(&h); err != nil {
		return fmt.Errorf("%w; wait until it has ended", ErrBusy)
	}
	return fmt.Errorf("%w: go run ./local %s (process %d, since %s); wait for it, or stop it with: kill -INT %d",
		ErrBusy, strings.Join(h.Args, " "), h.PID, h.Since.Format("15:04:05"), h.PID)
}

// Prepare serializes the preparations of all commands: it waits for its turn, and calls waiting if that takes time.
func (w *Workspace) Prepare(waiting func()) (release func(), err error) {
	return WaitLock(filepath.Join(w.Dir, "prepare.lock"), waiting)
}

// WaitLock takes a lock file, however long that takes. It calls waiting once, if given, when it has to wait.
func WaitLock(path string, waiting func()) (release func(), err error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		if waiting != nil {
			waiting()
		}
		err = syscall.Flock(int(f.Fd()), syscall.LOCK_EX)
	}
	if err != nil {
		_ = f.Close()
		return nil, fmt.Errorf("lock %s: %w", path, err)
	}
	return func() { _ = f.Close() }, nil
}
