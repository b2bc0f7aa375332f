// Package relay leads connections from one address to another, byte by byte: between networks that share no address,
// by a Unix socket, which is a file.
package relay

import (
	"context"
	"io"
	"net"
	"sync"
)

// Serve connects whoever connects to listener to an address of a network such as "tcp" or "unix", until ctx ends: then
// it closes the listener and what is open, and returns when all is gone. Where nothing answers at the address, the
// connection is closed at once, as close as a relay comes to refusing it.
func Serve(ctx context.Context, listener net.Listener, network, address string) {
	stop := context.AfterFunc(ctx, func() { _ = listener.Close() })
	defer stop()
	var open sync.WaitGroup
	defer open.Wait()
	for {
		from, err := listener.Accept()
		if err != nil {
			return
		}
		open.Go(func() {
			defer func() { _ = from.Close() }()
			var dialer net.Dialer
			to, err := dialer.DialContext(ctx, network, address)
			if err != nil {
				return
			}
			defer func() { _ = to.Close() }()
			join(ctx, from, to)
		})
	}
}

// join copies both ways until both sides have said all, or ctx ends.
func join(ctx context.Context, a, b net.Conn) {
	end := func() { _, _ = a.Close(), b.Close() }
	defer context.AfterFunc(ctx, end)()
	var both sync.WaitGroup
	both.Go(func() { pass(a, b, end) })
	both.Go(func() { pass(b, a, end) })
	both.Wait()
}

// pass copies one way. A side that ends what it sends still hears; once one is gone, nothing that the other says arrives.
func pass(from, to net.Conn, end func()) {
	_, err := io.Copy(to, from)
	half, ok := to.(interface{ CloseWrite() error })
	if err != nil || !ok || half.CloseWrite() != nil {
		end()
	}
}
