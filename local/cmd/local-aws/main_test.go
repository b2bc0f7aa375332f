//go:build unix

package main

import (
	"context"
	"net"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/emulator"
)

func TestRun_NamesTheBusyPort(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = busy.Close() })
	err = run(t.Context(), t.TempDir(), busy.Addr().(*net.TCPAddr).Port)
	assert.ErrorContains(t, err, "is busy: set THREA_LOCAL_PORT")
	assert.NotContains(t, err.Error(), "\n")
}

func TestRun_CleansUp(t *testing.T) {
	for name, test := range map[string]struct {
		end  func(stop func(), dir string) error
		want string
	}{
		"stopped":      {func(stop func(), _ string) error { stop(); return nil }, ""},
		"file deleted": {func(_ func(), dir string) error { return os.Remove(emulator.InfoFile(dir)) }, "was deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			ctx, stop := context.WithCancel(t.Context())
			defer stop()
			ended := make(chan error, 1)
			go func() { ended <- run(ctx, dir, 0) }()
			var running *emulator.Running
			require.Eventually(t, func() bool {
				running, _ = emulator.Find(t.Context(), dir)
				return running != nil
			}, time.Minute, 20*time.Millisecond)
			assert.Equal(t, os.Getpid(), running.PID)

			require.NoError(t, test.end(stop, dir))
			if err := <-ended; test.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.want)
			}
			assert.NoFileExists(t, emulator.InfoFile(dir))
			assert.ErrorIs(t, syscall.Kill(-running.MotoPID, 0), syscall.ESRCH, "nothing of moto is left")
		})
	}
}
