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

	"threa-infra/internal/drain"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/internal/rdsca"
)

// ECS ignores a key that it does not know, so what is sent is held against a file that a human has read. The tests of
// the local AWS read it, too.
func TestTask_MatchesGolden(t *testing.T) {
	stack, _ := mustBuild(t, arguments(nil))
	var definitions any
	require.NoError(t, json.Unmarshal([]byte(stack.Only(t, taskToken).Text("containerDefinitions")), &definitions))
	var text strings.Builder
	encoder := json.NewEncoder(&text)
	encoder.SetIndent("", "  ")
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(definitions))
	mocks.Golden(t, "containers.json", []string{strings.TrimSpace(text.String())})
}

// ECS gives back definitions without empty values and with one of two duplicates, which is a difference for ever.
func TestTask_SortsVariables(t *testing.T) {
	for name, given := range map[string]map[string]string{
		"none":                       nil,
		"some":                       {"Z": "last", "A": "first", "LOG_LEVEL": "info"},
		"one that the program sets":  {"NODE_ENV": "staging"},
		"all that the program sets ": {"NODE_ENV": "staging", "PORT": "3000", "PGSSLROOTCERT": "/tmp/ca.pem"},
	} {
		args := arguments(func(a *Args) { a.Environment = given })
		for _, one := range definitions(args, "image", "/ecs/threa", references{}) {
			var names []string
			for _, v := range one.Environment {
				assert.NotEmpty(t, v.Value, "%s: %s", name, v.Name)
				names = append(names, v.Name)
			}
			assert.Equal(t, slices.Compact(slices.Sorted(slices.Values(names))), names, name)
		}
	}
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

func TestTask_AppHasTimeToDrain(t *testing.T) {
	for _, seconds := range []int{drain.Least, 60, drain.Most} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.Drain = drain.From(seconds) }))
		_, before, app := containers(t, stack)
		assert.Equal(t, seconds, app.StopTimeout)
		assert.Equal(t, seconds, before.StopTimeout, "a migration is not cut off earlier")
		assert.True(t, app.Essential)
	}
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

func TestMigration_RunsConfiguredSteps(t *testing.T) {
	for _, one := range []struct {
		pgvector bool
		command  string
		want     [][]string // commands of what runs between the certificates and the app
	}{
		{true, "", [][]string{{"pgvector"}}},
		{true, "bun run migrate", [][]string{{"pgvector"}, {"bun run migrate"}}},
		{false, "bun run migrate", [][]string{{"no-pgvector"}, {"bun run migrate"}}},
		{false, "", [][]string{{"no-pgvector"}}},
	} {
		args := arguments(func(a *Args) { a.Pgvector, a.MigrateCommand = one.pgvector, one.command })
		all := definitions(args, "image", "/ecs/threa", references{})
		var got [][]string
		for i, c := range all[1:] {
			assert.Len(t, c.DependsOn, i+1, "each waits for all before it")
			got = append(got, c.Command)
		}
		assert.Equal(t, one.want, got[:len(got)-1])
	}
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
