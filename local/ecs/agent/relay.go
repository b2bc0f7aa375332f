package agent

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"sync"

	"threa-infra/local/internal/relay"
)

// Connect opens the task's relays. closeAll closes them and all their connections.
func (t *Task) Connect() (closeAll func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	var problems []error
	open := func(network, address, toNetwork, to string) {
		listener, err := net.Listen(network, address)
		if err != nil {
			problems = append(problems, fmt.Errorf("open relay from %s to %s: %w", address, to, err))
			return
		}
		running.Go(func() { relay.Serve(ctx, listener, toNetwork, to) })
	}
	for _, r := range t.Outbound {
		open("tcp", r.Address, "unix", r.Socket)
	}
	for _, r := range t.Inbound {
		if err := os.Remove(r.Socket); err != nil && !errors.Is(err, fs.ErrNotExist) { // of an agent that was killed
			problems = append(problems, fmt.Errorf("open relay from %s: %w", r.Socket, err))
		}
		open("unix", r.Socket, "tcp", r.Address)
	}
	closeAll = func() { cancel(); running.Wait() }
	if err := errors.Join(problems...); err != nil {
		closeAll()
		return nil, err
	}
	return closeAll, nil
}
