// Package relay forwards connections from one address to another. A Unix socket, which is a file, connects networks
// that share no address.
package relay

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

// maxPath is the limit of unix(7) for the path of a Unix socket, in bytes.
const maxPath = 107

// Group is a number of relays that end together. The zero value has none.
type Group struct {
	running sync.WaitGroup
	closers []func()
}

// Listen opens a relay from one address to another. The networks are "tcp" or "unix". A socket that a killed process
// has left at the address is replaced.
func (g *Group) Listen(network, address, toNetwork, to string) error {
	if network == "unix" {
		if len(address) > maxPath {
			return fmt.Errorf("the path %s is too long for a Unix socket: set TMPDIR to a folder with a shorter path", address)
		}
		if err := os.Remove(address); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("open relay from %s to %s: %w", address, to, err)
		}
	}
	listener, err := net.Listen(network, address)
	if err != nil {
		return fmt.Errorf("open relay from %s to %s: %w", address, to, err)
	}
	g.Serve(listener, toNetwork, to)
	return nil
}

// Serve forwards every connection to listener to an address. If nothing answers there, it closes the connection.
func (g *Group) Serve(listener net.Listener, network, address string) {
	ctx, cancel := context.WithCancel(context.Background())
	g.closers = append(g.closers, func() { cancel(); _ = listener.Close() })
	g.running.Go(func() {
		for {
			from, err := listener.Accept()
			if err != nil {
				return
			}
			g.running.Go(func() {
				defer func() { _ = from.Close() }()
				var dialer net.Dialer
				if to, err := dialer.DialContext(ctx, network, address); err == nil {
					join(ctx, from, to)
				}
			})
		}
	})
}

// Close closes the relays and all their connections.
func (g *Group) Close() {
	for _, closeRelay := range g.closers {
		closeRelay()
	}
	g.running.Wait()
}

// join copies in both directions until both sides have sent everything, or ctx ends.
func join(ctx context.Context, a, b net.Conn) {
	closeBoth := func() { _, _ = a.Close(), b.Close() }
	defer closeBoth()
	defer context.AfterFunc(ctx, closeBoth)()
	var directions sync.WaitGroup
	directions.Go(func() { forward(a, b, closeBoth) })
	directions.Go(func() { forward(b, a, closeBoth) })
	directions.Wait()
}

// forward copies in one direction. After the end of what one side sends, the other side can still answer.
func forward(from, to net.Conn, closeBoth func()) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		closeBoth()
	}
}
