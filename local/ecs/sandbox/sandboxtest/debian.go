// Package sandboxtest gives tests a root file system.
package sandboxtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/local/ecs/sandbox"
	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/workspace"
)

// Tools returns what the user who runs the test has in the cache. The test must be one of a package three folders below
// the module's.
func Tools(t *testing.T) *toolchain.Toolchain {
	t.Helper()
	t.Setenv("THREA_LOCAL_DIR", t.TempDir())
	clone, err := filepath.Abs(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	work, err := workspace.Find(clone)
	require.NoError(t, err)
	tools, err := toolchain.New(work, progress.New(os.Stderr))
	require.NoError(t, err)
	return tools
}

// Debian returns a root file system, which the first call unpacks.
func Debian(t *testing.T) sandbox.Root {
	t.Helper()
	root, err := Tools(t).Debian(t.Context())
	require.NoError(t, err)
	return root
}
