//go:build unix

// Package moto starts a moto server, the Python program that keeps the state of the emulated AWS account, and stops it
// with everything that it started. The server does not outlive the process that started it, however that ends.
package moto

import (
	"context"
	"errors"
	"fmt"
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
	// Command is the name of the command that starts a server.
	Command = "moto_server"

	startDeadline = 2 * time.Minute
	pollInterval  = 50 * time.Millisecond
)

// Server is a running moto server.
type Server struct {
	cmd     *exec.Cmd
	guard   *guard
	url     *url.URL
	logPath string
	done    chan struct{}
}

// Start runs a moto server, whose command is at path, on a free port of 127.0.0.1 and returns when it answers. It logs
// to the file logPath.
func Start(ctx context.Context, path, logPath string) (*Server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	log, err := os.Create(logPath)
	if err != nil {
		return nil, fmt.Errorf("create the log of moto: %w", err)
	}
	defer func() { _ = log.Close() }() // the server has its own copy of the file

	host, port, _ := net.SplitHostPort(address)
	cmd := exec.Command(path, "-H", host, "-p", port)
	cmd.Env = environment(os.Environ())
	cmd.Stdout, cmd.Stderr = log, log
	// In a process group of its own, a wrapper script and its children end together.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start %s: %w", Command, err)
	}
	s := &Server{cmd: cmd, url: &url.URL{Scheme: "http", Host: address}, logPath: logPath, done: make(chan struct{})}
	go func() {
		_ = cmd.Wait() // cmd.ProcessState keeps how it ended
		close(s.done)
	}()
	if s.guard, err = startGuard(cmd.Process.Pid); err == nil {
		err = s.awaitAnswer(ctx)
	}
	if err != nil {
		return nil, errors.Join(err, s.Stop())
	}
	return s, nil
}

// URL returns the server's address.
func (s *Server) URL() *url.URL { return s.url }

// PID returns the server's process id, which is also its process group.
func (s *Server) PID() int { return s.cmd.Process.Pid }

// Done is closed when the server has ended.
func (s *Server) Done() <-chan struct{} { return s.done }

// Failure describes in one line, after Done, how the server ended.
func (s *Server) Failure() error {
	return fmt.Errorf("%s ended (%v): %s (log: %s)", Command, s.cmd.ProcessState, LastLine(s.logPath), s.logPath)
}

// Stop ends the server and everything that it started. moto has nothing to save.
func (s *Server) Stop() error {
	if s.guard != nil {
		defer s.guard.dismiss()
	}
	// The server may be gone while something that it started still runs.
	if err := syscall.Kill(-s.PID(), syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return fmt.Errorf("stop moto: %w", err)
	}
	<-s.done
	return nil
}

func (s *Server) awaitAnswer(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, startDeadline)
	defer cancel()
	ticker := time.NewTicker(pollInterval)
	defer ticker.Stop()
	// Without a Proxy function, the client ignores the proxies of the environment.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, s.url.JoinPath("/moto-api/").String(), nil)
	if err != nil {
		return err
	}
	for {
		if response, err := client.Do(request); err == nil {
			return response.Body.Close()
		}
		select {
		case <-s.done:
			return s.Failure()
		case <-ctx.Done():
			return fmt.Errorf("%s did not answer on %s: %w: %s (log: %s)",
				Command, s.url.Host, ctx.Err(), LastLine(s.logPath), s.logPath)
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

// environment returns the server's environment: without settings that send its own requests elsewhere, with the managed
// policies of AWS, and without the header that lets every website read its answers.
func environment(inherited []string) []string {
	var env []string
	for _, entry := range inherited {
		name, _, _ := strings.Cut(strings.ToUpper(entry), "=")
		if !strings.HasPrefix(name, "AWS_") && !strings.HasSuffix(name, "_PROXY") {
			env = append(env, entry)
		}
	}
	return append(env, "MOTO_IAM_LOAD_MANAGED_POLICIES=true", "MOTO_ACM_VALIDATION_WAIT=0",
		"MOTO_DISABLE_GLOBAL_CORS=true")
}

// LastLine returns the last line of a log. If a Python program failed, that is the exception.
func LastLine(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "it logged nothing"
	}
	return text[strings.LastIndex(text, "\n")+1:]
}
