//go:build linux

package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

// isAgent makes the test binary the command.
const isAgent = "THREA_TEST_IS_ECS_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(isAgent) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func task(t *testing.T, containers ...agent.Container) *agent.Task {
	t.Helper()
	return &agent.Task{
		Root:       sandboxtest.Debian(t),
		Images:     map[string]agent.Image{"": {Environment: []string{"PATH=/usr/bin"}}},
		Containers: containers,
		Directory:  t.TempDir(),
		Hurry:      true,
	}
}

func container(name, line string) agent.Container {
	return agent.Container{
		Name: name, Command: []string{"sh", "-c", line},
		LinuxParameters: agent.LinuxParameters{InitProcessEnabled: true},
	}
}

// running is an agent in a network of its own.
type running struct {
	cmd    *exec.Cmd
	out    bytes.Buffer
	pid    int // of the agent
	events *json.Decoder
}

func start(t *testing.T, task *agent.Task) *running {
	t.Helper()
	text, err := json.Marshal(task)
	require.NoError(t, err)
	cmd, err := task.Root.Apart(os.Args[0], "-events", "3")
	require.NoError(t, err)
	read, write, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = read.Close() })
	r := &running{cmd: cmd, events: json.NewDecoder(bufio.NewReader(read))}
	cmd.Env = append(os.Environ(), isAgent+"=yes")
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = bytes.NewReader(text), &r.out, &r.out, []*os.File{write}
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	require.NoError(t, read.SetReadDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	return r
}

// until reads events until one is as wanted.
func (r *running) until(t *testing.T, wanted func(agent.Event) bool) agent.Event {
	t.Helper()
	for {
		var e agent.Event
		require.NoError(t, r.events.Decode(&e), "%s", &r.out)
		if e.PID != 0 {
			r.pid = e.PID
		}
		if wanted(e) {
			return e
		}
	}
}

func (r *running) untilHealthy(t *testing.T) {
	t.Helper()
	r.until(t, func(e agent.Event) bool { return e.Container == "" && e.HealthStatus == agent.IsHealthy })
}

// ended returns the exit code and what was printed.
func (r *running) ended() (int, string) {
	_ = r.cmd.Wait()
	return r.cmd.ProcessState.ExitCode(), r.out.String()
}

// apart parts what happened from what the containers said: nothing says which of the two is seen first.
func apart(said string) (events, output []string) {
	for line := range strings.Lines(said) {
		line = strings.TrimSuffix(line, "\n")
		if strings.Contains(line, " | ") {
			output = append(output, line)
		} else {
			events = append(events, line)
		}
	}
	return events, output
}

func healthy(command ...string) *agent.HealthCheck {
	return &agent.HealthCheck{Command: append([]string{"CMD"}, command...), StartPeriod: 60}
}

func TestTheAgentRunsATaskUntilItIsToldToStop(t *testing.T) {
	for _, signal := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		first, no := container("first", "echo prepared"), false
		first.Essential = &no
		app := container("app", "trap 'echo drained; exit 0' TERM; touch /tmp/ready; sleep 1000 & wait")
		app.DependsOn = []agent.Dependency{{ContainerName: "first", Condition: agent.Success}}
		app.HealthCheck = healthy("test", "-f", "/tmp/ready")
		spec := task(t, app, first)
		r := start(t, spec)
		r.untilHealthy(t)
		require.NoError(t, syscall.Kill(r.pid, signal))
		last := r.until(t, func(e agent.Event) bool { return e.Container == "" && e.LastStatus == agent.Stopped })
		assert.False(t, last.Failed)
		code, said := r.ended()
		assert.Zero(t, code)
		events, output := apart(said)
		assert.Equal(t, []string{
			"first   RUNNING", "first   STOPPED (exit code 0)",
			"app     RUNNING", "The task is RUNNING.", "app     HEALTHY", "The task is HEALTHY.",
			"app     STOPPING", "app     STOPPED (exit code 0)",
			"The task ended: the task was told to stop.",
		}, events)
		assert.Equal(t, []string{"first | prepared", "app   | drained"}, output)
		left, err := os.ReadDir(spec.Directory)
		require.NoError(t, err)
		assert.Empty(t, left)
	}
}

func TestATaskThatIsToldToStopWhileItStartsStops(t *testing.T) {
	for range 5 {
		r := start(t, task(t, container("app", "exec sleep 1000")))
		r.until(t, func(e agent.Event) bool { return e.PID != 0 })
		require.NoError(t, syscall.Kill(r.pid, syscall.SIGTERM))
		code, said := r.ended()
		assert.Zero(t, code, said)
		assert.True(t, strings.HasSuffix(said, "The task ended: the task was told to stop.\n"), said)
	}
}

func TestAFailedTaskIsAnExitCodeAndASentence(t *testing.T) {
	r := start(t, task(t, container("app", "echo no database >&2; exit 7")))
	code, said := r.ended()
	assert.Equal(t, 1, code)
	events, output := apart(said)
	assert.Equal(t, []string{"app | no database"}, output)
	assert.Equal(t, []string{
		"app   RUNNING", "The task is RUNNING.", "app   STOPPED (exit code 7)",
		"The task failed: app (essential) ended with exit code 7.",
	}, events)
}

func TestARefusedTaskNeverStarts(t *testing.T) {
	spec := task(t, container("app", "echo ran"))
	spec.Containers[0].User = "bun"
	spec.Containers[0].Secrets = []agent.Secret{{Name: "A", ValueFrom: "arn"}}
	spec.Secrets = map[string]map[string]string{"app": {"A": "hunter2"}}
	code, said := start(t, spec).ended()
	assert.Equal(t, 1, code)
	assert.Contains(t, said, `ecs-agent: ECS or the local agent would refuse the task: container app: user "bun"`)
	assert.NotContains(t, said, "hunter2")
	assert.NotContains(t, said, "ran\n")
}

func TestTheTaskReachesOnlyWhatARelayLeadsToAndIsReachedByOne(t *testing.T) {
	sockets := t.TempDir()
	outside, err := net.Listen("unix", filepath.Join(sockets, "out"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = outside.Close() })
	go answer(outside, "+far away\r\n")
	machine, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = machine.Close() })
	port := strconv.Itoa(machine.Addr().(*net.TCPAddr).Port)

	app := container("app", "valkey-cli -h db.internal -p 5432 PING; valkey-cli -h 127.0.0.1 -p "+port+" PING; "+
		"exec valkey-server --bind 127.0.0.1 --port 6379 --save '' --loglevel warning")
	app.HealthCheck = healthy("valkey-cli", "-e", "PING")
	spec := task(t, app)
	spec.Hosts = map[string]string{"db.internal": "127.0.1.1"}
	spec.Outbound = []agent.Relay{{Address: "127.0.1.1:5432", Socket: filepath.Join(sockets, "out")}}
	spec.Inbound = []agent.Relay{{Address: "127.0.0.1:6379", Socket: filepath.Join(sockets, "in")}}
	r := start(t, spec)
	r.untilHealthy(t)

	connection, err := net.Dial("unix", filepath.Join(sockets, "in"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	_, err = io.WriteString(connection, "PING\r\n")
	require.NoError(t, err)
	said, err := bufio.NewReader(connection).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "+PONG\r\n", said)

	require.NoError(t, syscall.Kill(r.pid, syscall.SIGTERM))
	code, printed := r.ended()
	assert.Zero(t, code)
	assert.Contains(t, printed, "app | far away\n")
	assert.Contains(t, printed, "Could not connect to Valkey at 127.0.0.1:"+port)
}

func answer(listener net.Listener, with string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = bufio.NewReader(connection).ReadString('\n')
		_, _ = io.WriteString(connection, with)
		_ = connection.Close()
	}
}

func TestAnAddressThatIsTakenIsSaid(t *testing.T) {
	spec := task(t, container("app", "echo ran"))
	spec.Outbound = []agent.Relay{{Address: "127.0.1.1:5432", Socket: "/a"}, {Address: "127.0.1.1:5432", Socket: "/b"}}
	code, said := start(t, spec).ended()
	assert.Equal(t, 1, code)
	assert.Contains(t, said, "relay from 127.0.1.1:5432 to /b: listen tcp 127.0.1.1:5432: bind: address already in use")
}

func TestContainersInheritNoFilesOfTheAgent(t *testing.T) {
	_, said := start(t, task(t, container("app", "for f in /proc/self/fd/*; do test -e $f && echo ${f##*/}; done"))).ended()
	var open []string
	for line := range strings.Lines(said) {
		if number, ok := strings.CutPrefix(line, "app | "); ok {
			open = append(open, strings.TrimSpace(number))
		}
	}
	assert.Equal(t, []string{"0", "1", "2"}, open)
}
