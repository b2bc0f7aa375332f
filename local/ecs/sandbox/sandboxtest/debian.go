// Package sandboxtest provides tests with a root file system.
package sandboxtest

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/workspace"
)

// Tools returns the tools in the user's cache.
func Tools(t *testing.T) *toolchain.Toolchain {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	root, err := stackconfig.FindProject(folder)
	require.NoError(t, err)
	tools, err := toolchain.New(&workspace.Workspace{Root: root, Dir: t.TempDir()}, progress.New(os.Stderr))
	require.NoError(t, err)
	return tools
}

// Debian returns a root file system. The first call unpacks it.
func Debian(t *testing.T) sandbox.Root {
	t.Helper()
	root, err := Tools(t).Debian(t.Context())
	require.NoError(t, err)
	return root
}
