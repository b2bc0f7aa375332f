package bridge

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// endedProcess returns the id of a process that is gone.
func endedProcess(t *testing.T) int {
	t.Helper()
	cmd := exec.Command("true")
	require.NoError(t, cmd.Run())
	return cmd.Process.Pid
}

func bridgeFile(t *testing.T, folder string, keeper, user any) string {
	t.Helper()
	file := filepath.Join(folder, name(keeper, user))
	require.NoError(t, os.WriteFile(file, []byte("1"), 0o600))
	return file
}

func TestLease_HasOneUserAtATime(t *testing.T) {
	t.Parallel()
	folder := t.TempDir()
	bridgeFile(t, folder, endedProcess(t), idle)
	bridgeFile(t, folder, 1, idle)
	bridgeFile(t, folder, 1, os.Getppid())

	taken, err := takeIdle(folder)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(folder, name(1, os.Getpid())), taken)
	second, err := takeIdle(folder)
	require.NoError(t, err)
	assert.Empty(t, second)

	(&Lease{file: taken}).Return()
	again, err := takeIdle(folder)
	require.NoError(t, err)
	assert.Equal(t, taken, again)

	(&Lease{file: again}).End()
	ended, err := takeIdle(folder)
	require.NoError(t, err)
	assert.Empty(t, ended)
}

func TestKeeper_EndsWhenNobodyNeedsIt(t *testing.T) {
	aws := httptest.NewServer(nil)
	t.Setenv("AWS_ENDPOINT_URL", aws.URL)
	folder := t.TempDir()
	assert.False(t, needed(folder), "without a file")
	for _, c := range []struct {
		name   string
		user   any
		age    time.Duration
		needed bool
	}{
		{"a command uses it", os.Getppid(), time.Hour, true},
		{"its command was killed", endedProcess(t), 0, false},
		{"it is idle", idle, 0, true},
		{"it has been idle too long", idle, idleTimeout, false},
	} {
		file := bridgeFile(t, folder, os.Getpid(), c.user)
		used := time.Now().Add(-c.age)
		require.NoError(t, os.Chtimes(file, used, used))
		assert.Equal(t, c.needed, needed(folder), c.name)
		_ = os.Remove(file)
	}
	aws.Close()
	unused := bridgeFile(t, folder, os.Getpid(), idle)
	assert.False(t, needed(folder), "the local AWS has stopped")
	assert.NoFileExists(t, unused)
}

func TestCloseInherited_KeepsLocksFromTheKeeper(t *testing.T) {
	var pipe [2]int
	require.NoError(t, syscall.Pipe(pipe[:])) // not closed on exec
	defer func() { assert.NoError(t, errors.Join(syscall.Close(pipe[0]), syscall.Close(pipe[1]))) }()
	open := func() error { return exec.Command("sh", "-c", fmt.Sprintf("true <&%d", pipe[0])).Run() }
	require.NoError(t, open())
	require.NoError(t, closeInherited())
	require.Error(t, open())
}
