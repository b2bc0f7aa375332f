//go:build unix

package main

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim"
)

func TestABusyPortIsOneClearLine(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = busy.Close() })
	port := busy.Addr().(*net.TCPAddr).Port

	err = run(t.Context(), t.TempDir(), port)
	require.Error(t, err)
	assert.Contains(t, err.Error(), "is busy")
	assert.Contains(t, err.Error(), "-port")
	assert.NotContains(t, err.Error(), "\n")
}

func TestTheDaemonTellsWhereItIsAndCleansUp(t *testing.T) {
	dir := t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	found, ended := start(ctx, t, dir)
	assert.Equal(t, os.Getpid(), found.PID)

	response, err := http.Get(found.URL + "/_local/health")
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var health shim.Health
	require.NoError(t, json.NewDecoder(response.Body).Decode(&health))
	assert.Equal(t, shim.Health{Instance: found.Instance, Ready: true}, health)

	stop()
	require.NoError(t, <-ended)
	assert.NoFileExists(t, filepath.Join(dir, infoFile))
	assert.ErrorIs(t, syscall.Kill(-found.MotoPID, 0), syscall.ESRCH, "nothing of moto is left")
}

func TestADaemonWhoseFolderIsGoneEnds(t *testing.T) {
	dir := t.TempDir()
	found, ended := start(t.Context(), t, dir)
	require.NoError(t, os.Remove(filepath.Join(dir, infoFile)))
	assert.ErrorContains(t, <-ended, "is gone")
	assert.ErrorIs(t, syscall.Kill(-found.MotoPID, 0), syscall.ESRCH, "nothing of moto is left")
}

// start runs a daemon and waits until it can be found.
func start(ctx context.Context, t *testing.T, dir string) (info, <-chan error) {
	t.Helper()
	ended := make(chan error, 1)
	go func() { ended <- run(ctx, dir, 0) }()
	var found info
	require.EventuallyWithT(t, func(t *assert.CollectT) {
		data, err := os.ReadFile(filepath.Join(dir, infoFile))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(data, &found))
	}, time.Minute, 20*time.Millisecond)
	return found, ended
}
