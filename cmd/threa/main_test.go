package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// fakePulumi puts a script on PATH as the pulumi command, and nothing else but the shell's own commands.
func fakePulumi(t *testing.T, script string) {
	t.Helper()
	dir := t.TempDir()
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pulumi"), []byte("#!/bin/sh\n"+script), 0o755))
	t.Setenv("PATH", dir)
}

func TestWhoCannotBeAskedMustSayYes(t *testing.T) {
	stdin, err := os.Open(os.DevNull)
	require.NoError(t, err)
	defer func() { _ = stdin.Close() }()
	before := os.Stdin
	os.Stdin = stdin
	defer func() { os.Stdin = before }()
	err = recoverStack(t.Context(), "prod", false, &bytes.Buffer{})
	require.ErrorContains(t, err, "use --yes")
}

func TestAMissingPulumiIsNamedWithTheWayToGetIt(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	err := recoverStack(t.Context(), "prod", true, &bytes.Buffer{})
	require.ErrorContains(t, err, "pulumi is not on PATH: https://www.pulumi.com/docs/install/")
}

func TestPulumiIsAskedForTheStackAndItsWordsAreShown(t *testing.T) {
	fakePulumi(t, `echo "asked: $*"; echo "no such stack" >&2; exit 255`)
	_, err := pulumi(t.Context(), "prod", nil, "stack", "export")
	require.ErrorContains(t, err, "pulumi stack: exit status 255\nasked: stack export --stack prod\nno such stack")
}

func TestAnEmptyStackHasNothingToRecover(t *testing.T) {
	fakePulumi(t, `case "$1 $2" in
		"config get") echo eu-central-1 ;;
		"config --json") echo '{}' ;; # the name of no owner record
		"stack export") echo '{"version":3,"deployment":{}}' ;;
		"preview --json") echo '{"steps":[]}' ;;
		*) echo "unexpected: $*"; exit 1 ;;
	esac`)
	var out bytes.Buffer
	require.NoError(t, recoverStack(t.Context(), "", true, &out))
	assert.Equal(t, "The stack and AWS agree on what there is: nothing to recover.\n", out.String())
}

func TestExitCodes(t *testing.T) {
	assert.Equal(t, 0, run(t.Context(), []string{"--help"}))
	assert.Equal(t, exitUsage, run(t.Context(), []string{"recover", "now"}), "no arguments")
	assert.Equal(t, exitUsage, run(t.Context(), []string{"unknown"}))
	assert.Equal(t, exitUsage, run(t.Context(), []string{"deploy-status", "--region", "x"}))
}

// TestDocumentedCommandsExist parses every command line of the documents and of the workflows' scripts.
func TestDocumentedCommandsExist(t *testing.T) {
	files, err := filepath.Glob("../../.github/scripts/*.sh")
	require.NoError(t, err)
	documents, err := filepath.Glob("../../docs/*.md")
	require.NoError(t, err)
	lines := 0
	for _, file := range slices.Concat(files, documents, []string{"../../README.md"}) {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, line := range regexp.MustCompile(`(?m)(?:go run \./cmd/|^|\$\()threa ([a-z][^\n`+"`"+`#|)<>]*)`).FindAllStringSubmatch(string(text), -1) {
			command, rest, err := newRoot().Find(strings.Fields(line[1]))
			if assert.NoError(t, err, line[0]) && command.HasParent() {
				assert.NoError(t, command.ParseFlags(rest), line[0])
			}
			lines++
		}
	}
	assert.Greater(t, lines, 20)
}

func TestWithoutCredentialsTheWayToThemIsSaid(t *testing.T) {
	for _, name := range []string{"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI"} {
		t.Setenv(name, "")
	}
	for _, name := range []string{"AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"} {
		t.Setenv(name, filepath.Join(t.TempDir(), "none"))
	}
	t.Setenv("AWS_EC2_METADATA_DISABLED", "true")
	settings, err := config.LoadDefaultConfig(t.Context(), config.WithRegion("eu-central-1"))
	require.NoError(t, err)
	_, err = ecs.NewFromConfig(settings).ListTasks(t.Context(), &ecs.ListTasksInput{})
	require.Error(t, err)
	assert.ErrorContains(t, explained(fmt.Errorf("list the tasks: %w", err)), "aws sso login")
}
