package main

import (
	"context"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

const (
	repositoryURL = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"
	ecrPassword   = "the-token-of-ecr"
	revision6     = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:6" // before the one of a deployment
)

// deployTest is a stack that threa deploy works on. Its programs log their command lines.
type deployTest struct {
	aws  *ecstest.AWS
	app  string // folder of the app, which is committed
	log  string // file
	tags map[string]bool
}

// newDeployTest returns a stack whose AWS plays a state. Without a repository, pulumi up creates it.
func newDeployTest(t *testing.T, state string, hasRepository bool) *deployTest {
	t.Helper()
	d := &deployTest{
		aws: ecstest.Play(t, state), app: t.TempDir(), log: filepath.Join(t.TempDir(), "log"), tags: map[string]bool{},
	}
	for _, service := range []string{"ECR", "ECS", "SSM", "STS", "CLOUDWATCH_LOGS"} {
		t.Setenv("AWS_ENDPOINT_URL_"+service, d.aws.URL)
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL": "", "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "LOG": d.log,
		"UP": filepath.Join(t.TempDir(), "up"), "HOME": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	interval := checkInterval
	checkInterval = time.Millisecond
	t.Cleanup(func() { checkInterval = interval })
	d.aws.Answers["DescribeImages"] = func(in ecstest.Object) (any, error) {
		if tag := in["imageIds"].([]any)[0].(ecstest.Object)["imageTag"].(string); !d.tags[tag] {
			return nil, &ecstest.Error{Code: "ImageNotFoundException", Message: "The image does not exist"}
		}
		return ecstest.Object{}, nil
	}
	token := base64.StdEncoding.EncodeToString([]byte("AWS:" + ecrPassword))
	d.aws.Answer("GetAuthorizationToken", ecstest.Object{
		"authorizationData": []any{ecstest.Object{"authorizationToken": token}},
	})
	git, err := exec.LookPath("git")
	require.NoError(t, err)
	commitApp(t, d.app)
	dir := fakePrograms(t, map[string]string{"docker": `echo "docker $*" >>"$LOG"
		[ "$1" != login ] || { read -r password; echo "input: $password" >>"$LOG"; }`})
	require.NoError(t, os.Symlink(git, filepath.Join(dir, "git")))
	d.setPulumi(t, dir, "exit 0")
	if hasRepository {
		require.NoError(t, os.WriteFile(os.Getenv("UP"), []byte(revision6+"\n"), 0o600))
	}
	return d
}

// setPulumi makes a fake pulumi. Unless DECLINED is set, up registers a task definition and ends with a shell command.
func (d *deployTest) setPulumi(t *testing.T, dir, up string) {
	t.Helper()
	state := fmt.Sprintf(`{"deployment":{"resources":[
		{"type":"pulumi:pulumi:Stack","outputs":{"url":"https://app.example.com"}},
		{"type":"aws:ecr/repository:Repository","outputs":{"repositoryUrl":%q}},
		{"type":"aws:ecs/taskDefinition:TaskDefinition","outputs":{"arn":"'$REVISION'"}},
		{"type":"aws:ecs/service:Service","outputs":{"cluster":"threa","name":"threa"}}]}}`,
		repositoryURL)
	script := `[ ! -e "$UP" ] || read -r REVISION <"$UP"
	case "$1 $2" in
		"stack --show-name") echo prod ;;
		"stack export") [ -e "$UP" ] && echo '` + state + `' || echo '{"deployment":{}}' ;;
		"config --json") echo '{"aws:region":{"value":"eu-central-1"},"threa:appName":{"value":"threa"},
			"threa:dbPassword":{"value":"a-password"},"threa:appEnvironment":{"value":"'$VARIABLES'"},
			"threa:requiredVariables":{"value":"[\"CLIENT_ID\"]"}}' ;;
		"config get") [ "$3" = cpuArchitecture ] && echo arm64 || echo old ;;
		"config "*) echo "pulumi $*" >>"$LOG" ;;
		"up "*) echo "pulumi $*" >>"$LOG"; [ -z "$DECLINED" ] || exit 255
			echo ` + ecstest.Registered + ` >"$UP"; ` + up + ` ;;
	esac`
	t.Setenv("VARIABLES", `{\"CLIENT_ID\":\"x\"}`)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "pulumi"), []byte("#!/bin/sh\n"+script), 0o755))
}

// run runs threa deploy and returns its output and the log of the programs.
func (d *deployTest) run(t *testing.T, args ...string) (out, log string, err error) {
	t.Helper()
	out, err = execute(t, "", append([]string{"deploy", "--yes"}, args...)...)
	text, readErr := os.ReadFile(d.log)
	if !os.IsNotExist(readErr) {
		require.NoError(t, readErr)
	}
	return out, string(text), err
}

func (d *deployTest) head(t *testing.T) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), "git", "-C", d.app, "rev-parse", "HEAD").Output()
	require.NoError(t, err)
	return strings.TrimSpace(string(out))
}

func TestDeploy_FirstTime(t *testing.T) {
	d := newDeployTest(t, "running", false)
	out, log, err := d.run(t, "--context", d.app)
	require.NoError(t, err)
	tag := d.head(t) + "-arm64"
	reference := repositoryURL + ":" + tag
	assert.Equal(t, strings.Join([]string{
		"docker info",
		"pulumi config rm imageTag",
		"pulumi up --yes",
		"docker build --platform linux/arm64 --tag " + reference + " --file " + d.app + "/Dockerfile " + d.app,
		"docker login --username AWS --password-stdin 123456789012.dkr.ecr.eu-central-1.amazonaws.com",
		"input: " + ecrPassword,
		"docker push " + reference,
		"pulumi config set imageTag " + tag,
		"pulumi up --yes", "",
	}, "\n"), log)
	assert.Contains(t, out, "threa:7 (v7) is running: 1 task healthy.\nhttps://app.example.com\n")
	assert.NotContains(t, out, ecrPassword)
}

func TestDeploy_UsesAPushedImage(t *testing.T) {
	d := newDeployTest(t, "running", true)
	d.tags[d.head(t)+"-arm64"], d.tags["v7"] = true, true
	_, log, err := d.run(t, "--context", d.app)
	require.NoError(t, err)
	assert.Equal(t, "docker info\npulumi config set imageTag "+d.head(t)+"-arm64\npulumi up --yes\n", log)

	require.NoError(t, os.Remove(d.log))
	t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566") // the local AWS has a repository without a registry
	_, log, err = d.run(t, "--tag", "v7")
	require.NoError(t, err)
	assert.Equal(t, "pulumi config set imageTag v7\npulumi up --yes\n", log)
}

func TestDeploy_FailsAfterARollback(t *testing.T) {
	d := newDeployTest(t, "rolling-back", true)
	d.tags["v7"] = true
	out, _, err := d.run(t, "--tag", "v7")
	assert.Equal(t, exitFailed, err, "pulumi up succeeded")
	assert.Contains(t, out, "FAILED: threa:7 (v7) is not running: ECS rolled back to threa:6")

	require.NoError(t, os.WriteFile(os.Getenv("UP"), []byte(revision6+"\n"), 0o600))
	require.NoError(t, os.Remove(d.log))
	d.setPulumi(t, os.Getenv("PATH"), "exit 255")
	out, log, err := d.run(t, "--tag", "v7")
	require.EqualError(t, err,
		"pulumi up: exit status 255. imageTag is v7. Fix the error and run it again: pulumi up")
	assert.Contains(t, out, "FAILED: threa:7 (v7) is not running: ECS rolled back to threa:6")
	assert.Equal(t, "pulumi config set imageTag v7\npulumi up --yes\n", log)
}

func TestDeploy_RestoresImageTagIfDeclined(t *testing.T) {
	t.Setenv("DECLINED", "yes")
	for hasRepository, change := range map[bool]string{true: "set imageTag v7", false: "rm imageTag"} {
		d := newDeployTest(t, "rolling-back", hasRepository)
		d.tags["v7"] = true
		args := []string{"--context", d.app}
		if hasRepository { // whose last deployment failed
			require.NoError(t, os.WriteFile(os.Getenv("UP"), []byte(ecstest.Registered+"\n"), 0o600))
			args = []string{"--tag", "v7"}
		}
		out, log, err := d.run(t, args...)
		require.EqualError(t, err, "pulumi up: exit status 255. It registered no task definition: imageTag is old, as before")
		assert.NotContains(t, out, "FAILED", "an earlier deployment is not the cause")
		assert.Contains(t, log, "pulumi config "+change+"\npulumi up --yes\npulumi config set imageTag old\n")
	}
	cmd, _ := newCommand(t)
	ctx, interrupt := context.WithCancel(t.Context())
	interrupt()
	cmd.SetContext(ctx)
	_, err := upWithTag(cmd, "v7", false)
	require.ErrorContains(t, err, "imageTag is old, as before", "Ctrl-C at the question")
}

// TestDeploy_UnreadableRepository protects an app that is running: a deployment without an image would stop it.
func TestDeploy_UnreadableRepository(t *testing.T) {
	d := newDeployTest(t, "running", true)
	for _, state := range []string{
		`{"type":"aws:ecs/service:Service","outputs":{"name":"threa"}}`, `{"type":"aws:ecr/repository:Repository"}`,
	} {
		pulumi := `case "$1" in stack) echo '{"deployment":{"resources":[` + state + `]}}' ;; config) ;;
			*) echo "pulumi $*" >>"$LOG" ;; esac`
		require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("PATH"), "pulumi"), []byte("#!/bin/sh\n"+pulumi), 0o755))
		cmd, _ := newCommand(t)
		_, err := createRepository(cmd, true)
		require.ErrorContains(t, err, "go run ./cmd/threa recover")
		assert.NoFileExists(t, d.log, "no pulumi up")
	}
}

func TestDeploy_ChecksBeforeItChanges(t *testing.T) {
	for want, c := range map[string]struct {
		prepare func(d *deployTest)
		args    []string
	}{
		"no container engine is on PATH. Install Docker": {prepare: func(*deployTest) {
			require.NoError(t, os.Remove(filepath.Join(os.Getenv("PATH"), "docker")))
		}},
		"no container engine answers (docker). Start it": {prepare: func(*deployTest) {
			require.NoError(t, os.WriteFile(filepath.Join(os.Getenv("PATH"), "docker"), []byte("#!/bin/sh\nexit 1"), 0o755))
		}},
		"has changes that are not committed:\n?? new": {prepare: func(d *deployTest) {
			require.NoError(t, os.WriteFile(filepath.Join(d.app, "new"), nil, 0o600))
		}},
		"Dockerfile does not exist. Name the folder of your app": {args: []string{"--context", t.TempDir()}},
		"not set: CLIENT_ID. Set each": {prepare: func(*deployTest) {
			t.Setenv("VARIABLES", "{}")
		}},
		"the local AWS has no registry to push an image to": {prepare: func(*deployTest) {
			t.Setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
		}},
		"the stack's repository has no image v8": {args: []string{"--tag", "v8"}},
		"[context tag] were all set":             {args: []string{"--tag", "v8", "--context", "x"}},
		"pulumi up: exit status 1": {prepare: func(d *deployTest) {
			d.setPulumi(t, os.Getenv("PATH"), "exit 1")
		}},
		"/Dockerfile.web does not exist, but ": {args: []string{"--file", "Dockerfile.web"}},
	} {
		d := newDeployTest(t, "running", false)
		if c.prepare != nil {
			c.prepare(d)
		}
		if len(c.args) == 0 || c.args[0] == "--file" {
			c.args = append(c.args, "--context", d.app)
		}
		_, log, err := d.run(t, c.args...)
		assert.ErrorContains(t, err, want)
		assert.NotContains(t, log, "config set", want)
		assert.NotContains(t, log, "docker build", want)
	}
}
