package main

import (
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"
)

// step is a step of a workflow or of an action.
type step struct {
	If, Uses, Run string
	With, Env     map[string]any
}

// workflow is what the tests read of a workflow.
type workflow struct {
	On   yaml.Node
	Jobs map[string]struct {
		If, Environment string
		Concurrency     struct{ Group, Queue string }
		Steps           []step
	}
}

// readGitHub reads a YAML file of the folder .github.
func readGitHub[T any](t *testing.T, path ...string) (file T) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(append([]string{project, ".github"}, path...)...))
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &file))
	return file
}

// setupSteps returns the steps of the action that prepares a job.
func setupSteps(t *testing.T) []step {
	t.Helper()
	return readGitHub[struct{ Runs struct{ Steps []step } }](t, "actions", "setup", "action.yml").Runs.Steps
}

// TestWorkflows_QueueJobsOfAStack protects waiting jobs from the nightly check. Without a queue, GitHub keeps only one
// waiting job of a concurrency group, and cancels it when the next one comes.
func TestWorkflows_QueueJobsOfAStack(t *testing.T) {
	for _, name := range []string{"deploy", "destroy", "drift"} {
		job, exists := readGitHub[workflow](t, "workflows", name+".yml").Jobs[name]
		require.True(t, exists, name)
		assert.Regexp(t, `^stack-\$\{\{ (matrix|inputs)\.stack }}$`, job.Concurrency.Group)
		assert.Equal(t, "max", job.Concurrency.Queue, name)
	}
}

// TestWorkflows_PinActions requires a commit: the owner of an action can move its tags.
func TestWorkflows_PinActions(t *testing.T) {
	pinned := regexp.MustCompile(`^uses: (\./\S+|\S+@[0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
	uses := 0
	for _, pattern := range []string{"workflows/*.yml", "actions/*/action.yml"} {
		files, err := filepath.Glob(filepath.Join(project, ".github", pattern))
		require.NoError(t, err)
		for _, file := range files {
			text, err := os.ReadFile(file)
			require.NoError(t, err)
			for line := range strings.Lines(string(text)) {
				if line = strings.TrimPrefix(strings.TrimSpace(line), "- "); strings.HasPrefix(line, "uses:") {
					assert.Regexp(t, pinned, line, file)
					uses++
				}
			}
		}
	}
	assert.Greater(t, uses, 10)
}

// TestWorkflows_BuildBeforeCredentials checks that nothing is downloaded or built while the role's credentials are in
// the environment.
func TestWorkflows_BuildBeforeCredentials(t *testing.T) {
	steps := setupSteps(t)
	require.True(t, strings.HasPrefix(steps[len(steps)-1].Uses, "aws-actions/configure-aws-credentials@"))
	var commands strings.Builder
	for _, step := range steps[:len(steps)-1] {
		commands.WriteString(step.Run)
	}
	for _, command := range []string{
		"pulumi plugin install --exact resource aws ", "go build -o \"$RUNNER_TEMP/program/\" .\n", "./cmd/threa\n",
		"PULUMI_DISABLE_AUTOMATIC_PLUGIN_ACQUISITION=true >>\"$GITHUB_ENV\"",
	} {
		assert.Contains(t, commands.String(), command)
	}
}

// TestWorkflows_DeployWithoutSharedCache checks every step with the deploy role: another job can fill the cache.
func TestWorkflows_DeployWithoutSharedCache(t *testing.T) {
	steps := slices.Concat(setupSteps(t), readGitHub[workflow](t, "workflows", "deploy.yml").Jobs["deploy"].Steps,
		readGitHub[workflow](t, "workflows", "destroy.yml").Jobs["destroy"].Steps)
	off := map[string]string{ // the input that turns the cache of an action off
		"actions/setup-go": "cache", "docker/setup-qemu-action": "cache-image", "docker/setup-buildx-action": "cache-binary",
	}
	for _, step := range steps {
		action, _, _ := strings.Cut(step.Uses, "@")
		assert.NotEqual(t, "actions/cache", action)
		assert.NotContains(t, step.With, "cache-from")
		assert.NotContains(t, step.With, "cache-to")
		if input := off[action]; input != "" {
			assert.Contains(t, []any{false, "${{ inputs.role == 'preview' }}"}, step.With[input], action)
			delete(off, action)
		}
	}
	assert.Empty(t, off)
}

// TestWorkflows_Conditions checks who gets a role.
func TestWorkflows_Conditions(t *testing.T) {
	for _, c := range []struct{ name, condition, environment string }{
		{"deploy", "(github.event_name == 'schedule' || github.ref == format('refs/heads/{0}', " +
			"github.event.repository.default_branch))", "${{ matrix.stack }}"},
		{"destroy", "github.ref == format('refs/heads/{0}', github.event.repository.default_branch)", "${{ inputs.stack }}"},
		{"preview", "github.event.pull_request.head.repo.full_name == github.repository && " +
			"github.actor != 'dependabot[bot]' && github.event.pull_request.user.login != 'dependabot[bot]'",
			"${{ vars.PREVIEW_ENVIRONMENT }}"},
		{"drift", "", "${{ vars.DRIFT_ENVIRONMENT }}"},
	} {
		job := readGitHub[workflow](t, "workflows", c.name+".yml").Jobs[c.name]
		assert.Contains(t, job.If, "vars.AWS_ACCOUNT_ID != ''", c.name)
		assert.Contains(t, job.If, c.condition, c.name)
		assert.Equal(t, c.environment, job.Environment, c.name)
	}
}

func TestWorkflows_DestroyOffersTheStacks(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(project, "Pulumi.*.yaml"))
	require.NoError(t, err)
	var stacks []string
	for _, file := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	var on struct {
		Dispatch struct {
			Inputs struct {
				Stack struct {
					Type    string
					Options []string
				}
			}
		} `yaml:"workflow_dispatch"`
	}
	destroy := readGitHub[workflow](t, "workflows", "destroy.yml")
	require.NoError(t, destroy.On.Decode(&on))
	assert.Equal(t, "choice", on.Dispatch.Inputs.Stack.Type)
	assert.Equal(t, stacks, on.Dispatch.Inputs.Stack.Options,
		"name each stack with a file Pulumi.<stack>.yaml in the options of .github/workflows/destroy.yml")
}

func TestVersionsScript_ReadsGoMod(t *testing.T) {
	t.Chdir(project)
	out, _, code := runScript(t, nil, "", "versions.sh")
	require.Zero(t, code, out)
	versions := map[string]string{}
	for line := range strings.Lines(out) {
		name, version, _ := strings.Cut(strings.TrimSpace(line), "=")
		versions[name] = version
	}
	for file, lines := range map[string][]string{
		"go.mod": {"toolchain go" + versions["go"], "github.com/pulumi/pulumi/sdk/v3 v" + versions["pulumi"],
			"github.com/pulumi/pulumi-aws/sdk/v6 v" + versions["aws"]},
		"go.work":             {"toolchain go" + versions["go"]},
		"local/go.mod":        {"toolchain go" + versions["go"]},
		"tools/pulumi/go.mod": {"github.com/pulumi/pulumi/pkg/v3 v" + versions["pulumi"] + " // indirect"},
	} {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range lines {
			assert.Contains(t, strings.Split(strings.ReplaceAll(string(text), "\t", ""), "\n"), line, file)
		}
	}
	inputs := map[string]any{}
	for _, step := range setupSteps(t) {
		maps.Copy(inputs, step.With)
	}
	assert.Equal(t, "${{ steps.versions.outputs.go }}", inputs["go-version"])
	assert.Equal(t, "${{ steps.versions.outputs.pulumi }}", inputs["pulumi-version"])
}

// TestScripts_InstallPluginsOfTheState has a state of an older AWS plugin.
func TestScripts_InstallPluginsOfTheState(t *testing.T) {
	home := t.TempDir()
	t.Setenv("PULUMI_HOME", home)
	require.NoError(t, os.MkdirAll(filepath.Join(home, "plugins", "resource-aws-v6.83.2"), 0o755))
	pulumi := `case "$1 $2" in
		"stack export") echo '{"deployment":{"resources":[
			{"type":"pulumi:providers:aws","inputs":{"version":"6.83.2"}},
			{"type":"pulumi:providers:aws","inputs":{"version":"6.80.0"}},
			{"type":"pulumi:providers:aws","inputs":{}},
			{"type":"pulumi:providers:evil","inputs":{"version":"1.0.0"}}]}}' ;;
		"config get") [ "$3" = deletionProtection ] && echo false || echo v1 ;;
		"stack --show-name") echo prod ;;
		"plugin install") echo "pulumi $*" ;;
	esac`
	for script, args := range map[string][]string{
		"image.sh": {home}, "drift.sh": nil, "destroy.sh": {"prod"},
		"preview.sh": {t.TempDir(), filepath.Join(t.TempDir(), "report")},
	} {
		t.Setenv("GITHUB_OUTPUT", filepath.Join(t.TempDir(), "output"))
		fakeGitHub(t, "issues")
		out, _, code := runScript(t, map[string]string{"pulumi": pulumi, "threa": "echo none"}, "",
			append([]string{script}, args...)...)
		require.Zero(t, code, "%s: %s", script, out)
		assert.Equal(t, 1, strings.Count(out, "pulumi plugin install"), "%s: %s", script, out)
		assert.Contains(t, out, "pulumi plugin install --exact resource aws 6.80.0\n", script)
	}
}

// TestDependabot_CoversModules compares the folders of dependabot.yml with those that have dependencies.
func TestDependabot_CoversModules(t *testing.T) {
	config := readGitHub[struct {
		Updates []struct {
			Ecosystem   string `yaml:"package-ecosystem"`
			Directories []string
		}
	}](t, "dependabot.yml")
	names := map[string]string{
		"gomod": "go.mod", "npm": "package.json", "pip": "requirements.txt", "github-actions": "action.yml",
	}
	for _, update := range config.Updates {
		// If the test itself listed the folders, Go would repeat this package's tests after a change in any of them.
		list := exec.Command("git", "-C", project, "ls-files", "--", names[update.Ecosystem], "*/"+names[update.Ecosystem])
		files, err := list.Output()
		require.NoError(t, err)
		require.NotEmpty(t, files, update.Ecosystem)
		for _, file := range strings.Fields(string(files)) {
			covers := func(pattern string) bool {
				matched, err := filepath.Match(pattern, filepath.Join("/", filepath.Dir(file)))
				return err == nil && matched
			}
			assert.True(t, slices.ContainsFunc(update.Directories, covers), "%s of %s", file, update.Ecosystem)
		}
		delete(names, update.Ecosystem)
	}
	assert.Empty(t, names)
}
