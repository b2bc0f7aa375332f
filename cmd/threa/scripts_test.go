package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/jq"
)

// scripts is the folder of the workflows' scripts.
var scripts = filepath.Join(project, ".github", "scripts")

// runScript runs a script, given by its name and arguments, with fake programs first on PATH. It returns the output,
// the summary for GitHub and the exit code.
func runScript(
	t *testing.T, programs map[string]string, stdin string, script ...string,
) (out, summary string, code int) {
	t.Helper()
	bin := t.TempDir()
	for program, text := range programs {
		require.NoError(t, os.WriteFile(filepath.Join(bin, program), []byte("#!/bin/sh\n"+text), 0o755))
	}
	require.NoError(t, jq.Install(project, bin))
	summaryFile := filepath.Join(t.TempDir(), "summary")
	path := strings.Join([]string{bin, filepath.Join(scripts, "testdata"), os.Getenv("PATH")}, ":")
	cmd := exec.CommandContext(t.Context(), filepath.Join(scripts, script[0]), script[1:]...)
	cmd.Stdin = strings.NewReader(stdin)
	cmd.Env = append(os.Environ(), "PATH="+path, "GITHUB_STEP_SUMMARY="+summaryFile)
	text, err := cmd.CombinedOutput()
	if err != nil {
		var exit *exec.ExitError
		require.ErrorAs(t, err, &exit, "%s", text)
		code = exit.ExitCode()
	}
	written, err := os.ReadFile(summaryFile)
	if !os.IsNotExist(err) {
		require.NoError(t, err)
	}
	return string(text), string(written), code
}

const pulumiOfProd = `case "$1 $2" in
	"stack output") echo 43.86 ;;
	"stack --show-name") echo prod ;;
esac`

func TestDeployScript(t *testing.T) {
	for name, c := range map[string]struct {
		threa   string
		fails   bool
		summary string // part of it; empty if there must be none
	}{
		"with an address": {`[ "$1" = deploy-status ] || echo http://192.0.2.1:3000`, false,
			"- Address: http://192.0.2.1:3000\n"},
		"asleep, or with a tunnel": {`[ "$1" = deploy-status ] || { echo "error: no task is running" >&2; exit 1; }`, false,
			"- Address: none now, see the log\n"},
		"not running": {"exit 1", true, ""},
	} {
		programs := map[string]string{"pulumi": pulumiOfProd, "threa": c.threa}
		out, summary, code := runScript(t, programs, "", "deploy.sh", "v7")
		assert.Equal(t, c.fails, code != 0, "%s: %s", name, out)
		assert.Contains(t, summary, c.summary, name)
		assert.Equal(t, c.fails, summary == "", name)
	}
}

func TestDestroyScript(t *testing.T) {
	programs := map[string]string{
		"pulumi": `case "$*" in
			"stack --show-name") echo prod ;;
			"stack export") echo '{"deployment":{}}' ;;
			"config get deletionProtection") echo "$PROTECTED" ;;
			"config get "*) ;;
			*) echo "pulumi $1" ;;
		esac`,
		"threa": `[ "$1" = leftovers ] && echo "- the snapshot"`,
	}
	t.Setenv("PROTECTED", "true")
	out, _, code := runScript(t, programs, "", "destroy.sh", "prod")
	assert.NotZero(t, code)
	assert.Contains(t, out, "pulumi config set --stack prod deletionProtection false\n")
	assert.NotContains(t, out, "pulumi up")

	t.Setenv("PROTECTED", "false")
	out, summary, code := runScript(t, programs, "", "destroy.sh", "prod")
	require.Zero(t, code, out)
	assert.Contains(t, out, "pulumi up\npulumi destroy\n")
	assert.Contains(t, summary, "### Stack `prod` was destroyed\n\nLeft in AWS:\n\n- the snapshot\n- the Pulumi state")
}

func TestPreviewScript_LeavesOutProgress(t *testing.T) {
	report := filepath.Join(t.TempDir(), "report.md")
	out, _, code := runScript(t, map[string]string{
		"pulumi": `case "$1 $2" in
			"stack --show-name") echo prod ;;
			"config get") echo v1 ;;
			"preview "*) echo "Compiling the program ..."; echo "Finished compiling the program"
				echo "@ previewing update....."; echo "+ aws:ecs/cluster:Cluster"
				printf 'Resources:\n    + 1 to create\n    2 unchanged\n\n' ;;
		esac`,
		"threa": "echo a bill",
	}, "", "preview.sh", t.TempDir(), report)
	require.Zero(t, code, out)
	text, err := os.ReadFile(report)
	require.NoError(t, err)
	assert.Contains(t, string(text), "### Stack `prod`: + 1 to create, 2 unchanged\n")
	assert.Contains(t, string(text), "````\n+ aws:ecs/cluster:Cluster\n")
}

func TestMakefile_NeedsRecentGo(t *testing.T) {
	tools := os.Getenv("PATH")
	for version, want := range map[string]string{
		"go1.19.8": "needs Go 1.25 or later, but this is go1.19.8", "go1.21.0": "",
	} {
		dir := fakePrograms(t, map[string]string{"go": "echo go version " + version + " linux/amd64"})
		t.Setenv("PATH", dir+":"+tools)
		cmd := exec.CommandContext(t.Context(), "make", "-s", "go")
		cmd.Dir = project
		out, err := cmd.CombinedOutput()
		assert.Equal(t, want == "", err == nil, "%s", out)
		assert.Contains(t, string(out), want)
	}
}

// gitHubEntry is an issue or a comment of the fake gh.
type gitHubEntry struct {
	ID          int               `json:"id,omitempty"`
	Number      int               `json:"number,omitempty"`
	Title       string            `json:"title,omitempty"`
	Body        string            `json:"body"`
	State       string            `json:"state,omitempty"`
	PullRequest json.RawMessage   `json:"pull_request,omitempty"`
	User        map[string]string `json:"user"`
}

var (
	bot   = map[string]string{"login": "github-actions[bot]"}
	human = map[string]string{"login": "octocat"}
)

// fakeGitHub prepares the fake gh with the entries of a file, such as issues, and returns a function that reads them.
func fakeGitHub(t *testing.T, file string, entries ...gitHubEntry) (read func(file string) []gitHubEntry) {
	t.Helper()
	folder := t.TempDir()
	t.Setenv("GH_FAKE", folder)
	t.Setenv("GH_TOKEN", "a-token")
	t.Setenv("GH_REPO", "octo-org/threa")
	text, err := json.Marshal(append([]gitHubEntry{}, entries...))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, file+".json"), text, 0o600))
	return func(file string) []gitHubEntry {
		text, err := os.ReadFile(filepath.Join(folder, file+".json"))
		require.NoError(t, err)
		var entries []gitHubEntry
		require.NoError(t, json.Unmarshal(text, &entries))
		return entries
	}
}

func TestCommentScript_UpdatesOnlyTheBotsComment(t *testing.T) {
	const marker = "<!-- threa: preview of prod -->\n"
	read := fakeGitHub(t, "comments-7", // more than one page
		gitHubEntry{ID: 7000, Body: marker + "quoted", User: human},
		gitHubEntry{ID: 7001, Body: "another bot text", User: bot})
	for _, c := range [][2]string{{"prod", "first"}, {"staging", "other"}, {"prod", "second"}} {
		out, _, code := runScript(t, nil, c[1]+"\n", "comment.sh", "7", "preview of "+c[0])
		require.Zero(t, code, out)
	}
	var bodies []string
	for _, comment := range read("comments-7") {
		bodies = append(bodies, comment.Body)
	}
	assert.Equal(t, []string{
		marker + "quoted", "another bot text", marker + "second\n", "<!-- threa: preview of staging -->\nother\n",
	}, bodies)
}

func TestCommentScript_CutsLongTexts(t *testing.T) {
	read := fakeGitHub(t, "comments-7")
	out, _, code := runScript(t, nil, "````\n"+strings.Repeat("é", 70000), "comment.sh", "7", "plan")
	require.Zero(t, code, out)
	body := read("comments-7")[0].Body
	assert.LessOrEqual(t, len([]rune(body)), 65536)
	assert.True(t, strings.HasSuffix(body, "é\n````\n\n… cut: the full text is in the log of the workflow run.\n"))
}

func TestCommentScript_FailsWithoutPermission(t *testing.T) {
	fakeGitHub(t, "comments-7")
	t.Setenv("GH_TOKEN", "the-wrong-token")
	out, _, code := runScript(t, nil, "text", "comment.sh", "7", "plan")
	assert.NotZero(t, code)
	assert.Contains(t, out, "HTTP 401")
	assert.NotContains(t, out, "the-wrong-token")
}

func TestDriftScript_KeepsOneIssue(t *testing.T) {
	const marker = "<!-- threa: drift of prod -->\n"
	read := fakeGitHub(t, "issues",
		gitHubEntry{Number: 1, Body: marker + "a pull request", State: "open", PullRequest: json.RawMessage(`{}`), User: bot},
		gitHubEntry{Number: 2, Body: marker + "of a user", State: "open", User: human})
	pulumi := `case "$1 $2" in "stack --show-name") echo prod ;; "stack export") echo '{"deployment":{}}' ;; esac`
	for _, c := range []struct {
		threa string
		code  int
		state string // of the bot's issues
	}{
		{"echo no drift", 0, ""},
		{"echo one; exit 4", 0, "one open"},
		{"echo two; exit 4", 0, "two open"},
		{"echo broken; exit 1", 1, "two open"},
		{"echo no drift", 0, "two closed"},
		{"echo three; exit 4", 0, "two closed, three open"},
		{"echo not deployed >&2; exit 2", 0, "two closed, three closed"},
	} {
		out, _, code := runScript(t, map[string]string{"pulumi": pulumi, "threa": c.threa}, "", "drift.sh")
		require.Equal(t, c.code, code, out)
		var states []string
		for _, issue := range read("issues")[2:] {
			assert.Equal(t, "Stack prod: AWS differs from what was deployed", issue.Title)
			states = append(states, strings.TrimSpace(strings.TrimPrefix(issue.Body, marker))+" "+issue.State)
		}
		assert.Equal(t, c.state, strings.Join(states, ", "), c.threa)
	}
	assert.Equal(t, "AWS matches what the stack deployed again.", read("comments-3")[0].Body)
	assert.Equal(t, "The stack is not deployed.", read("comments-4")[0].Body)
	for _, issue := range read("issues")[:2] {
		assert.Equal(t, "open", issue.State, "not the bot's issue")
	}
}
