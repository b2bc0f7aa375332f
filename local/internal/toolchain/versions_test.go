package toolchain

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// A package that two modules need in the same version is compiled once. When each module had its own versions, the
// first make up compiled for 30 % more CPU seconds.
func TestModules_RequireTheSameVersions(t *testing.T) {
	// The CLI and the bridge need versions that are not compatible with each other.
	differ := map[string]bool{"github.com/olekukonko/tablewriter": true}

	root := filepath.Join("..", "..", "..")
	modules := []string{".", "local", "tools/pulumi", "tools/bridge"}
	required, newest := map[string]map[string]string{}, map[string]string{}
	for _, module := range modules {
		path := filepath.Join(root, module, "go.mod")
		data, err := os.ReadFile(path)
		require.NoError(t, err)
		mod, err := modfile.ParseLax(path, data, nil)
		require.NoError(t, err)
		required[module] = map[string]string{}
		for _, r := range mod.Require {
			required[module][r.Mod.Path] = r.Mod.Version
			if semver.Compare(r.Mod.Version, newest[r.Mod.Path]) > 0 {
				newest[r.Mod.Path] = r.Mod.Version
			}
		}
	}
	for _, module := range modules {
		for path, version := range required[module] {
			if !differ[path] {
				assert.Equal(t, newest[path], version,
					"run: cd %s && GOWORK=off go get %s@%s && GOWORK=off go mod tidy", module, path, newest[path])
			}
		}
	}
}
