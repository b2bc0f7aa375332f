//go:build unix

package moto

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"
)

const (
	command = "moto_server"

	// Install says how to get the server, in the version that the front is
	// written for.
	Install = "pip install 'moto[server]==5.2.1'"

	startDeadline = 2 * time.Minute
	stopDeadline  = 5 * time.Second
	pollInterval  = 50 * time.Millisecond
	logTail       = 2000
)

// ErrMissing says that the moto server is not installed.
var ErrMissing = fmt.Errorf("%s is not on PATH: install it with %s", command, Install)

// Server is a running moto server.
type Server struct {
	cmd     *exec.Cmd
	guard   *guard
	url     *url.URL
	logPath string
	done    chan struct{}
}

// Start runs a moto server on a free port of 127.0.0.1 and returns once it
// answers. Its output goes to the file logPath.
func Start(ctx context.Context, logPath string) (*Server, error) {
	path, err := exec.LookPath(command)
	if err != nil {
		return nil, ErrMissing
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(logPath)
	if err != nil {
		return nil, fmt.Errorf("create the log of moto: %w", err)
	}
	// The child has its own copy of the file.
	defer func() { _ = log.Close() }()

	host, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(path, "-H", host, "-p", port)
	cmd.Env = environment(os.Environ())
	cmd.Stdout, cmd.Stderr = log, log
	// A group of its own lets a wrapper script and what it forks end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", command, err)
	}
	s := &Server{
		cmd:     cmd,
		url:     &url.URL{Scheme: "http", Host: address},
		logPath: logPath,
		done:    make(chan struct{}),
	}
	go func() {
		// How it ended is kept in cmd.ProcessState.
		_ = cmd.Wait()
		close(s.done)
	}()
	if s.guard, err = startGuard(cmd.Process.Pid); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	if err := s.awaitAnswer(ctx); err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// URL returns where the server answers.
func (s *Server) URL() *url.URL { return s.url }

// PID returns the process id of the server, which is also its process group.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Done is closed when the server has ended, for whatever reason.
func (s *Server) Done() <-chan struct{} { return s.done }

// Failure describes in one line, after Done, how the server ended.
func (s *Server) Failure() error {
	return fmt.Errorf("%s ended (%v), its last words: %s (all of them: %s)", command, s.cmd.ProcessState, lastLine(s.logPath), s.logPath)
}

// Stop ends the server and everything that it started.
func (s *Server) Stop() error {
	if s.guard != nil {
		defer s.guard.dismiss()
	}
	if err := signalGroup(s.PID(), syscall.SIGTERM); err != nil {
		return err
	}
	select {
	case <-s.done:
	case <-time.After(stopDeadline):
	}
	// The leader may be gone while something that it started lives on.
	if err := signalGroup(s.PID(), syscall.SIGKILL); err != nil {
		return err
	}
	<-s.done
	return nil
}

func signalGroup(pid int, signal syscall.Signal) error {
	if err := syscall.Kill(-pid, signal); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("send %v to moto: %w", signal, err)
	}
	return nil
}

func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	// Without a Proxy function, a proxy in the environment stays out of it.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.JoinPath("/moto-api/").String(), nil)
		if err != nil {
			return err
		}
		if response, err := client.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-s.done:
			return s.Failure()
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer on %s: %w, its last words: %s (all of them: %s)",
				command, s.url.Host, ctx.Err(), lastLine(s.logPath), s.logPath)
		case <-ticker.C:
		}
	}
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", fmt.Errorf("find a free port: %w", err)
	}
	defer func() { _ = listener.Close() }()
	return listener.Addr().String(), nil
}

// environment is the server's: managed policies are there as on AWS, and
// nothing leads a request of its own astray.
func environment(inherited []string) []string {
	var env []string
	for _, entry := range inherited {
		name, _, _ := strings.Cut(entry, "=")
		switch strings.ToUpper(name) {
		case "AWS_CA_BUNDLE", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY":
		default:
			env = append(env, entry)
		}
	}
	return append(env, "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=0")
}

// lastLine returns the last line of a log, as far as it can be read. In the case
// of a Python program that failed, that is the exception.
func lastLine(path string) string {
	file, err := os.Open(path)
	if err != nil {
		return err.Error()
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && info.Size() > logTail {
		_, _ = file.Seek(-logTail, io.SeekEnd)
	}
	data, err := io.ReadAll(file)
	if err != nil {
		return err.Error()
	}
	text := strings.TrimSpace(string(data))
	return text[strings.LastIndex(text, "\n")+1:]
}
