package relay

import (
	"context"
	"io"
	"net"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// served relays a Unix socket to a TCP address and returns the socket and what ends it.
func served(t *testing.T, address string) (socket string, stop func()) {
	t.Helper()
	socket = filepath.Join(t.TempDir(), "s")
	listener, err := net.Listen("unix", socket)
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() { Serve(ctx, listener, "tcp", address); close(done) }()
	return socket, func() { cancel(); <-done }
}

func dial(t *testing.T, socket string) *net.UnixConn {
	t.Helper()
	conn, err := net.Dial("unix", socket)
	require.NoError(t, err)
	t.Cleanup(func() { _ = conn.Close() })
	return conn.(*net.UnixConn)
}

// server answers what it got once the other side has ended what it sends.
func server(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _ = conn.Close() }()
				said, _ := io.ReadAll(conn)
				_, _ = conn.Write(append([]byte("heard "), said...))
			}()
		}
	}()
	return listener.Addr().String()
}

func TestASideThatHasSaidAllStillHears(t *testing.T) {
	socket, stop := served(t, server(t))
	defer stop()
	for range 3 {
		conn := dial(t, socket)
		_, err := conn.Write([]byte("hello"))
		require.NoError(t, err)
		require.NoError(t, conn.CloseWrite())
		heard, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, "heard hello", string(heard))
	}
}

func TestWhereNothingListensTheConnectionEnds(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, listener.Close())
	socket, stop := served(t, listener.Addr().String())
	defer stop()
	heard, _ := io.ReadAll(dial(t, socket))
	assert.Empty(t, heard)
}

func TestStoppingEndsWhatIsOpen(t *testing.T) {
	socket, stop := served(t, server(t))
	conn := dial(t, socket)
	_, err := conn.Write([]byte("hello"))
	require.NoError(t, err)
	stop()
	heard, _ := io.ReadAll(conn)
	assert.Empty(t, heard)
}

func TestStoppingFreesTheAddress(t *testing.T) {
	socket, stop := served(t, server(t))
	stop()
	_, err := net.Dial("unix", socket)
	require.Error(t, err)
}
