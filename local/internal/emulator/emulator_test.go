package emulator_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/emulator"
)

func TestFind_RequiresTheSameInstance(t *testing.T) {
	for name, test := range map[string]struct {
		answer string
		runs   bool
	}{
		"daemon":                       {`{"instance":"i"}`, true},
		"other daemon on its port":     {`{"instance":"j"}`, false},
		"other program on its port":    {`<html>`, false},
		"nothing, as if it was killed": {"", false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				assert.Equal(t, "/_local/health", r.URL.Path)
				_, _ = fmt.Fprint(w, test.answer)
			}))
			defer server.Close()
			if test.answer == "" {
				server.Close()
			}
			written := emulator.Running{PID: os.Getpid(), MotoPID: 1, URL: server.URL, Instance: "i"}
			require.NoError(t, written.Write(dir))
			running, err := emulator.Find(t.Context(), dir)
			require.NoError(t, err)
			if test.runs {
				assert.Equal(t, &written, running)
				return
			}
			assert.Nil(t, running)
			stopped, err := emulator.Stop(t.Context(), dir)
			require.NoError(t, err)
			assert.False(t, stopped)
		})
	}
}

func TestStart_ReportsWhyTheDaemonEnded(t *testing.T) {
	dir := t.TempDir()
	daemon := filepath.Join(dir, "daemon")
	require.NoError(t, os.WriteFile(daemon, []byte("#!/bin/sh\necho trying\necho 'local-aws: no moto' >&2\nexit 1\n"),
		0o755))
	_, err := emulator.Start(t.Context(), dir, daemon, 0)
	require.EqualError(t, err, "the local AWS did not start: no moto")
}
