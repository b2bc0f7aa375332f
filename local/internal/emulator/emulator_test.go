package emulator_test

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/emulator"
)

func TestADaemonIsFoundWhenItAnswersAsItself(t *testing.T) {
	for _, c := range []struct {
		name, answer string
		found        bool
	}{
		{"itself", `{"instance":"i","ready":true}`, true},
		{"another on its port", `{"instance":"j","ready":true}`, false},
		{"not ready", `{"instance":"i","ready":false}`, false},
		{"something else", `<html>`, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/_local/health", r.URL.Path)
				_, _ = fmt.Fprint(w, c.answer)
			}))
			defer server.Close()
			writeInfo(t, dir, server.URL)
			running, err := emulator.Find(t.Context(), dir)
			require.NoError(t, err)
			if assert.Equal(t, c.found, running != nil) && c.found {
				assert.Equal(t, server.URL, running.URL)
			}
		})
	}
}

func TestAKilledDaemonIsNotRunning(t *testing.T) {
	dir := t.TempDir()
	server := httptest.NewServer(http.NotFoundHandler())
	writeInfo(t, dir, server.URL)
	server.Close()
	running, err := emulator.Find(t.Context(), dir)
	require.NoError(t, err)
	assert.Nil(t, running)
	stopped, err := emulator.Stop(t.Context(), dir)
	require.NoError(t, err)
	assert.False(t, stopped)
}

func TestABusyPortIsNamedWithTheWayOut(t *testing.T) {
	busy, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { _ = busy.Close() }()
	port := busy.Addr().(*net.TCPAddr).Port
	_, err = emulator.Start(t.Context(), t.TempDir(), "/bin/false", port)
	require.EqualError(t, err, fmt.Sprintf(
		"port %d on 127.0.0.1 is busy: set THREA_LOCAL_PORT to another, or unset it to take any free one", port))
}

func TestADaemonThatEndsSaysWhy(t *testing.T) {
	dir := t.TempDir()
	daemon := filepath.Join(dir, "daemon")
	require.NoError(t, os.WriteFile(daemon, []byte("#!/bin/sh\necho trying\necho 'local-aws: no moto' >&2\nexit 1\n"), 0o755))
	_, err := emulator.Start(t.Context(), dir, daemon, 0)
	require.EqualError(t, err, "the local AWS did not start: no moto")
}

func writeInfo(t *testing.T, dir, url string) {
	t.Helper()
	text := fmt.Sprintf(`{"pid":%d,"motoPid":1,"url":%q,"instance":"i"}`, os.Getpid(), url)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "local-aws.json"), []byte(text), 0o644))
}
