package main

import (
	"errors"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestTheStateNeverLies(t *testing.T) {
	for _, c := range []struct {
		name, owner, running string
		half                 bool
		want                 verdict
	}{
		{"the same local AWS", "a", "a", false, keep},
		{"stopped", "a", "", false, foreign},
		{"another one", "a", "b", false, foreign},
		{"a first start", "", "", false, foreign},
		{"killed", "a", "a", true, halfDone},
		{"killed, and stopped since", "a", "", true, foreign},
	} {
		t.Run(c.name, func(t *testing.T) {
			assert.Equal(t, c.want, judge(c.owner, c.running, c.half))
		})
	}
}

func TestTheEnginesExitCodeIsPassedOn(t *testing.T) {
	for script, want := range map[string]int{"exit 0": 0, "exit 1": 1, "exit 255": 255} {
		code, err := exitCode(exec.Command("/bin/sh", "-c", script).Run())
		require.NoError(t, err, "pulumi has said what went wrong")
		assert.Equal(t, want, code)
	}
	code, err := exitCode(exec.Command("/bin/sh", "-c", "kill -9 $$").Run())
	require.ErrorContains(t, err, "signal: killed")
	assert.Equal(t, 1, code)
	_, err = exitCode(errors.New("no such file"))
	require.ErrorContains(t, err, "run pulumi: no such file")
}
