// Package relay forwards connections from one address to another. A Unix socket, which is a file, connects networks
// that share no address.
package relay

import (
	"context"
	"io"
	"net"
	"sync"
)

// Serve forwards every connection to listener to an address of a network such as "tcp" or "unix". If nothing answers
// there, it closes the connection. When ctx ends, Serve closes the listener and all connections, and returns.
func Serve(ctx context.Context, listener net.Listener, network, address string) {
	defer context.AfterFunc(ctx, func() { _ = listener.Close() })()
	var connections sync.WaitGroup
	defer connections.Wait()
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		connections.Go(func() {
			defer func() { _ = from.Close() }()
			var dialer net.Dialer
			if to, err := dialer.DialContext(ctx, network, address); err == nil {
				join(ctx, from, to)
			}
		})
	}
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
