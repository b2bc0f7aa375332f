package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestHeadScript_RefusesOldCommits checks runs of the commit "old" and of the commit "new", at which the branch is.
func TestHeadScript_RefusesOldCommits(t *testing.T) {
	for _, c := range []struct {
		commit, event, attempt, output string
		fails                          bool
	}{
		{"new", "push", "1", "newest=true\n", false},
		{"new", "schedule", "2", "newest=true\n", false},
		{"old", "push", "1", "newest=false\n", false}, // it has waited, and the run of the newest commit follows
		{"old", "push", "2", "", true},
		{"old", "workflow_dispatch", "1", "", true},
		{"old", "schedule", "1", "", true},
	} {
		output := filepath.Join(t.TempDir(), "output")
		for name, value := range map[string]string{
			"GITHUB_SHA": c.commit, "GITHUB_EVENT_NAME": c.event, "GITHUB_RUN_ATTEMPT": c.attempt, "GITHUB_OUTPUT": output,
			"GITHUB_REF_NAME": "main",
		} {
			t.Setenv(name, value)
		}
		gh := `[ "$*" = "api repos/{owner}/{repo}/git/ref/heads/main --jq .object.sha" ] && echo new`
		out, _, code := runScript(t, map[string]string{"gh": gh}, "", "head.sh")
		assert.Equal(t, c.fails, code != 0, "%v: %s", c, out)
		written, _ := os.ReadFile(output)
		assert.Equal(t, c.output, string(written), "%v", c)
	}
}

// TestWorkflows_CheckHeadBeforeCredentials also checks that no step with credentials downloads a program from Docker
// Hub.
func TestWorkflows_CheckHeadBeforeCredentials(t *testing.T) {
	for _, name := range []string{"deploy", "destroy"} {
		steps := readGitHub[workflow](t, "workflows", name+".yml").Jobs[name].Steps
		setup := slices.IndexFunc(steps, func(s step) bool { return s.Uses == "./.github/actions/setup" })
		assert.Equal(t, ".github/scripts/head.sh", steps[2].Run, name)
		for _, step := range steps[setup:] {
			assert.False(t, strings.HasPrefix(step.Uses, "docker/setup-"), step.Uses)
			if name == "deploy" {
				assert.Regexp(t, `^steps\.(head\.outputs\.newest|image\.outputs\.build) == 'true'$`, step.If, step.Uses+step.Run)
			}
		}
	}
}

// TestWorkflows_SettingsAreInGit protects the jobs with credentials from repository variables, which are not reviewed.
func TestWorkflows_SettingsAreInGit(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(project, ".github", "workflows", "*.yml"))
	require.NoError(t, err)
	names := map[string]bool{}
	var read string
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range regexp.MustCompile(`\bvars\.(\w+)`).FindAllStringSubmatch(string(text), -1) {
			assert.Contains(t, []string{"AWS_ACCOUNT_ID", "STACKS", "PREVIEW_ENVIRONMENT", "DRIFT_ENVIRONMENT"}, match[1], file)
		}
		assert.NotRegexp(t, `: \$\{\{ vars\.AWS_ACCOUNT_ID`, string(text), "it only turns the workflows on")
		for _, match := range regexp.MustCompile(`\benv\.(\w+)`).FindAllStringSubmatch(string(text), -1) {
			names[match[1]] = true
		}
		for _, job := range readGitHub[workflow](t, "workflows", filepath.Base(file)).Jobs {
			assert.Contains(t, job.Steps[1].Run, ".github/pipeline.env", file)
			read = job.Steps[1].Run
		}
	}
	output := filepath.Join(t.TempDir(), "env")
	cmd := exec.CommandContext(t.Context(), "bash", "-ec", read)
	cmd.Dir, cmd.Env = project, append(os.Environ(), "GITHUB_ENV="+output)
	require.NoError(t, cmd.Run())
	lines, err := os.ReadFile(output)
	require.NoError(t, err)
	assert.Equal(t, "AWS_REGION=eu-central-1\nAPP_NAME=threa\nAPP_DIR=app\nAPP_DOCKERFILE=Dockerfile\nINFRA_DIR=.\n",
		string(lines), "lines without a value set nothing")
	settings, err := os.ReadFile(filepath.Join(project, ".github", "pipeline.env"))
	require.NoError(t, err)
	for name := range names {
		assert.Contains(t, string(settings), "\n"+name+"=")
	}
	assert.Contains(t, string(settings), "\nPULUMI_BACKEND_URL=")
}
