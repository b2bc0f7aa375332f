package relay

import (
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// serve relays a Unix socket to a TCP address and returns how to connect to it and how to stop it.
func serve(t *testing.T, address string) (dial func() (*net.UnixConn, error), stop func()) {
	t.Helper()
	socket := &net.UnixAddr{Name: filepath.Join(t.TempDir(), "s"), Net: "unix"}
	require.NoError(t, os.WriteFile(socket.Name, nil, 0o600), "left by a process that was killed")
	var relays Group
	require.NoError(t, relays.Listen("unix", socket.Name, "tcp", address))
	return func() (*net.UnixConn, error) { return net.DialUnix("unix", nil, socket) }, relays.Close
}

// echo runs a server that answers when its client has sent everything, and returns its address.
func echo(t *testing.T) string {
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
				received, _ := io.ReadAll(conn)
				_, _ = conn.Write(append([]byte("received "), received...))
			}()
		}
	}()
	return listener.Addr().String()
}

func TestServe_AnswersAfterHalfClose(t *testing.T) {
	dial, stop := serve(t, echo(t))
	defer stop()
	for range 3 {
		conn, err := dial()
		require.NoError(t, err)
		_, err = conn.Write([]byte("hello"))
		require.NoError(t, err)
		require.NoError(t, conn.CloseWrite())
		answer, err := io.ReadAll(conn)
		require.NoError(t, err)
		assert.Equal(t, "received hello", string(answer))
	}
}

func TestServe_ClosesConnections(t *testing.T) {
	for name, test := range map[string]struct{ listening, stopped bool }{
		"nothing listens": {},
		"relay stopped":   {listening: true, stopped: true},
	} {
		t.Run(name, func(t *testing.T) {
			closed, err := net.Listen("tcp", "127.0.0.1:0")
			require.NoError(t, err)
			require.NoError(t, closed.Close())
			address := closed.Addr().String()
			if test.listening {
				address = echo(t)
			}
			dial, stop := serve(t, address)
			defer stop()
			conn, err := dial()
			require.NoError(t, err)
			if test.stopped {
				stop()
				_, err := dial()
				require.Error(t, err, "the address is free again")
			}
			answer, _ := io.ReadAll(conn)
			assert.Empty(t, answer)
		})
	}
}
