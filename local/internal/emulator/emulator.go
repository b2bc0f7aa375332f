// Package emulator starts, finds and stops the daemon local-aws. The daemon outlives the command that started it. There
// is one per clone of the repository.
package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"threa-infra/internal/process"
	"threa-infra/local/shim"
	"threa-infra/local/shim/moto"
)

const (
	startDeadline = 3 * time.Minute
	stopDeadline  = 15 * time.Second
	probeTimeout  = 5 * time.Second
	pollInterval  = 50 * time.Millisecond
)

// Running is a daemon that answers. The daemon writes it to the file InfoFile.
type Running struct {
	PID     int    `json:"pid"`
	MotoPID int    `json:"motoPid"`
	URL     string `json:"url"`
	// Instance is the id of the emulated account.
	Instance string `json:"instance"`
}

// InfoFile returns the file with which the daemon of a work directory can be found.
func InfoFile(dir string) string { return filepath.Join(dir, "local-aws.json") }

// LogFile returns the log of the daemon of a work directory.
func LogFile(dir string) string { return filepath.Join(dir, "local-aws.log") }

// Write replaces the daemon's file, so that no reader sees half of it.
func (r *Running) Write(dir string) error {
	data, err := json.Marshal(r)
	if err != nil {
		return fmt.Errorf("write %s: %w", InfoFile(dir), err)
	}
	if err := os.WriteFile(InfoFile(dir)+".new", append(data, '\n'), 0o644); err != nil {
		return fmt.Errorf("write %s: %w", InfoFile(dir), err)
	}
	if err := os.Rename(InfoFile(dir)+".new", InfoFile(dir)); err != nil {
		return fmt.Errorf("write %s: %w", InfoFile(dir), err)
	}
	return nil
}

// Find returns the daemon of a work directory, or nil if none runs.
func Find(ctx context.Context, dir string) (*Running, error) {
	data, err := os.ReadFile(InfoFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the local AWS: %w", err)
	}
	var r Running
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("find the local AWS: %s: %w", InfoFile(dir), err)
	}
	// A daemon that was killed leaves its file behind, and another program may have its port.
	if health, err := probe(ctx, r.URL); err != nil || health.Instance != r.Instance {
		return nil, context.Cause(ctx) //nolint:wrapcheck // nil, or that the user interrupted the command
	}
	return &r, nil
}

// Start runs the daemon's binary in a session of its own and waits until it answers. Port 0 means any free port.
func Start(ctx context.Context, dir, binary string, port int) (*Running, error) {
	if err := os.Remove(InfoFile(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	logFile, err := os.Create(LogFile(dir))
	if err != nil {
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	defer func() { _ = logFile.Close() }()
	cmd := exec.Command(binary, "-dir", dir, "-port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr, cmd.Dir = logFile, logFile, dir
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	exited := make(chan struct{})
	go func() { _ = cmd.Wait(); close(exited) }()

	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	for {
		if r, err := Find(ctx, dir); r != nil || err != nil && ctx.Err() == nil {
			return r, err
		}
		select {
		case <-exited:
			return nil, fmt.Errorf("the local AWS did not start: %s",
				strings.TrimPrefix(moto.LastLine(LogFile(dir)), "local-aws: "))
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			return nil, fmt.Errorf("the local AWS did not start (%w); its log: %s", ctx.Err(), LogFile(dir))
		case <-time.After(pollInterval):
		}
	}
}

// Stop ends the daemon and waits until it is gone. It reports whether one ran.
func Stop(ctx context.Context, dir string) (bool, error) {
	r, err := Find(ctx, dir)
	if err != nil || r == nil {
		return false, err
	}
	if err := syscall.Kill(r.PID, syscall.SIGTERM); err != nil {
		return false, fmt.Errorf("stop the local AWS (process %d): %w", r.PID, err)
	}
	deadline := time.Now().Add(stopDeadline)
	for !process.Gone(r.PID) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(r.PID, syscall.SIGKILL)
		}
		time.Sleep(pollInterval)
	}
	return true, nil
}

func probe(ctx context.Context, url string) (health shim.Health, err error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_local/health", nil)
	if err != nil {
		return health, err
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return health, err
	}
	defer func() { _ = response.Body.Close() }()
	err = json.NewDecoder(response.Body).Decode(&health)
	return health, err
}
