package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
)

// workflow runs steps of the workflows in a checkout.
type workflow struct {
	*sandbox
	results string // folder of the files that GitHub reads after a step
	github  string // folder of the fake gh's issues and comments
}

// scripts is the folder of the workflows' scripts.
var scripts = filepath.Join(root, ".github", "scripts")

// TestWorkflows runs the scripts of .github/workflows on one stack, in the order of their use. Each step depends on the
// one before.
func TestWorkflows(t *testing.T) {
	parallel(t)
	w := &workflow{sandbox: newBootstrapped(t), github: t.TempDir(), results: t.TempDir()}
	runSteps(t, w, []step[*workflow]{
		{"the first deployment creates the repository", createRepository},
		{"a deployment runs the new image", deployNewImage},
		{"a rejected or replaced deployment fails", reportFailedDeployment},
		{"an existing image is not built again", reuseImage},
		{"a pull request gets one comment with plan and costs", commentOnPullRequest},
		{"without drift there is no issue", reportNoDrift},
		{"drift opens one issue, which is closed afterwards", reportDrift},
		{"destroy requires the stack's name and lists what remains", destroyWithScript},
	})
}

// script runs a script of .github/scripts and returns what it printed and its exit code.
func (w *workflow) script(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	folder, err := filepath.Abs(scripts)
	require.NoError(t, err)
	cmd := w.shellCommand(`exec "$@"`, append([]string{filepath.Join(folder, name+".sh")}, args...)...)
	path := strings.Join([]string{filepath.Dir(threa), filepath.Join(folder, "testdata"), os.Getenv("PATH")}, ":")
	cmd.Env = append(cmd.Env, "PATH="+path,
		"GITHUB_OUTPUT="+filepath.Join(w.results, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(w.results, "summary"),
		"GH_FAKE="+w.github, "GH_TOKEN=a-token", "GH_REPO=octo-org/threa")
	if input, err := os.Open(filepath.Join(w.results, "preview.md")); err == nil && name == "comment" {
		defer func() { _ = input.Close() }()
		cmd.Stdin = input
	}
	return w.finish(cmd)
}

// succeed runs a script, requires success, and returns its output.
func (w *workflow) succeed(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, code := w.script(t, name, args...)
	require.Zero(t, code, "%s.sh %v\n%s", name, args, out)
	return out
}

// result reads and removes a file that the steps have written.
func (w *workflow) result(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(w.results, name)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	return string(text)
}

// checkout restores the configuration in Git, which lacks what a script has set.
func (w *workflow) checkout(t *testing.T) {
	t.Helper()
	for _, key := range []string{"imageTag", "deletionProtection"} {
		w.run("config", "rm", key) // it may not be set
	}
}

// image returns the outputs of image.sh.
func (w *workflow) image(t *testing.T) map[string]string {
	t.Helper()
	app, err := filepath.Abs(filepath.Join(root, "local", "app"))
	require.NoError(t, err)
	w.succeed(t, "image", app)
	outputs := map[string]string{}
	for line := range strings.Lines(w.result(t, "output")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		outputs[key] = value
	}
	return outputs
}

const imageRepository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"

func createRepository(t *testing.T, w *workflow) {
	w.setAppVariables(t)
	outputs := w.image(t)
	assert.Equal(t, imageRepository, outputs["repository"])
	assert.Equal(t, "linux/amd64", outputs["platform"])
	assert.Equal(t, "true", outputs["build"])
	assert.Regexp(t, `^[0-9a-f]{40}-x86_64$`, outputs["tag"])
	assert.Zero(t, describeService(t, w.sandbox).DesiredCount, "no task starts without an image")
}

func deployNewImage(t *testing.T, w *workflow) {
	tag := w.image(t)["tag"]
	w.push(t, tag)
	out := w.succeed(t, "deploy", tag)
	assert.Contains(t, out, tag)
	summary := w.result(t, "summary")
	assertContains(t, summary, tag, "Monthly cost: 43.")
	assert.Equal(t, 1, describeService(t, w.sandbox).DesiredCount)
	checkRole(t, w.sandbox, deployrole.Deploy, "rds:CreateDBInstance", "ecs:UpdateService", "ecs:ListTasks")
}

// reportFailedDeployment deploys a tag that the program rejects, then makes the service use the first revision, which
// has no image.
func reportFailedDeployment(t *testing.T, w *workflow) {
	tag := strings.TrimSpace(w.must(t, "config", "get", "imageTag"))
	out, code := w.script(t, "deploy", "latest")
	assert.NotZero(t, code)
	assertContains(t, out, `threa:imageTag is "latest"`, "is running: 1 task healthy") // of the old deployment

	w.shell(t, "exec aws ecs update-service --cluster threa --service threa --task-definition threa:1")
	takeAuthorizations(t, w.sandbox)
	out, code = w.script(t, "deploy", tag)
	assert.NotZero(t, code)
	assert.Contains(t, out, "FAILED: ")
	assert.NoFileExists(t, filepath.Join(w.results, "summary"))
	checkRole(t, w.sandbox, deployrole.Deploy, "ecs:DescribeTasks", "ecs:DescribeServices")
	w.must(t, "up", "--refresh")
}

func reuseImage(t *testing.T, w *workflow) {
	w.checkout(t)
	assert.Equal(t, "false", w.image(t)["build"])
	w.set(t, "cpuArchitecture", "arm64")
	arm := w.image(t)
	assert.Equal(t, "true", arm["build"], "for another architecture")
	assert.Equal(t, "linux/arm64", arm["platform"])
	w.unset(t, "cpuArchitecture")
	w.set(t, "imageTag", "v1")
	assert.Equal(t, map[string]string{"tag": "v1", "build": "false"}, w.image(t))
}

// commentOnPullRequest previews and comments twice, with a change of the configuration in between.
func commentOnPullRequest(t *testing.T, w *workflow) {
	takeAuthorizations(t, w.sandbox)
	report := filepath.Join(w.results, "preview.md")
	deployed, err := filepath.Abs(root) // the same version, so the costs are equal
	require.NoError(t, err)
	comment := func() string {
		w.checkout(t)
		w.succeed(t, "preview", deployed, report)
		w.succeed(t, "comment", "7", "preview of prod")
		comments := w.entries(t, "comments-7")
		require.Len(t, comments, 1)
		return comments[0].Body
	}
	first := comment()
	assertContains(t, first, "### Stack `prod`:", "unchanged", "| before |")
	assert.NotContains(t, first, " to update", "the deployed image stays")

	w.set(t, "desiredCount", "2")
	assert.Contains(t, comment(), "1 to update")
	w.set(t, "desiredCount", "two")
	out, code := w.script(t, "preview", deployed, report)
	assert.NotZero(t, code)
	assertContains(t, out, "the preview failed", "must be an integer")
	w.unset(t, "desiredCount")
	checkRole(t, w.sandbox, deployrole.Preview, "sts:GetCallerIdentity", "ssm:GetParametersByPath")
}

// gitHubEntry is an issue or a comment of the fake gh.
type gitHubEntry struct{ Title, Body, State string }

// entries returns the issues or comments of the fake gh.
func (w *workflow) entries(t *testing.T, file string) []gitHubEntry {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(w.github, file+".json"))
	require.NoError(t, err)
	var entries []gitHubEntry
	require.NoError(t, json.Unmarshal(text, &entries))
	return entries
}

func reportNoDrift(t *testing.T, w *workflow) {
	w.checkout(t)
	assert.Contains(t, w.succeed(t, "drift"), "AWS matches what stack prod deployed.")
	assert.Empty(t, w.entries(t, "issues"))
}

func reportDrift(t *testing.T, w *workflow) {
	group := `$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-rds \
		--query 'SecurityGroups[0].GroupId' --output text)`
	w.shell(t, `set -e
		aws logs delete-retention-policy --log-group-name /ecs/threa
		aws ec2 authorize-security-group-ingress --protocol tcp --port 5432 --cidr 192.0.2.0/24 --group-id `+group)
	takeAuthorizations(t, w.sandbox)
	for range 2 {
		w.checkout(t)
		w.succeed(t, "drift")
	}
	issues := w.entries(t, "issues")
	require.Len(t, issues, 1)
	assert.Equal(t, "Stack prod: AWS differs from what was deployed", issues[0].Title)
	assertContains(t, issues[0].Body,
		"| `monitoring-logs` | `aws:cloudwatch/logGroup:LogGroup` | `retentionInDays` | update it |", "192.0.2.0/24")
	checkRole(t, w.sandbox, deployrole.Preview, "logs:DescribeLogGroups", "ec2:DescribeSecurityGroupRules")

	w.must(t, "up", "--refresh")
	w.threa(t, 0, "", "recover", "--yes")
	w.checkout(t)
	w.succeed(t, "drift")
	assert.Equal(t, "closed", w.entries(t, "issues")[0].State)
	assert.Equal(t, "AWS matches what the stack deployed again.", w.entries(t, "comments-1")[0].Body)
}

func destroyWithScript(t *testing.T, w *workflow) {
	w.checkout(t)
	out, code := w.script(t, "destroy", "production")
	assert.NotZero(t, code)
	assert.Contains(t, out, `the confirmation "production" is not the stack's name "prod": nothing was destroyed`)
	assert.NotEmpty(t, describeService(t, w.sandbox).TaskDefinition)

	out, code = w.script(t, "destroy", "prod")
	assert.NotZero(t, code)
	assert.Contains(t, out, "pulumi config set --stack prod deletionProtection false")
	w.must(t, "config", "set", "deletionProtection", "false")

	w.shell(t, "aws ssm put-parameter --type SecureString --name /threa/workos-api-key --value given")
	takeAuthorizations(t, w.sandbox)
	w.succeed(t, "destroy", "prod")
	checkRole(t, w.sandbox, deployrole.Deploy, "rds:DeleteDBInstance", "ec2:DeleteVpc")
	summary := w.result(t, "summary")
	snapshots := finalSnapshots(t, w.sandbox)
	require.Len(t, snapshots, 1)
	assertContains(t, summary, "the snapshot `"+snapshots[0]+"` of 20 GB, at most 2.00 USD a month",
		"aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier "+snapshots[0],
		"the parameter `/threa/workos-api-key`, free")
	w.shell(t, "aws ssm delete-parameter --name /threa/workos-api-key")
	checkDestroyed(t, w.sandbox)
}
