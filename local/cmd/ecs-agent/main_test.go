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
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/ecs/sandbox/sandboxtest"
)

// isAgent makes the test binary behave as the command.
const isAgent = "THREA_TEST_IS_ECS_AGENT"

func TestMain(m *testing.M) {
	if os.Getenv(isAgent) != "" {
		main()
		os.Exit(0)
	}
	os.Exit(m.Run())
}

func newTask(t *testing.T, containers ...types.ContainerDefinition) *agent.Task {
	t.Helper()
	return &agent.Task{
		Root: sandboxtest.Debian(t), Images: map[string]agent.Image{"": {Environment: []string{"PATH=/usr/bin"}}},
		Containers: containers, Directory: t.TempDir(),
	}
}

func newContainer(name, line string, healthCheck ...string) types.ContainerDefinition {
	c := types.ContainerDefinition{
		Name: &name, Command: []string{"sh", "-c", line},
		LinuxParameters: &types.LinuxParameters{InitProcessEnabled: aws.Bool(true)},
	}
	if healthCheck != nil {
		c.HealthCheck = &types.HealthCheck{Command: append([]string{"CMD"}, healthCheck...), StartPeriod: aws.Int32(60)}
	}
	return c
}

// runningAgent is an agent in a network of its own.
type runningAgent struct {
	cmd    *exec.Cmd
	out    bytes.Buffer
	stdin  io.WriteCloser
	events *json.Decoder
}

func start(t *testing.T, task *agent.Task) *runningAgent {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	read, write, err := os.Pipe()
	require.NoError(t, err)
	t.Cleanup(func() { _ = read.Close() })
	r := &runningAgent{cmd: cmd, events: json.NewDecoder(bufio.NewReader(read))}
	r.stdin, err = cmd.StdinPipe()
	require.NoError(t, err)
	cmd.Env = append(os.Environ(), isAgent+"=yes")
	cmd.Stdout, cmd.Stderr, cmd.ExtraFiles = &r.out, &r.out, []*os.File{write}
	sandbox.Isolate(cmd)
	require.NoError(t, cmd.Start())
	require.NoError(t, write.Close())
	require.NoError(t, read.SetReadDeadline(time.Now().Add(time.Minute)))
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	require.NoError(t, json.NewEncoder(r.stdin).Encode(task))
	return r
}

func (r *runningAgent) stop(t *testing.T) {
	t.Helper()
	require.NoError(t, json.NewEncoder(r.stdin).Encode(agent.StopOrder))
}

// until reads events until one meets the condition.
func (r *runningAgent) until(t *testing.T, condition func(agent.Event) bool) {
	t.Helper()
	for {
		var e agent.Event
		require.NoError(t, r.events.Decode(&e), "%s", &r.out)
		if condition(e) {
			return
		}
	}
}

func (r *runningAgent) untilHealthy(t *testing.T) {
	t.Helper()
	r.until(t, func(e agent.Event) bool { return e.Container == "" && e.HealthStatus == types.HealthStatusHealthy })
}

// wait returns the exit code and what was printed: the events, and the containers' output, whose order is not defined.
func (r *runningAgent) wait() (code int, events, output []string) {
	_ = r.cmd.Wait()
	for line := range strings.Lines(r.out.String()) {
		line = strings.TrimSuffix(line, "\n")
		if strings.Contains(line, " | ") {
			output = append(output, line)
		} else {
			events = append(events, line)
		}
	}
	return r.cmd.ProcessState.ExitCode(), events, output
}

func TestAgent_RunsTaskUntilStopped(t *testing.T) {
	first := newContainer("first", "echo prepared; for f in /proc/self/fd/*; do test -e $f && echo ${f##*/}; done; true")
	first.Essential = aws.Bool(false)
	app := newContainer("app", "trap 'echo drained; exit 0' TERM; touch /tmp/ready; sleep 1000 & wait", "test", "-f",
		"/tmp/ready")
	app.DependsOn = []types.ContainerDependency{{ContainerName: aws.String("first"),
		Condition: types.ContainerConditionSuccess}}
	task := newTask(t, app, first)
	r := start(t, task)
	r.untilHealthy(t)
	r.stop(t)
	code, events, output := r.wait()
	assert.Zero(t, code)
	assert.Equal(t, []string{
		"first   RUNNING", "first   STOPPED (exit code 0)",
		"app     RUNNING", "The task is RUNNING.", "app     HEALTHY", "The task is HEALTHY.",
		"app     STOPPING", "app     STOPPED (exit code 0)",
		"The task ended: the task was told to stop.",
	}, events)
	assert.Equal(t, []string{"first | prepared", "first | 0", "first | 1", "first | 2", "app   | drained"}, output,
		"containers inherit no file of the agent")
	left, err := os.ReadDir(task.Directory)
	require.NoError(t, err)
	assert.Empty(t, left)
}

func TestAgent_StopsTaskThatStarts(t *testing.T) {
	for range 5 {
		r := start(t, newTask(t, newContainer("app", "exec sleep 1000")))
		r.stop(t)
		code, events, _ := r.wait()
		assert.Zero(t, code, events)
		assert.Equal(t, "The task ended: the task was told to stop.", events[len(events)-1])
	}
}

func TestAgent_Failures(t *testing.T) {
	taken := newTask(t, newContainer("app", "echo ran"))
	taken.Outbound = []agent.Relay{{Address: "127.0.1.1:5432", Socket: "/a"}, {Address: "127.0.1.1:5432", Socket: "/b"}}
	for name, test := range map[string]struct {
		task   *agent.Task
		events string
		output []string
	}{
		"container": {
			newTask(t, newContainer("app", "echo no database >&2; exit 7")),
			"app   RUNNING\nThe task is RUNNING.\napp   STOPPED (exit code 7)\n" +
				"The task failed: app (essential) ended with exit code 7.",
			[]string{"app | no database"},
		},
		"address": {
			taken, "ecs-agent: open relay from 127.0.1.1:5432 to /b: listen tcp 127.0.1.1:5432: bind: " +
				"address already in use", nil,
		},
	} {
		t.Run(name, func(t *testing.T) {
			code, events, output := start(t, test.task).wait()
			assert.Equal(t, 1, code)
			assert.Equal(t, test.events, strings.Join(events, "\n"))
			assert.Equal(t, test.output, output)
		})
	}
}

func TestAgent_NetworkHasOnlyRelays(t *testing.T) {
	sockets := t.TempDir()
	outside, err := net.Listen("unix", filepath.Join(sockets, "out"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = outside.Close() })
	go answer(outside, "+far away\r\n")
	machine, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { _ = machine.Close() })
	port := strconv.Itoa(machine.Addr().(*net.TCPAddr).Port)

	task := newTask(t, newContainer("app", "valkey-cli -h db.internal -p 5432 PING; "+
		"valkey-cli -h 127.0.0.1 -p "+port+" PING; "+
		"exec valkey-server --bind 127.0.0.1 --port 6379 --save '' --loglevel warning", "valkey-cli", "-e", "PING"))
	task.Hosts = map[string]string{"db.internal": "127.0.1.1"}
	task.Outbound = []agent.Relay{{Address: "127.0.1.1:5432", Socket: filepath.Join(sockets, "out")}}
	task.Inbound = []agent.Relay{{Address: "127.0.0.1:6379", Socket: filepath.Join(sockets, "in")}}
	r := start(t, task)
	r.untilHealthy(t)

	connection, err := net.Dial("unix", filepath.Join(sockets, "in"))
	require.NoError(t, err)
	t.Cleanup(func() { _ = connection.Close() })
	_, err = io.WriteString(connection, "PING\r\n")
	require.NoError(t, err)
	reply, err := bufio.NewReader(connection).ReadString('\n')
	require.NoError(t, err)
	assert.Equal(t, "+PONG\r\n", reply)

	r.stop(t)
	code, _, output := r.wait()
	assert.Zero(t, code)
	assert.Contains(t, output, "app | far away")
	assert.Contains(t, strings.Join(output, "\n"), "Could not connect to Valkey at 127.0.0.1:"+port)
}

func answer(listener net.Listener, reply string) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		_, _ = bufio.NewReader(connection).ReadString('\n')
		_, _ = io.WriteString(connection, reply)
		_ = connection.Close()
	}
}
