//go:build unix

package moto

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAMissingServerIsNamedWithItsInstallation(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	_, err := Start(t.Context(), filepath.Join(t.TempDir(), "moto.log"))
	require.ErrorIs(t, err, ErrMissing)
	assert.ErrorContains(t, err, Install)
}

func TestAServerThatDiesAtOnceIsOneLineWithItsLastWords(t *testing.T) {
	bin := t.TempDir()
	script := "#!/bin/sh\necho Traceback\necho no such module\nexit 3\n"
	require.NoError(t, os.WriteFile(filepath.Join(bin, command), []byte(script), 0o755))
	t.Setenv("PATH", bin)
	_, err := Start(t.Context(), filepath.Join(t.TempDir(), "moto.log"))
	assert.ErrorContains(t, err, "exit status 3")
	assert.ErrorContains(t, err, "no such module")
	assert.NotContains(t, err.Error(), "\n")
}
