package main

import (
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// TestProjects_KeepTheirProgram checks that Pulumi's language host keeps the compiled program, in a folder that neither
// git nor go build ./... reads. The host runs a path without a slash only from PATH.
func TestProjects_KeepTheirProgram(t *testing.T) {
	ignored, err := os.ReadFile(".gitignore")
	require.NoError(t, err)
	for _, folder := range []string{".", "bootstrap"} {
		text, err := os.ReadFile(filepath.Join(folder, "Pulumi.yaml"))
		require.NoError(t, err)
		var project struct {
			Runtime struct {
				Name    string
				Options struct {
					BuildTarget string `yaml:"buildTarget"`
				}
			}
		}
		require.NoError(t, yaml.Unmarshal(text, &project), folder)
		assert.Equal(t, "go", project.Runtime.Name, folder)
		target := path.Dir(project.Runtime.Options.BuildTarget)
		assert.True(t, len(target) > 1 && target[0] == '.', "%s: %s", folder, target)
		assert.Contains(t, strings.Split(string(ignored), "\n"), target+"/", folder)
	}
}
