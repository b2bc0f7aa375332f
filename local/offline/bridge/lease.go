package bridge

import (
	"bufio"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"threa-infra/internal/process"
)

const (
	// idleTimeout is how long a bridge that no command uses keeps running.
	idleTimeout = 2 * time.Minute
	// checkInterval is how often a keeper checks its command and its endpoint.
	checkInterval = 500 * time.Millisecond
	idle          = "idle"
)

// Lease is a running bridge that one command uses at a time. Starting a bridge takes a second of both cores, so it runs
// on for the next command with the same environment.
//
// The file of a bridge is named <keeper>.<user>: the process that keeps the bridge, and the process that uses it or
// "idle". Renaming it takes or returns the bridge.
type Lease struct {
	conn     *grpc.ClientConn
	file     string
	calls    atomic.Int64 // that have not been answered
	canceled atomic.Bool
}

// Take returns an idle bridge for the current environment, or starts one. The bridge talks to the engine at
// engineAddress.
func Take(ctx context.Context, binary, provider, engineAddress string) (*Lease, error) {
	folder, err := leases(binary, provider)
	if err != nil {
		return nil, err
	}
	for {
		file, err := takeIdle(folder)
		if err != nil {
			return nil, err
		}
		isNew := file == ""
		if isNew {
			if file, err = startKeeper(folder, binary, provider); err != nil {
				return nil, err
			}
		}
		lease := &Lease{file: file}
		if err = lease.attach(ctx, engineAddress); err == nil {
			return lease, nil
		}
		lease.End()
		if isNew {
			return nil, fmt.Errorf("attach the provider bridge to the engine: %w", err)
		}
	}
}

func (l *Lease) attach(ctx context.Context, engineAddress string) error {
	address, err := os.ReadFile(l.file)
	if err != nil {
		return fmt.Errorf("find its address: %w", err)
	}
	if l.conn, err = connect(string(address)); err != nil {
		return err
	}
	_, err = pulumirpc.NewResourceProviderClient(l.conn).Attach(ctx, &pulumirpc.PluginAttach{Address: engineAddress})
	return err
}

// Return lets the next command use the bridge, unless calls were canceled: the bridge accepts no more then.
func (l *Lease) Return() {
	if l.canceled.Load() {
		l.End()
		return
	}
	keeper, _, _ := strings.Cut(filepath.Base(l.file), ".")
	now := time.Now()
	_ = os.Chtimes(l.file, now, now)
	_ = os.Rename(l.file, filepath.Join(filepath.Dir(l.file), name(keeper, idle)))
}

// End ends the bridge.
func (l *Lease) End() { _ = os.Remove(l.file) }

// leases returns the folder of the bridges with the current environment.
func leases(binary, provider string) (string, error) {
	settings := []string{binary, provider}
	for _, variable := range os.Environ() {
		if strings.HasPrefix(variable, "AWS_") || strings.HasPrefix(variable, "TF_") {
			settings = append(settings, variable)
		}
	}
	slices.Sort(settings)
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the AWS plugin: %w", err)
	}
	key := sha256.Sum256([]byte(strings.Join(settings, "\x00")))
	folder := filepath.Join(filepath.Dir(self), "bridges", fmt.Sprintf("%x", key[:8]))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("keep the provider bridge: %w", err)
	}
	return folder, nil
}

func takeIdle(folder string) (string, error) {
	bridges, err := os.ReadDir(folder)
	if err != nil {
		return "", fmt.Errorf("find an idle provider bridge: %w", err)
	}
	for _, bridge := range bridges {
		keeper, user, _ := strings.Cut(bridge.Name(), ".")
		if user != idle {
			continue
		}
		file, taken := filepath.Join(folder, bridge.Name()), filepath.Join(folder, name(keeper, os.Getpid()))
		if pid, err := strconv.Atoi(keeper); err != nil || process.Gone(pid) {
			_ = os.Remove(file)
		} else if os.Rename(file, taken) == nil { // otherwise another command was faster
			return taken, nil
		}
	}
	return "", nil
}

// name returns the name of a bridge's file.
func name(keeper, user any) string { return fmt.Sprintf("%v.%v", keeper, user) }

// KeepCommand is the argument with which the plugin's binary keeps a bridge.
const KeepCommand = "keep"

// startKeeper starts the process that keeps a bridge, in a session of its own: it outlives the command.
func startKeeper(folder, binary, provider string) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the AWS plugin: %w", err)
	}
	cmd := exec.Command(self, KeepCommand, folder, binary, provider, strconv.Itoa(os.Getpid()))
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

// Keep runs a bridge until it has been idle too long, its user has died, or its endpoint is gone. It prints "ready" and
// the bridge's file, or why there is no bridge.
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
