package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/cost"
	"threa-infra/internal/github/githubtest"
)

// driftOf runs the command on a stack whose preview has these steps.
func driftOf(t *testing.T, steps string) (string, error) {
	t.Helper()
	fakePulumi(t, `case "$1 $2" in
		"config get") echo eu-central-1 ;;
		"stack --show-name") echo prod ;;
		"stack export") echo '{"version":3,"deployment":{}}' ;;
		"preview --refresh") echo '{"steps":[`+steps+`]}' ;;
		*) echo "unexpected: $*"; exit 1 ;;
	esac`)
	var out bytes.Buffer
	err := sayDrift(t.Context(), on(""), &out)
	return out.String(), err
}

func TestDriftHasAnExitCodeOfItsOwn(t *testing.T) {
	out, err := driftOf(t, `{"op":"refresh","urn":"urn:pulumi:prod::threa::aws:ecs/service:Service::compute-service","diffReasons":["desiredCount"]}`)
	require.NoError(t, err, "what the program ignores is none")
	assert.Equal(t, "AWS is as stack prod was deployed.\n", out)

	out, err = driftOf(t, `{"op":"update","urn":"urn:pulumi:prod::threa::aws:ecs/service:Service::compute-service","diffReasons":["tags"]}`)
	var end *ended
	require.ErrorAs(t, err, &end)
	assert.Equal(t, exitDrift, end.code)
	assert.Contains(t, out, "| `compute-service` | `aws:ecs/service:Service` | `tags` | update it |")
}

// standardInput gives the command a text to read.
func standardInput(t *testing.T, text string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "input")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	file, err := os.Open(path)
	require.NoError(t, err)
	before := os.Stdin
	os.Stdin = file
	t.Cleanup(func() {
		os.Stdin = before
		_ = file.Close()
	})
}

func TestAWorkflowKeepsOneCommentAndOneIssue(t *testing.T) {
	server := githubtest.New(t)
	t.Setenv("GITHUB_API_URL", server.URL)
	t.Setenv("GITHUB_REPOSITORY", "octo-org/threa")
	t.Setenv("GITHUB_TOKEN", "a-token")
	for _, text := range []string{"first", "second"} {
		standardInput(t, text)
		require.Zero(t, run(t.Context(), []string{"github", "comment", "--pull-request", "7", "--about", "preview of prod"}))
		standardInput(t, text)
		require.Zero(t, run(t.Context(), []string{"github", "issue", "--about", "drift of prod", "--title", "Drift"}))
	}
	standardInput(t, "It is back.")
	require.Zero(t, run(t.Context(), []string{"github", "issue", "--about", "drift of prod", "--close"}))
	require.Len(t, server.Comments(7), 1)
	assert.Contains(t, server.Comments(7)[0].Body, "second")
	require.Len(t, server.Issues(), 1)
	assert.Equal(t, "closed", server.Issues()[0].State)

	for _, args := range [][]string{
		{"github", "comment", "--about", "preview of prod"}, {"github", "issue", "--about", "drift of prod"},
	} {
		assert.NotZero(t, run(t.Context(), args), "%v", args)
	}
	t.Setenv("GITHUB_TOKEN", "")
	assert.Equal(t, exitFailed, run(t.Context(), []string{"github", "issue", "--about", "drift of prod", "--close"}))
}

func TestThePriceOfAChangeIsTheDifferenceToWhatWasThere(t *testing.T) {
	project, err := os.ReadFile("../../Pulumi.yaml")
	require.NoError(t, err)
	folders := map[string]string{}
	for name, settings := range map[string]string{"before": "config: {}\n", "after": "config:\n  threa:enableRedis: false\n"} {
		folders[name] = t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folders[name], "Pulumi.yaml"), project, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(folders[name], "Pulumi.prod.yaml"), []byte(settings), 0o600))
	}
	o := cost.Options{Format: "markdown", Totals: true, Assumed: cost.Usual}
	var out bytes.Buffer
	require.NoError(t, writeBills(&out, folders["after"], folders["before"], []string{"prod"}, o))
	assert.Contains(t, out.String(), "| before | 43.86 |  |\n| prod | 30.72 | −13.14 |\n")

	out.Reset()
	require.NoError(t, writeBills(&out, folders["before"], folders["before"], []string{"prod"}, o))
	assert.Equal(t, 2, strings.Count(out.String(), "43.86"), "nothing has changed")
	require.ErrorContains(t, writeBills(&out, folders["after"], folders["before"], []string{"prod", "prod"}, o), "--before is about one configuration")
	require.Error(t, writeBills(&out, folders["after"], t.TempDir(), []string{"prod"}, o))
}
