package agent

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"os"
	"sync"
)

// Connect opens the task's relays. close ends them with all that runs through them.
func (t *Task) Connect() (closeAll func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	closeAll = func() { cancel(); running.Wait() }
	open := func(network, at, toNetwork, to string) error {
		listener, err := net.Listen(network, at)
		if err != nil {
			return fmt.Errorf("relay from %s to %s: %w", at, to, err)
		}
		running.Go(func() { relay(ctx, listener, toNetwork, to) })
		return nil
	}
	var problems []error
	for _, r := range t.Outbound {
		problems = append(problems, open("tcp", r.Address, "unix", r.Socket))
	}
	for _, r := range t.Inbound {
		if err := os.Remove(r.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) { // what a killed agent left
			problems = append(problems, fmt.Errorf("relay from %s: %w", r.Socket, err))
			continue
		}
		problems = append(problems, open("unix", r.Socket, "tcp", r.Address))
	}
	if err := errors.Join(problems...); err != nil {
		closeAll()
		return nil, err
	}
	return closeAll, nil
}

// relay passes on what comes to the listener until ctx ends. Where nothing listens at the other end, a connection is
// closed at once.
func relay(ctx context.Context, listener net.Listener, network, to string) {
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	defer func() { _ = listener.Close() }()
	var running sync.WaitGroup
	defer running.Wait()
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		running.Go(func() {
			defer func() { _ = from.Close() }()
			var dialer net.Dialer
			other, err := dialer.DialContext(ctx, network, to)
			if err != nil {
				return
			}
			defer func() { _ = other.Close() }()
			join(ctx, from, other)
		})
	}
}

// join copies both ways until both have ended, or ctx.
func join(ctx context.Context, a, b net.Conn) {
	defer context.AfterFunc(ctx, func() { _, _ = a.Close(), b.Close() })()
	var running sync.WaitGroup
	for _, way := range [][2]net.Conn{{a, b}, {b, a}} {
		running.Go(func() {
			_, err := io.Copy(way[1], way[0])
			half, ok := way[1].(interface{ CloseWrite() error })
			if err != nil || !ok || half.CloseWrite() != nil {
				_, _ = a.Close(), b.Close()
			}
		})
	}
	running.Wait()
}
