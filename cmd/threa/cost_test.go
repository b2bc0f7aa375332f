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
)

// project is the folder of this project.
var project = func() string {
	folder, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return folder
}()

// executeCost runs threa cost in this project, with an empty PATH.
func executeCost(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	t.Chdir(project)
	return execute(t, "", append([]string{"cost"}, args...)...)
}

func TestCost_CommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		output string // regular expression
	}{
		"without pulumi":   {[]string{"prod"}, `(?m)^Total +43\.86$`},
		"stack of --stack": {[]string{"--stack", "budget"}, `(?m)^Total +23\.00\*$`},
		"every stack": {[]string{"--totals", "-o", "markdown"},
			`\| budget \| 23\.00\\\* \|  \|\n\| prod \| 43\.86 \| \+20\.86 \|\n`},
		"assumed log volume":  {[]string{"prod", "--logs-gb", "20"}, `\(20 − 5\) × 0\.63 +9\.45`},
		"assumed image sizes": {[]string{"prod", "--images-gb", "4"}, `4 × 0\.10 +0\.40`},
	} {
		out, err := executeCost(t, c.args...)
		require.NoError(t, err, name)
		assert.Regexp(t, c.output, out, name)
	}
	for want, args := range map[string][]string{
		"unknown flag: --region":                                    {"--region", "x"},
		`the format is "pdf": must be text, markdown, json`:         {"prod", "-o", "pdf"},
		"--logs-gb is -1, --images-gb is 1: both must be 0 or more": {"prod", "--logs-gb", "-1"},
		"Pulumi.staging.yaml does not exist. Stacks with a file:":   {"staging"},
		"--write takes the configurations from X.md. Leave out":     {"--write", "X.md", "prod"},
		"read document: open X.md":                                  {"--write", "X.md"},
		"there are no prices for eu-west-1":                         {"prod,aws:region=eu-west-1"},
		"the configuration of stack prod has 1 problem":             {"prod,multiAz=on"},
	} {
		_, err := executeCost(t, args...)
		require.ErrorContains(t, err, want)
	}
}

func TestCost_UpdatesADocument(t *testing.T) {
	document := filepath.Join(t.TempDir(), "doc.md")
	const empty = "<!-- go run ./cmd/threa cost prod -->\n<!-- end of the bill -->\n"
	require.NoError(t, os.WriteFile(document, []byte(empty), 0o644))
	_, err := executeCost(t, "--write", document)
	require.NoError(t, err)
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.Contains(t, string(text), "**43.86**")
}

func TestCost_OutsideOfAProject(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := execute(t, "", "cost")
	require.ErrorContains(t, err, "nor a folder above has a Pulumi.yaml")
}

func TestCost_BeforeShowsTheDifference(t *testing.T) {
	projectFile, err := os.ReadFile(filepath.Join(project, "Pulumi.yaml"))
	require.NoError(t, err)
	folder := func(stackFile string) string {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), projectFile, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.prod.yaml"), []byte(stackFile), 0o600))
		return folder
	}
	before, after := folder("config: {}\n"), folder("config:\n  threa:enableRedis: false\n")
	o := cost.Options{Format: "markdown", Totals: true, Assumed: cost.Usual}
	var out bytes.Buffer
	require.NoError(t, writeBills(&out, after, before, []string{"prod"}, o))
	assert.Contains(t, out.String(), "| before | 43.86 |  |\n| prod | 30.72 | −13.14 |\n")

	out.Reset()
	require.NoError(t, writeBills(&out, before, before, []string{"prod"}, o))
	assert.Equal(t, 2, strings.Count(out.String(), "43.86"), "without a change")
	err = writeBills(&out, after, before, []string{"prod", "prod"}, o)
	require.ErrorContains(t, err, "--before compares one configuration")
	require.Error(t, writeBills(&out, after, t.TempDir(), []string{"prod"}, o))
}
