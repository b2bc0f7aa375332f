package main

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// project is the folder of this project.
var project = func() string {
	folder, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return folder
}()

// costs runs threa cost in this project, with nothing on PATH.
func costs(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	t.Chdir(project)
	var out bytes.Buffer
	root := newRoot()
	root.SetOut(&out)
	root.SetArgs(append([]string{"cost"}, args...))
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

func TestTheBillNeedsNoPulumiAndNoPassword(t *testing.T) {
	out, err := costs(t, "prod")
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^Total +43\.86$`, out)
}

func TestTheStackOfTheFlagIsBilledElseAllThatHaveAFile(t *testing.T) {
	out, err := costs(t, "--stack", "budget")
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^Total +22\.90$`, out)

	out, err = costs(t, "--totals", "-o", "markdown")
	require.NoError(t, err)
	assert.Contains(t, out, "| budget | 22.90 |  |\n| prod | 43.86 | +20.96 |\n")
}

func TestVolumesCanBeSaid(t *testing.T) {
	out, err := costs(t, "prod", "--logs-gb", "20", "--images-gb", "4")
	require.NoError(t, err)
	assert.Regexp(t, `\(20 − 5\) × 0\.63 +9\.45`, out)
	assert.Regexp(t, `4 × 0\.10 +0\.40`, out)
}

func TestWrongArgumentsGetOneClearLine(t *testing.T) {
	for want, args := range map[string][]string{
		"unknown flag: --region":                                {"--region", "x"},
		`the format is "pdf": must be text, markdown, json`:     {"prod", "-o", "pdf"},
		"--logs-gb is -1, --images-gb is 1: must be 0 or more":  {"prod", "--logs-gb", "-1"},
		"there is no Pulumi.staging.yaml in ":                   {"staging"},
		"--write takes the configurations from X.md: leave out": {"--write", "X.md", "prod"},
		"read the document: open X.md":                          {"--write", "X.md"},
		"there are no prices for eu-west-1":                     {"prod,aws:region=eu-west-1"},
		"the configuration of stack prod has 1 problem":         {"prod,multiAz=on"},
	} {
		_, err := costs(t, args...)
		require.ErrorContains(t, err, want)
	}
}

func TestADocumentIsWrittenAnew(t *testing.T) {
	document := filepath.Join(t.TempDir(), "doc.md")
	require.NoError(t, os.WriteFile(document, []byte("<!-- go run ./cmd/threa cost prod -->\n<!-- end of the bill -->\n"), 0o644))
	_, err := costs(t, "--write", document)
	require.NoError(t, err)
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.Contains(t, string(text), "**43.86**")
}

func TestOutsideOfAProjectTheWayIntoItIsSaid(t *testing.T) {
	t.Chdir(t.TempDir())
	root := newRoot()
	root.SetArgs([]string{"cost"})
	require.ErrorContains(t, root.ExecuteContext(t.Context()), "there is no Pulumi.yaml in ")
}
