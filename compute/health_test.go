package compute

import (
	"errors"
	"net"
	"net/http"
	"net/http/httptest"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask runs a health check as ECS would, with Node instead of Bun, and returns its exit code.
func ask(t *testing.T, check *healthCheck) int {
	t.Helper()
	require.Equal(t, []string{"CMD", "bun", "-e"}, check.Command[:3])
	require.Len(t, check.Command, 4)
	node, err := exec.LookPath("node")
	require.NoError(t, err, "these tests run the health check for real and need Node.js 18 or later (or Bun under the "+
		"name node)")
	err = exec.Command(node, "-e", check.Command[3]).Run()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	require.NoError(t, err)
	return 0
}

func portOf(t *testing.T, address string) int {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	require.NoError(t, err)
	port, err := strconv.Atoi(text)
	require.NoError(t, err)
	return port
}

func TestHealthCheck_PassesOnStatus200Only(t *testing.T) {
	status := func(code int) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(code) }
	}
	for _, one := range []struct {
		name   string
		answer http.HandlerFunc
		want   int
	}{
		{"well", status(http.StatusOK), 0},
		{"draining", status(http.StatusServiceUnavailable), 1},
		{"another success", status(http.StatusNoContent), 1},
		{"no such page", status(http.StatusNotFound), 1},
		{"redirected to a page that is well", func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "/login", http.StatusFound)
		}, 1},
		{"hung up", func(http.ResponseWriter, *http.Request) { panic(http.ErrAbortHandler) }, 1},
	} {
		t.Run(one.name, func(t *testing.T) {
			mux := http.NewServeMux()
			mux.HandleFunc("/health", one.answer)
			mux.HandleFunc("/login", status(http.StatusOK))
			server := httptest.NewServer(mux)
			defer server.Close()
			assert.Equal(t, one.want, ask(t, health(portOf(t, server.Listener.Addr().String()))))
		})
	}
}

func TestHealthCheck_FailsOnClosedPort(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	port := portOf(t, listener.Addr().String())
	require.NoError(t, listener.Close())
	assert.Equal(t, 1, ask(t, health(port)))
}

func TestHealthCheck_TimesOut(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }))
	defer server.Close()
	check := health(portOf(t, server.Listener.Addr().String()))
	require.Equal(t, 1, strings.Count(check.Command[3], "timeout(3000)"), "milliseconds")
	assert.Greater(t, time.Duration(check.Timeout)*time.Second, 3*time.Second, "before ECS gives up on it")
	check.Command[3] = strings.Replace(check.Command[3], "timeout(3000)", "timeout(50)",
		1) // the test need not wait as long
	assert.Equal(t, 1, ask(t, check))
}
