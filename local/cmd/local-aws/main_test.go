package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestListen_KeepsThePort(t *testing.T) {
	dir := t.TempDir()
	first, err := listen(dir, 0)
	require.NoError(t, err)
	port := first.Addr().String()
	other, err := listen(dir, 0)
	require.NoError(t, err, "another program has the port")
	assert.NotEqual(t, port, other.Addr().String())
	port = other.Addr().String()
	require.NoError(t, first.Close())
	require.NoError(t, other.Close())
	again, err := listen(dir, 0)
	require.NoError(t, err)
	assert.Equal(t, port, again.Addr().String())
	require.NoError(t, again.Close())
}
