package main

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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
