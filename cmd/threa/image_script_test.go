package main

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestImageScript_UnreadableRepository protects an app that is running: a deployment without an image would stop it.
func TestImageScript_UnreadableRepository(t *testing.T) {
	pulumi := `case "$1" in config) ;; up) echo "pulumi $*" ;;
		stack) echo '{"deployment":{"resources":[{"type":"aws:ecs/service:Service"}]}}' ;; esac`
	out, _, code := runScript(t, map[string]string{"pulumi": pulumi}, "", "image.sh", t.TempDir())
	assert.NotZero(t, code)
	assert.Equal(t, "the stack's state lacks the URL of its image repository. Repair it: threa recover\n", out)
}

func TestImageScript_RefusesOtherFolders(t *testing.T) {
	for _, folder := range []string{"missing", t.TempDir() + "/../..", "/proc/self/cwd"} {
		out, _, code := runScript(t, map[string]string{"pulumi": "exit"}, "", "image.sh", folder)
		assert.NotZero(t, code)
		assert.Contains(t, out, "APP_DIR must be a folder of the repository", folder)
	}
}

func TestImageScript_ChoosesTheNewestBuild(t *testing.T) {
	const commit, other = "c0ffee", "beef"
	for _, c := range []struct{ pushed, rebuild, tag, build string }{
		{"", "", "c0ffee-x86_64", "true"},
		{other + "-x86_64\t" + commit + "-arm64\t" + commit + "-dirty-20261129T164500Z-x86_64", "", "c0ffee-x86_64", "true"},
		{commit + "-x86_64\t" + other + "-x86_64", "", "c0ffee-x86_64", "false"},
		{commit + "-x86_64\t" + commit + "-20261124-x86_64\tv1", "false", "c0ffee-20261124-x86_64", "false"},
		{commit + "-20261124-x86_64", "true", "c0ffee-20261201-x86_64", "true"},
		{commit + "-20261124-x86_64\t" + commit + "-20261201-x86_64", "true", "c0ffee-20261201-x86_64", "false"},
	} {
		output := filepath.Join(t.TempDir(), "output")
		t.Setenv("GITHUB_OUTPUT", output)
		t.Setenv("REBUILD", c.rebuild)
		out, _, code := runScript(t, map[string]string{
			"pulumi": `case "$*" in "config get cpuArchitecture") echo x86_64 ;; "config get aws:region") echo eu-central-1 ;;
				"stack export") echo '{"deployment":{"resources":[{"type":"aws:ecr/repository:Repository",
					"outputs":{"repositoryUrl":"registry/threa"}}]}}' ;; esac`,
			"aws": `[ "$6" = threa ] && printf '` + c.pushed + `\n'`, "git": "echo " + commit, "date": "echo 20261201",
		}, "", "image.sh", t.TempDir())
		require.Zero(t, code, out)
		written, err := os.ReadFile(output)
		require.NoError(t, err)
		want := "repository=registry/threa\ntag=" + c.tag + "\nplatform=linux/amd64\nbuild=" + c.build + "\n"
		assert.Equal(t, want, string(written))
	}
}
