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

// ErrBusy is returned by TryLock while another command changes things.
var ErrBusy = errors.New("another command is running on this local AWS")

// orphanGrace is longer than a plugin needs to see that its engine is gone.
const orphanGrace = 5 * time.Second

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
	if err := lockUnlessBusy(f); err != nil {
		_ = f.Close()
		return nil, err
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

// lockUnlessBusy locks the file or says who has it. Plugins of an engine that was killed hold it for a moment more:
// they notice, and are waited for.
func lockUnlessBusy(f *os.File) error {
	for deadline := time.Now().Add(orphanGrace); ; time.Sleep(50 * time.Millisecond) {
		err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) {
			return fmt.Errorf("lock the local AWS: %w", err)
		}
		h, err := readHolder(f)
		if err != nil {
			return fmt.Errorf("%w; wait until it has ended", ErrBusy)
		}
		if !process.Gone(h.PID) || time.Now().After(deadline) {
			return fmt.Errorf("%w: go run ./local %s (process %d, since %s); wait for it, or stop it with: kill -INT %d",
				ErrBusy, strings.Join(h.Args, " "), h.PID, h.Since.Format("15:04:05"), h.PID)
		}
	}
}

func readHolder(f *os.File) (holder, error) {
	var h holder
	if err := json.NewDecoder(io.NewSectionReader(f, 0, 1<<16)).Decode(&h); err != nil {
		return h, fmt.Errorf("read who holds the lock: %w", err)
	}
	return h, nil
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
