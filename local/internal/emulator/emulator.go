// Package emulator starts, finds and stops the daemon that is AWS on this machine. The daemon outlives the command
// that started it; one runs per clone. What it serves is not known here.
package emulator

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"threa-infra/internal/process"
)

const (
	startDeadline = 3 * time.Minute
	stopDeadline  = 15 * time.Second
	probeTimeout  = 5 * time.Second
	poll          = 50 * time.Millisecond
)

// Running is a daemon that answers.
type Running struct {
	PID      int    `json:"pid"`
	MotoPID  int    `json:"motoPid"`
	URL      string `json:"url"`
	Instance string `json:"instance"`
}

// Find returns the clone's daemon, or nil when none runs.
func Find(ctx context.Context, dir string) (*Running, error) {
	r, err := read(dir)
	if r == nil || err != nil {
		return nil, err
	}
	health, err := probe(ctx, r.URL)
	if err != nil || health.Instance != r.Instance || !health.Ready {
		// What a killed daemon left behind is no error.
		return nil, context.Cause(ctx) //nolint:wrapcheck // nil, or that the user wants to stop
	}
	return r, nil
}

// Start runs the daemon's binary in a session of its own and waits until it answers. port 0 takes any free one.
func Start(ctx context.Context, dir, binary string, port int) (*Running, error) {
	if err := requireFree(port); err != nil {
		return nil, err
	}
	if err := os.Remove(infoFile(dir)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	logFile, err := os.Create(LogFile(dir))
	if err != nil {
		return nil, fmt.Errorf("start the local AWS: %w", err)
	}
	defer func() { _ = logFile.Close() }()
	cmd := exec.Command(binary, "-dir", dir, "-port", strconv.Itoa(port))
	cmd.Stdout, cmd.Stderr, cmd.Dir = logFile, logFile, dir
	cmd.Env = daemonEnv(os.Environ())
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
			return nil, fmt.Errorf("the local AWS did not start: %s", lastWords(LogFile(dir)))
		case <-ctx.Done():
			_ = cmd.Process.Signal(syscall.SIGTERM)
			return nil, fmt.Errorf("the local AWS did not start (%w); its log: %s", ctx.Err(), LogFile(dir))
		case <-time.After(poll):
		}
	}
}

// requireFree names a busy port in the user's terms, before anything starts.
func requireFree(port int) error {
	listener, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port)))
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("port %d on 127.0.0.1 is busy: set THREA_LOCAL_PORT to another, or unset it to take any free one", port)
	}
	if err != nil {
		return fmt.Errorf("use port %d: %w", port, err)
	}
	if err := listener.Close(); err != nil {
		return fmt.Errorf("use port %d: %w", port, err)
	}
	return nil
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
		time.Sleep(poll)
	}
	return true, nil
}

// LogFile is where the daemon writes.
func LogFile(dir string) string { return filepath.Join(dir, "local-aws.log") }

func infoFile(dir string) string { return filepath.Join(dir, "local-aws.json") }

func read(dir string) (*Running, error) {
	data, err := os.ReadFile(infoFile(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("find the local AWS: %w", err)
	}
	var r Running
	if err := json.Unmarshal(data, &r); err != nil {
		return nil, fmt.Errorf("find the local AWS: %s: %w", infoFile(dir), err)
	}
	return &r, nil
}

type health struct {
	Instance string `json:"instance"`
	Ready    bool   `json:"ready"`
}

func probe(ctx context.Context, url string) (health, error) {
	ctx, cancel := context.WithTimeout(ctx, probeTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/_local/health", nil)
	if err != nil {
		return health{}, fmt.Errorf("ask the local AWS: %w", err)
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return health{}, fmt.Errorf("ask the local AWS: %w", err)
	}
	defer func() { _ = resp.Body.Close() }()
	var h health
	if err := json.NewDecoder(resp.Body).Decode(&h); err != nil {
		return health{}, fmt.Errorf("ask the local AWS: %w", err)
	}
	return h, nil
}

// daemonEnv keeps the user's AWS settings out of the daemon: moto reads some of them.
func daemonEnv(environ []string) []string {
	var env []string
	for _, v := range environ {
		if !strings.HasPrefix(v, "AWS_") {
			env = append(env, v)
		}
	}
	return env
}

// lastWords is the end of the daemon's log, in one line.
func lastWords(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(string(data)), "\n")
	last := strings.TrimPrefix(lines[len(lines)-1], "local-aws: ")
	if last == "" {
		return "it said nothing; see " + path
	}
	return last
}
