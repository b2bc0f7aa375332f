package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/spf13/cobra"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/deployment"
)

// fakePulumi makes a shell script the pulumi command, and the only one on PATH.
func fakePulumi(t *testing.T, script string) {
	t.Helper()
	fakePrograms(t, map[string]string{"pulumi": script})
}

// fakePrograms makes shell scripts the only commands on PATH, and returns their folder.
func fakePrograms(t *testing.T, scripts map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, script := range scripts {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name), []byte("#!/bin/sh\n"+script), 0o755))
	}
	t.Setenv("PATH", dir)
	return dir
}

// commitApp commits a Dockerfile in a new repository.
func commitApp(t *testing.T, folder string) {
	t.Helper()
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Dockerfile"), []byte("FROM scratch\n"), 0o600))
	for _, args := range [][]string{
		{"init", "-q"}, {"add", "."}, {"-c", "user.name=me", "-c", "user.email=me@example.com", "commit", "-q", "-m", "app"},
	} {
		out, err := exec.CommandContext(t.Context(), "git", append([]string{"-C", folder}, args...)...).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
}

// newCommand returns a command for functions that write to one, and both of its outputs.
func newCommand(t *testing.T) (*cobra.Command, *bytes.Buffer) {
	t.Helper()
	cmd, out := &cobra.Command{}, &bytes.Buffer{}
	cmd.Flags().String("stack", "", "")
	cmd.SetContext(t.Context())
	cmd.SetOut(out)
	cmd.SetErr(out)
	return cmd, out
}

// execute runs a command line and returns its standard output.
func execute(t *testing.T, stdin string, args ...string) (string, error) {
	t.Helper()
	root, out := newRoot(), &bytes.Buffer{}
	root.SetIn(strings.NewReader(stdin))
	root.SetOut(out)
	root.SetArgs(args)
	err := root.ExecuteContext(t.Context())
	return out.String(), err
}

// TestCommandLine_Errors has neither a terminal nor a program on PATH.
func TestCommandLine_Errors(t *testing.T) {
	stdin, err := os.Open(os.DevNull)
	require.NoError(t, err)
	before := os.Stdin
	os.Stdin = stdin
	defer func() { os.Stdin = before }()
	t.Setenv("PATH", t.TempDir())
	for want, args := range map[string][]string{
		"use --yes to roll back without asking":                       {"rollback"},
		"--to is -3":                                                  {"rollback", "--yes", "--to", "-3"},
		`invalid argument "abc" for "--to" flag: not a number`:        {"rollback", "--to", "abc"},
		`invalid argument "x" for "-p, --port" flag: not a number`:    {"db", "--port", "x"},
		`--tag is "latest", but imageTag must be the tag of one`:      {"deploy", "--yes", "--tag", "latest"},
		`--tag is "repo:v1", but imageTag must be the tag of one`:     {"deploy", "--yes", "--tag", "repo:v1"},
		"use --yes to import and delete without asking":               {"recover"},
		"pulumi is not on PATH: https://www.pulumi.com/docs/install/": {"recover", "--yes"},
		"aws is not on PATH":                                          {"exec"},
		"--port is 99999999, but must be":                             {"db", "--port", "99999999"},
		"use a duration such as 30m, 3h or 2d":                        {"logs", "--since", "1w"},
		"Usage: go run ./cmd/threa secrets set NAME":                  {"secrets", "set"},
		"Usage: go run ./cmd/threa run -- COMMAND [argument...]":      {"run"},
		"session-manager-plugin is not on PATH":                       {"db"},
	} {
		_, err := execute(t, "", args...)
		require.ErrorContains(t, err, want)
	}
}

func TestSessions_NeedAWS(t *testing.T) {
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
	for _, command := range []string{"exec", "db"} {
		_, err := execute(t, "", command)
		require.ErrorContains(t, err, "Run the service's containers with: go run ./local task")
	}
}

func TestReleases_NeedARegistry(t *testing.T) {
	require.NotContains(t, explainLocal(deployment.ErrNoRelease).Error(), "local")
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
	require.ErrorContains(t, explainLocal(deployment.ErrNoRelease), "the local AWS has no registry")
	require.NoError(t, explainLocal(nil))
}

func TestPulumi_UnknownStack(t *testing.T) {
	fakePulumi(t, "echo \"error: no stack named 'nope' found\" >&2; exit 255")
	_, err := execute(t, "", "url", "--stack", "nope")
	require.ErrorContains(t, err, "pulumi stack: no stack named 'nope' found\n    List the stacks:  pulumi stack ls\n"+
		"    Create this one:  pulumi stack init nope")
}

func TestDurationFlag_TakesDays(t *testing.T) {
	var d duration
	require.NoError(t, d.Set("2d"))
	assert.Equal(t, "48h0m0s", d.String())
	require.Error(t, d.Set("-1d"))
	require.Error(t, d.Set("d"))
}

func TestMessages_NameTheStack(t *testing.T) {
	fakePulumi(t, `echo '{"version":3,"deployment":{}}'`)
	for want, args := range map[string][]string{
		"Deploy it: pulumi up --stack qa": {"deploy-status", "--stack", "qa"},
		"Deploy it: pulumi up --stack b":  {"secrets", "restart", "--stack", "b"},
		"Deploy it: pulumi up":            {"deploy-status"},
	} {
		t.Setenv("PULUMI_STACK", "other") // also applies to the commands that the user types
		root := newRoot()
		root.SetArgs(args)
		err := root.ExecuteContext(t.Context())
		require.ErrorIs(t, err, deployment.ErrNotDeployed)
		assert.True(t, strings.HasSuffix(withStack(root, err.Error()), want), "%v", err)
	}
}

func TestPulumi_NotOnPathOfALocalAWS(t *testing.T) {
	folder := t.TempDir()
	t.Setenv("PATH", folder)
	t.Chdir(folder)
	for _, file := range []string{"Pulumi.yaml", ".local/local-aws.json"} {
		path := filepath.Join(folder, file)
		require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
		require.NoError(t, os.WriteFile(path, nil, 0o600))
	}
	_, err := pulumiOn("")(t.Context(), nil, "stack", "export")
	require.ErrorContains(t, err, `first run: eval "$(go run ./local env)"`)
}

// TestPulumi_ErrorHidesSecrets has a pulumi that prints its decrypted configuration and then fails.
func TestPulumi_ErrorHidesSecrets(t *testing.T) {
	fakePulumi(t, `echo "a-secret"; echo "the value a-secret is broken" >&2; exit 255`)
	_, err := pulumiOn("prod").Config(t.Context(), "--show-secrets")
	require.ErrorContains(t, err, "See it with: pulumi config --json --show-secrets --stack prod")
	assert.NotContains(t, err.Error(), "a-secret")

	fakePulumi(t, `case "$*" in
		"config --json --stack prod") echo '{"aws:region":{"value":"eu-central-1"},"aws:assumeRole":{"secret":true}}' ;;
		*) echo "a-secret"; exit 255 ;;
	esac`)
	_, err = pulumiOn("prod").AWSConfig(t.Context())
	require.ErrorContains(t, err, "read aws:assumeRole: read the stack's configuration: pulumi config failed")
	assert.NotContains(t, err.Error(), "a-secret")
}

func TestPulumi_ErrorShowsItsOutput(t *testing.T) {
	fakePulumi(t, `echo "asked: $*"; echo "no such stack" >&2; exit 255`)
	_, err := pulumiOn("prod")(t.Context(), nil, "stack", "export")
	require.ErrorContains(t, err, "pulumi stack: exit status 255\nasked: stack export --stack prod\nno such stack")
}

func TestRecover_EmptyStack(t *testing.T) {
	fakePulumi(t, `[ "$1" = --non-interactive ] && shift # as the Automation API does
	case "$1 $2" in
		"version "*) echo v3.259.0 ;;
		"stack ls") echo '[{"name":"prod","current":true}]' ;;
		"config --json") echo '{"aws:region":{"value":"eu-central-1"}}' ;; # the name of no owner record
		"stack export") echo '{"version":3,"deployment":{}}' ;;
		"preview --json") echo '{"steps":[]}' ;;
		*) echo "unexpected: $*"; exit 1 ;;
	esac`)
	out, err := execute(t, "", "recover", "--yes")
	require.NoError(t, err)
	assert.Equal(t, "Nothing to recover: the state matches AWS.\n", out)
}

func TestExitCodes(t *testing.T) {
	assert.Zero(t, run(t.Context(), []string{"--help"}))
	assert.Equal(t, exitUsage, run(t.Context(), []string{"recover", "now"}), "no arguments")
	assert.Equal(t, exitUsage, run(t.Context(), []string{"unknown"}))
	assert.Equal(t, exitUsage, run(t.Context(), []string{"deploy-status", "--region", "x"}))
	fakePulumi(t, `echo '{"version":3,"deployment":{}}'`)
	assert.Equal(t, exitUsage, run(t.Context(), []string{"deploy-status"}), "not deployed")
	fakePulumi(t, `exit 255`)
	assert.Equal(t, exitFailed, run(t.Context(), []string{"deploy-status"}))
}

// TestDocumentedCommandsExist parses every command line of threa in the documentation and in the workflows' scripts.
func TestDocumentedCommandsExist(t *testing.T) {
	files := []string{}
	for _, pattern := range []string{".github/scripts/*.sh", "*.md", "docs/*.md"} {
		matches, err := filepath.Glob(filepath.Join(project, pattern))
		require.NoError(t, err)
		files = append(files, matches...)
	}
	commandLine := regexp.MustCompile(`(?m)(?:go run \./cmd/|^|\$\()threa ([a-z][^\n` + "`" + `#|)<>]*)`)
	lines := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, match := range commandLine.FindAllStringSubmatch(string(text), -1) {
			command, rest, err := newRoot().Find(strings.Fields(match[1]))
			if assert.NoError(t, err, match[0]) && command.HasParent() {
				assert.NoError(t, command.ParseFlags(rest), match[0])
			}
			lines++
		}
	}
	assert.Greater(t, lines, 20)
}

func TestExplain_Credentials(t *testing.T) {
	for _, name := range []string{
		"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
	} {
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
	assert.Contains(t, explain(fmt.Errorf("list tasks: %w", err)), "aws sso login")
}
