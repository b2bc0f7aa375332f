package bridge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
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
	// idleTimeout is how long a bridge that no command uses keeps running.
	idleTimeout = 2 * time.Minute
	// checkInterval is how often a keeper checks its command and its endpoint.
	checkInterval = 500 * time.Millisecond
)

// KeepCommand is the argument with which the plugin's binary keeps a bridge. The folder and the user follow.
const KeepCommand = "keep"

// startKeeper starts the process that keeps a bridge and returns the bridge's file. The process has a session of its
// own, because it outlives the command. It prints an error in the place of "ready".
func startKeeper(folder string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the AWS plugin: %w", err)
	}
	cmd := exec.Command(self, KeepCommand, folder, strconv.Itoa(os.Getpid()))
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	if err := closeInherited(); err != nil {
		return "", fmt.Errorf("start the provider bridge: %w", err)
	}
	answer, err := cmd.StdoutPipe()
	if err != nil {
		return "", fmt.Errorf("start the provider bridge: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return "", fmt.Errorf("start the provider bridge: %w", err)
	}
	line, _ := bufio.NewReader(answer).ReadString('\n')
	file, ready := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	if !ready {
		return "", errors.New(strings.TrimSpace(line))
	}
	return file, nil
}

// closeInherited keeps the files that this process has inherited from its own children. One of them is the lock of the
// command, which would last as long as the keeper.
func closeInherited() error {
	files, err := os.ReadDir("/dev/fd")
	if err != nil {
		return fmt.Errorf("list the open files: %w", err)
	}
	for _, file := range files {
		if fd, err := strconv.Atoi(file.Name()); err == nil && fd > 2 {
			syscall.CloseOnExec(fd)
		}
	}
	return nil
}

// Keep runs a bridge until it has been idle too long, its user has died, or its endpoint is gone. As soon as the bridge
// is ready, it prints "ready" and the path of the bridge's file.
func Keep(ctx context.Context, folder, binary, provider, user string) error {
	process, err := Start(ctx, binary, provider)
	if err != nil {
		return err
	}
	defer process.Stop()
	file := filepath.Join(folder, name(os.Getpid(), user))
	if err := os.WriteFile(file, []byte(process.address), 0o600); err != nil {
		return fmt.Errorf("keep the provider bridge: %w", err)
	}
	fmt.Println("ready", file)

	tick := time.NewTicker(checkInterval)
	defer tick.Stop()
	for needed(folder) {
		select {
		case <-ctx.Done():
			return nil
		case <-process.Exited():
			return errors.New("the provider bridge ended unexpectedly")
		case <-tick.C:
		}
	}
	return nil
}

// needed reports whether this process must keep its bridge.
func needed(folder string) bool {
	bridges, err := os.ReadDir(folder)
	if err != nil {
		return false
	}
	for _, bridge := range bridges {
		keeper, user, _ := strings.Cut(bridge.Name(), ".")
		if keeper != strconv.Itoa(os.Getpid()) {
			continue
		}
		if pid, err := strconv.Atoi(user); err == nil {
			return !process.Gone(pid)
		}
		info, err := bridge.Info()
		if err == nil && time.Since(info.ModTime()) < idleTimeout && reachable(os.Getenv("AWS_ENDPOINT_URL")) {
			return true
		}
		return os.Remove(filepath.Join(folder, bridge.Name())) != nil // a command has just taken it
	}
	return false
}

func reachable(endpoint string) bool {
	address, err := url.Parse(endpoint)
	if err != nil {
		return false
	}
	conn, err := net.DialTimeout("tcp", address.Host, time.Second)
	if err != nil {
		return false
	}
	return conn.Close() == nil
}
