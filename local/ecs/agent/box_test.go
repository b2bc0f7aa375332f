//go:build linux

package agent

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox/sandboxtest"
)

const password = "correct horse battery"

// boxTask is a task on the real root file system. Its image has one file and runs as a user who is not root.
func boxTask(t *testing.T, containers ...types.ContainerDefinition) *Task {
	t.Helper()
	files := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(files, "file"), []byte("from the image"), 0o644))
	task := &Task{
		Root: sandboxtest.Debian(t),
		Images: map[string]Image{"": {Directory: files, WorkDir: "/app", UID: 1000, GID: 1001,
			Environment: []string{"PATH=/usr/bin", "A=image", "B=image"}}},
		Containers: containers,
		Volumes:    []types.Volume{{Name: aws.String("data")}},
		Hosts:      map[string]string{"db.internal": "127.0.1.1"},
		Directory:  t.TempDir(),
	}
	require.NoError(t, task.Check())
	require.NoError(t, task.Prepare())
	return task
}

func shell(line string) change {
	return func(c *types.ContainerDefinition) { c.Command = []string{"sh", "-c", line} }
}

func withSecret(c *types.ContainerDefinition) {
	c.Environment = append(c.Environment, types.KeyValuePair{Name: aws.String("PASSWORD"), Value: aws.String(password)})
}

func asRoot(c *types.ContainerDefinition) { c.User = aws.String("0") }

func withInit(c *types.ContainerDefinition) {
	c.LinuxParameters = &types.LinuxParameters{InitProcessEnabled: aws.Bool(true)}
}

func mounted(path string) change {
	return func(c *types.ContainerDefinition) {
		c.MountPoints = append(c.MountPoints, types.MountPoint{SourceVolume: aws.String("data"), ContainerPath: &path})
	}
}

// start starts one container of the task. What it says is complete when it has ended.
func start(t *testing.T, task *Task, name string) (Process, *bytes.Buffer) {
	t.Helper()
	var out bytes.Buffer
	process, err := NewRuntime(task, NewPrinter(task, &out)).Start(t.Context(), task.container(name))
	require.NoError(t, err)
	return process, &out
}

// ran runs one container to its end.
func ran(t *testing.T, task *Task, name string) (code int, said string) {
	t.Helper()
	process, out := start(t, task, name)
	code = process.Wait()
	return code, strings.ReplaceAll(out.String(), name+" | ", "")
}

func TestRuntime_ExitCode(t *testing.T) {
	for line, want := range map[string]int{"exit 0": 0, "exit 3": 3, "exit 255": 255, "kill -9 $$": 137,
		"kill -SEGV $$": 139} {
		code, _ := ran(t, boxTask(t, app(shell(line), withInit)), "app")
		assert.Equal(t, want, code, line)
	}
}

func TestRuntime_ProgramNotFound(t *testing.T) {
	code, said := ran(t, boxTask(t, app(func(c *types.ContainerDefinition) { c.Command = []string{"no-such-program"} })),
		"app")
	assert.NotZero(t, code)
	assert.Contains(t, said, "no-such-program: No such file or directory")
}

func TestRuntime_Signals(t *testing.T) {
	for name, test := range map[string]struct {
		change change
		line   string
		want   int
	}{
		"that handles them":                    {asRoot, "trap 'exit 5' TERM; touch /app/ready; sleep 1000 & wait", 5},
		"that handles them, below an init":     {withInit, "trap 'exit 5' TERM; touch /app/ready; sleep 1000 & wait", 5},
		"that leaves it to them, with an init": {withInit, "touch /app/ready; exec sleep 1000", 143},
	} {
		t.Run(name, func(t *testing.T) {
			process, _ := start(t, boxTask(t, app(shell(test.line), test.change)), "app")
			wait(t, process, "test -f /app/ready")
			require.NoError(t, process.Signal(syscall.SIGTERM))
			assert.Equal(t, test.want, process.Wait())
		})
	}
}

// As in every container: the kernel keeps signals without a handler from process 1.
func TestRuntime_Process1IgnoresUnhandledSignals(t *testing.T) {
	process, _ := start(t, boxTask(t, app(shell("exec sleep 1000"))), "app")
	wait(t, process, "true")
	require.NoError(t, process.Signal(syscall.SIGTERM))
	wait(t, process, "true")
	require.NoError(t, process.Signal(syscall.SIGKILL))
	assert.Equal(t, 137, process.Wait())
}

// wait runs a line in the container until it succeeds.
func wait(t *testing.T, process Process, line string) {
	t.Helper()
	require.EventuallyWithT(t, func(c *assert.CollectT) {
		code, output, err := process.Exec(t.Context(), []string{"/bin/sh", "-c", line})
		require.NoError(c, err)
		require.Zero(c, code, output)
	}, 10*time.Second, 10*time.Millisecond)
}

func TestExec_SeesTheContainersFiles(t *testing.T) {
	for name, user := range map[string]change{"as root": asRoot, "as a user": func(*types.ContainerDefinition) {}} {
		t.Run(name, func(t *testing.T) {
			task := boxTask(t, app(shell("echo app >/app/mine; echo tmp >/tmp/mine; touch /app/ready; sleep 1000 & wait"), user,
				withSecret))
			process, _ := start(t, task, "app")
			wait(t, process, "test -f /app/ready")
			code, output, err := process.Exec(t.Context(), []string{"/bin/sh", "-c",
				`cat /app/mine /tmp/mine file; echo " $PWD $PASSWORD"; id -u; echo error >&2; exit 9`})
			require.NoError(t, err)
			assert.Equal(t, 9, code)
			uid := map[bool]string{true: "0", false: "1000"}[name == "as root"]
			assert.Equal(t, "app\ntmp\nfrom the image /app "+password+"\n"+uid+"\nerror\n", output)

			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			time.AfterFunc(50*time.Millisecond, cancel)
			_, _, err = process.Exec(ctx, []string{"sleep", "20.00"})
			require.ErrorIs(t, err, context.Canceled)
			require.NotContains(t, arguments(t), "sleep\x0020.00")

			_, output, err = process.Exec(t.Context(), []string{"/bin/sh", "-c", "yes | head -c 100000; echo end"})
			require.NoError(t, err)
			assert.Len(t, output, healthOutput)
			assert.True(t, strings.HasSuffix(output, "end\n"))
		})
	}
}

// arguments returns the arguments of all processes.
func arguments(t *testing.T) string {
	t.Helper()
	paths, err := filepath.Glob("/proc/[0-9]*/cmdline")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	var text strings.Builder
	for _, path := range paths {
		line, _ := os.ReadFile(path) // a process may have ended
		text.Write(line)
	}
	return text.String()
}

func TestRuntime_UserVariablesAndHosts(t *testing.T) {
	task := boxTask(t, app(shell("id -u; id -g; pwd; cat /etc/hosts; env"), withSecret,
		func(c *types.ContainerDefinition) {
			c.Environment = append(c.Environment, types.KeyValuePair{Name: aws.String("B"), Value: aws.String("given")})
		}))
	_, said := ran(t, task, "app")
	lines := strings.Split(strings.TrimSpace(said), "\n")
	assert.Equal(t, []string{"1000", "1001", "/app", "127.0.0.1 localhost", "::1 localhost", "127.0.1.1 db.internal"},
		lines[:6])
	assert.ElementsMatch(t, []string{"A=image", "B=given", "HOME=/", "PASSWORD=" + password, "PATH=/usr/bin", "PWD=/app"},
		lines[6:])
}

func TestRuntime_NoSecretInArguments(t *testing.T) {
	task := boxTask(t, app(shell("touch ready; exec sleep 1000"), withSecret))
	process, _ := start(t, task, "app")
	wait(t, process, "test -f ready")
	assert.NotContains(t, arguments(t), password)
	require.NoError(t, process.Signal(syscall.SIGKILL))
	process.Wait()
}
