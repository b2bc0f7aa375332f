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

// Connect opens the task's relays. closeAll ends them with all that runs through them.
func (t *Task) Connect() (closeAll func(), err error) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	closeAll = func() { cancel(); running.Wait() }
	open := func(network, at, toNetwork, to string) error {
		listener, err := net.Listen(network, at)
		if err != nil {
			return fmt.Errorf("relay from %s to %s: %w", at, to, err)
		}
		running.Go(func() { relay.Serve(ctx, listener, toNetwork, to) })
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
