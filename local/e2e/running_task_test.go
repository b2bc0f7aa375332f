package e2e

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
)

// runningTask is the command task while the app is running.
type runningTask struct {
	cmd  *exec.Cmd
	url  string
	done chan struct{}

	mu      sync.Mutex
	printed strings.Builder
}

// startTask starts the command and waits until it reports that the app is healthy.
func startTask(t *testing.T, s *sandbox) *runningTask {
	t.Helper()
	r := &runningTask{cmd: s.command("task"), done: make(chan struct{})}
	output, err := r.cmd.StdoutPipe()
	require.NoError(t, err)
	r.cmd.Stderr = r.cmd.Stdout
	require.NoError(t, r.cmd.Start())
	t.Cleanup(func() { r.stop(os.Kill) })

	healthy := make(chan string, 1)
	go func() {
		defer close(r.done)
		lines := bufio.NewScanner(output)
		for lines.Scan() {
			r.mu.Lock()
			r.printed.WriteString(lines.Text() + "\n")
			r.mu.Unlock()
			if _, url, found := strings.Cut(lines.Text(), "The app is healthy: "); found {
				healthy <- url
			}
		}
	}()
	select {
	case r.url = <-healthy:
	case <-r.done:
		require.Fail(t, "the task ended before it was healthy", r.log())
	}
	return r
}

func (r *runningTask) log() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.printed.String()
}

// stop signals the command, waits for its end and returns its exit code.
func (r *runningTask) stop(signal os.Signal) int {
	_ = r.cmd.Process.Signal(signal)
	<-r.done
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode()
}

// get requests a path, decodes the JSON body if into is not nil, and returns the status code.
func (r *runningTask) get(t *testing.T, path string, into any) int {
	t.Helper()
	response, err := http.Get(r.url + path)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	if into != nil {
		require.NoError(t, json.Unmarshal(text, into), "%s", text)
	}
	return response.StatusCode
}

// echo sends a text of up to 125 bytes over a WebSocket and returns the answer. Frames are those of RFC 6455, 5.2; a
// client's mask may be zero.
func (r *runningTask) echo(t *testing.T, text string) string {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, r.url+"/ws", nil)
	require.NoError(t, err)
	for name, value := range map[string]string{
		"Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
		"Sec-WebSocket-Key": "AAAAAAAAAAAAAAAAAAAAAA==",
	} {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusSwitchingProtocols, response.StatusCode)
	socket := response.Body.(io.ReadWriter)
	_, err = socket.Write(append([]byte{0x81, 0x80 | byte(len(text)), 0, 0, 0, 0}, text...))
	require.NoError(t, err)
	head := make([]byte, 2)
	_, err = io.ReadFull(socket, head)
	require.NoError(t, err)
	answer := make([]byte, head[1])
	_, err = io.ReadFull(socket, answer)
	require.NoError(t, err)
	return string(answer)
}
