// Package sandboxtest gives tests a root file system.
package sandboxtest

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/local/internal/progress"
	"threa-infra/local/internal/sandbox"
	"threa-infra/local/internal/toolchain"
	"threa-infra/local/internal/workspace"
)

// Debian returns the root file system of the user who runs the test, which the first call unpacks. The test must be one
// of a package three folders below the module's.
func Debian(t *testing.T) sandbox.Root {
	t.Helper()
	t.Setenv("THREA_LOCAL_DIR", t.TempDir())
	work, err := workspace.Find(filepath.Join("..", "..", ".."))
	require.NoError(t, err)
	tools, err := toolchain.New(work, progress.New(os.Stderr))
	require.NoError(t, err)
	root, err := tools.Debian(t.Context())
	require.NoError(t, err)
	return root
}
