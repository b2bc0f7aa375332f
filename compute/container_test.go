package compute

import (
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/internal/rdsca"
)

// ECS ignores unknown keys, so the test compares the definitions with a file that was reviewed. The tests of the local
// AWS read it, too.
func TestTask_MatchesGolden(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	var definitions any
	require.NoError(t, json.Unmarshal([]byte(stack.Only(t, taskToken).Text("containerDefinitions")), &definitions))
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(definitions))
	fixtures.Golden(t, "containers.json", []string{strings.TrimSpace(text.String())})
}

func TestTask_UserVariablesWin(t *testing.T) {
	stack, _ := mustBuild(t, arguments(func(a *Args) {
		a.Environment = map[string]string{"LOG_LEVEL": "debug",
			"NODE_ENV": "staging"}
	}))
	_, _, app := containers(t, stack)
	all := variables(app)
	assert.Equal(t, "debug", all["LOG_LEVEL"])
	assert.Equal(t, "staging", all["NODE_ENV"])
	assert.Equal(t, "3000", all["PORT"])
}

func variables(c container) map[string]string {
	all := map[string]string{}
	for _, v := range c.Environment {
		all[v.Name] = v.Value
	}
	return all
}

func TestTask_WritesCAByteForByte(t *testing.T) {
	bundle, err := rdsca.Bundle(mocks.Region)
	require.NoError(t, err)
	for name, text := range map[string]string{
		"the region's certificates":           bundle,
		"what a shell or printf could change": "%s %d\\n 'single' \"double\" $HOME `id` \t*\n\n",
		"no newline at the end":               "text",
	} {
		t.Run(name, func(t *testing.T) {
			ca := definitions(arguments(func(a *Args) { a.DatabaseCA = text }), "image", "/ecs/threa", references{})[0]
			directory := t.TempDir()
			command := slices.Concat(ca.EntryPoint, ca.Command)
			for i := range command {
				command[i] = strings.ReplaceAll(command[i], caDirectory, directory)
			}
			run := exec.Command(command[0], command[1:]...)
			run.Env = []string{"PATH=" + os.Getenv("PATH")}
			for variable, value := range maps.All(variables(ca)) {
				run.Env = append(run.Env, variable+"="+value)
			}
			output, err := run.CombinedOutput()
			require.NoError(t, err, "%s", output)
			assert.Empty(t, output)

			written, err := os.ReadFile(filepath.Join(directory, path.Base(caFile)))
			require.NoError(t, err)
			assert.Equal(t, text, string(written))
		})
	}
}

func TestTask_RefusesOversizedDefinition(t *testing.T) {
	stack, _, err := try(t, arguments(func(a *Args) {
		a.Environment = map[string]string{"BLOB": strings.Repeat("v",
			definitionLimit)}
	}), mocks.Options{})
	require.ErrorContains(t, err, "ECS accepts 65536: shorten appEnvironment")
	assert.Empty(t, stack.OfType(taskToken))
}

// Only the container without code of the app has the URL of the master user.
func TestMasterURL_OnlyInItsContainer(t *testing.T) {
	args := arguments(func(a *Args) { tunneled(a); a.MigrateCommand = "bun run migrate" })
	refs := references{map[string]string{masterURL: "master", databaseURL: "app", tunnelToken: "token"}, nil}
	for _, c := range definitions(args, "image", "/ecs/threa", refs) {
		isRole := c.Name == naming.ContainerRole
		assert.Equal(t, isRole, slices.Contains(c.Secrets, secret{"DATABASE_MASTER_URL", "master"}), c.Name)
		isOurs := isRole || c.Name == naming.ContainerCA || c.Name == naming.ContainerTunnel
		assert.Equal(t, isOurs, c.ReadOnlyRoot, c.Name)
		assert.Equal(t, isOurs, slices.Contains(c.LinuxParameters.Capabilities.Drop, "ALL"), c.Name)
		assert.Equal(t, c.Name == naming.ContainerCA, c.User == "0", c.Name)
	}
}
