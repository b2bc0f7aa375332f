package bridge

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"threa-infra/internal/process"
)

// idle takes the place of the user in the name of a bridge's file.
const idle = "idle"

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
func Take(ctx context.Context, engineAddress string) (*Lease, error) {
	folder, err := leaseFolder()
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
			if file, err = startKeeper(folder); err != nil {
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

// leaseFolder returns the folder of the bridges that this binary has started with the current settings of AWS.
func leaseFolder() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", fmt.Errorf("find the AWS plugin: %w", err)
	}
	binary, err := os.Stat(self)
	if err != nil {
		return "", fmt.Errorf("find the AWS plugin: %w", err)
	}
	settings := slices.DeleteFunc(os.Environ(), func(variable string) bool {
		return !strings.HasPrefix(variable, "AWS_") && !strings.HasPrefix(variable, "TF_")
	})
	slices.Sort(settings)
	key := sha256.Sum256(fmt.Append(nil, binary.ModTime().UnixNano(), settings))
	folder := filepath.Join(filepath.Dir(self), "bridges", fmt.Sprintf("%x", key[:8]))
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return "", fmt.Errorf("create a folder for provider bridges: %w", err)
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
