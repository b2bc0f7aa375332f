//go:build unix

// Package mototest provides tests with a moto server.
package mototest

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox/sandboxtest"
	"threa-infra/local/shim/moto"
)

// Start starts a server that runs until the end of the test.
func Start(t *testing.T) *moto.Server {
	t.Helper()
	programs, err := sandboxtest.Tools(t).Python(t.Context())
	require.NoError(t, err)
	server, err := moto.Start(t.Context(), filepath.Join(programs, moto.Command), filepath.Join(t.TempDir(), "moto.log"))
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, server.Stop()) })
	return server
}
