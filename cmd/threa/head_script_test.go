package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
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

// TestWorkflows_CheckHeadBeforeCredentials also checks that no step with credentials downloads a program from Docker Hub.
func TestWorkflows_CheckHeadBeforeCredentials(t *testing.T) {
	for _, name := range []string{"deploy", "destroy"} {
		steps := readGitHub[workflow](t, "workflows", name+".yml").Jobs[name].Steps
		setup := slices.IndexFunc(steps, func(s step) bool { return s.Uses == "./.github/actions/setup" })
		assert.Equal(t, ".github/scripts/head.sh", steps[1].Run, name)
		for _, step := range steps[setup:] {
			assert.False(t, strings.HasPrefix(step.Uses, "docker/setup-"), step.Uses)
			if name == "deploy" {
				assert.Regexp(t, `^steps\.(head\.outputs\.newest|image\.outputs\.build) == 'true'$`, step.If, step.Uses+step.Run)
			}
		}
	}
}
