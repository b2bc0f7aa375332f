package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/pulumicli"
	"threa-infra/local/workspace"
)

func TestChooseAction(t *testing.T) {
	for _, c := range []struct {
		name, owner, running string
		isPending            bool
		want                 stateAction
	}{
		{"the same local AWS", "a", "a", false, keep},
		{"stopped", "a", "", false, discard},
		{"another one", "a", "b", false, discard},
		{"a first start", "", "", false, discard},
		{"killed", "a", "a", true, repair},
		{"killed, and stopped since", "a", "", true, discard},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, chooseAction(c.owner, c.running, c.isPending))
		})
	}
}

func TestExitCode_IsTheEngines(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 1": 1, "exit 255": 255} {
		code, err := exitCode(exec.Command("/bin/sh", "-c", script).Run())
		require.NoError(t, err, "pulumi has printed the error")
		assert.Equal(t, want, code)
	}
	code, err := exitCode(exec.Command("/bin/sh", "-c", "kill -9 $$").Run())
	require.ErrorContains(t, err, "signal: killed")
	assert.Equal(t, 1, code)
	_, err = exitCode(errors.New("no such file"))
	require.ErrorContains(t, err, "run pulumi: no such file")
}

// newLauncher returns a launcher for a project with a local setting, and what it prints.
func newLauncher(t *testing.T) (l *launcher, printed func() string) {
	t.Helper()
	root := t.TempDir()
	for file, text := range map[string]string{
		"Pulumi.yaml": "name: threa\n", "local/main.go": "", "bootstrap/Pulumi.yaml": "name: bootstrap\n",
		".local/overrides/Pulumi.prod.yaml": "config: {threa:useSpot: true}\n",
	} {
		path := filepath.Join(root, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	work, err := workspace.Find(root)
	require.NoError(t, err)
	file := filepath.Join(root, "printed")
	out, err := os.Create(file)
	require.NoError(t, err)
	t.Cleanup(func() { _ = out.Close() })
	printed = func() string {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		return string(text)
	}
	return &launcher{work: work, print: progress.New(out)}, printed
}

func TestTeardown_WithoutALocalAWS(t *testing.T) {
	l, printed := newLauncher(t)
	exit, err := l.teardown(t.Context(), []string{"teardown"})
	require.NoError(t, err)
	assert.Zero(t, exit)
	assert.Contains(t, printed(), "The local AWS was not running.")
	_, err = l.teardown(t.Context(), []string{"teardown", "now"})
	require.ErrorContains(t, err, `not ["now"]`)
}

func TestStop_NamesWhatStays(t *testing.T) {
	l, printed := newLauncher(t)
	require.NoError(t, l.stop(t.Context(), []string{"stop"}))
	assert.Contains(t, printed(), "These keys stay set for the local AWS: useSpot.")
	require.NoError(t, l.stop(t.Context(), []string{"stop", "--reset"}))
	require.NoError(t, l.stop(t.Context(), []string{"stop"}))
	assert.Equal(t, 1, strings.Count(printed(), "stay set"))
	require.ErrorContains(t, l.stop(t.Context(), []string{"stop", "now"}), `not ["now"]`)
}

// TestMayCreate_Stack has a file of the stack prod only.
func TestMayCreate_Stack(t *testing.T) {
	l, _ := newLauncher(t)
	for _, c := range []struct {
		line             string
		stopped, running bool // of the local AWS
	}{
		{"up --stack nope", true, true},
		{"preview --stack nope", true, true},
		{"stack init nope", true, true},
		{"config --json", true, false},
		{"config --json --stack nope", false, false},
		{"config set a b", true, true},
		{"config set a b --stack nope", false, false},
		{"stack export", true, false},
		{"stack export -s nope", false, false},
		{"destroy", false, false},
	} {
		var err error
		l.command, err = pulumicli.Parse(strings.Fields(c.line), "")
		require.NoError(t, err)
		assert.Equal(t, c.stopped, l.mayCreate(false), c.line)
		assert.Equal(t, c.running, l.mayCreate(true), c.line)
	}
}

func TestCommands_RefuseAnUnknownStack(t *testing.T) {
	l, _ := newLauncher(t)
	var err error
	l.project, err = stackconfig.LoadProject(l.work.Root)
	require.NoError(t, err)
	for _, run := range []func() error{
		func() error { return l.printEnv(t.Context(), []string{"env", "--stack", "nope"}) },
		func() error { return l.refuseUnknown("nope") },
	} {
		require.ErrorContains(t, run(), "no stack named 'nope' found")
	}
	require.NoError(t, l.refuseUnknown("prod"))
	assert.NoFileExists(t, l.work.Overrides("nope"))
}

func TestSettle_StartsNothingForADestroy(t *testing.T) {
	l, _ := newLauncher(t)
	var err error
	l.command, err = pulumicli.Parse([]string{"destroy"}, "")
	require.NoError(t, err)
	l.project, err = stackconfig.LoadProject(l.work.Root)
	require.NoError(t, err)
	l.tools = &toolchain.Toolchain{}
	require.ErrorIs(t, l.settleState(t.Context()), errNotRunning)
}

// TestWrapper_RunsInTheFolderOfItsCaller protects the main stack from commands that are meant for another project.
func TestWrapper_RunsInTheFolderOfItsCaller(t *testing.T) {
	l, _ := newLauncher(t)
	require.NoError(t, os.WriteFile(filepath.Join(l.work.Bin(), "local"), []byte("#!/bin/sh\npwd; echo $@\n"), 0o755))
	dir, err := l.writeWrapper()
	require.NoError(t, err)
	bootstrap := filepath.Join(l.work.Root, "bootstrap")
	cmd := exec.Command(filepath.Join(dir, "pulumi"), "up", "--yes")
	cmd.Dir = bootstrap
	out, err := cmd.Output()
	require.NoError(t, err)
	assert.Equal(t, bootstrap+"\nup --yes\n", string(out))
	_, err = workspace.Find(bootstrap)
	require.ErrorContains(t, err, "is another project")
}

func TestLauncher_KnowsItsShell(t *testing.T) {
	l, _ := newLauncher(t)
	l.env.Backend = "/w/.local/state"
	assert.False(t, l.inPreparedShell())
	t.Setenv("PULUMI_BACKEND_URL", "file:///w/.local/state")
	assert.True(t, l.inPreparedShell())
}
