package e2e

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/internal/github/githubtest"
)

// workflow is what a step of a workflow finds: a checkout, the commands, a GitHub.
type workflow struct {
	*sandbox
	github  *githubtest.GitHub
	results string // folder of the files that GitHub reads after a step
}

// TestTheWorkflowsDoWhatTheySay runs the shell parts of .github/workflows on one stack, in the order in which a team would
// see them. Each step builds on the one before.
func TestTheWorkflowsDoWhatTheySay(t *testing.T) {
	t.Parallel()
	w := &workflow{sandbox: newSandbox(t, root), github: githubtest.New(t), results: t.TempDir()}
	follow(t, w, []step[*workflow]{
		{"a first deployment makes the repository and asks for the image", firstDeployment},
		{"a deployment runs the new image and says so", deployment},
		{"a deployment is red when it is refused, and when something else runs", redDeployment},
		{"an image that is there is not built again, nor one that the stack's file names", imageIsThere},
		{"a pull request gets one comment with plan and bill", pullRequest},
		{"nobody changed anything: no issue", noDriftNoIssue},
		{"what somebody changed is one issue, closed when it is back", driftIssue},
		{"destroy wants the stack's name, and says what survives", destroyByHand},
	})
}

// script runs a script of .github/scripts and returns what it printed and its exit code.
func (w *workflow) script(t *testing.T, name string, args ...string) (string, int) {
	t.Helper()
	scripts, err := filepath.Abs(filepath.Join(root, ".github", "scripts"))
	require.NoError(t, err)
	all := append([]string{"-c", `eval "$("$0" env)"; exec "$@"`, launcher, filepath.Join(scripts, name+".sh")}, args...)
	cmd := exec.Command("sh", all...)
	cmd.Dir = w.project
	cmd.Env = append(os.Environ(), "THREA_LOCAL_DIR="+w.folder, "PATH="+filepath.Dir(threa)+":"+os.Getenv("PATH"),
		"GITHUB_OUTPUT="+filepath.Join(w.results, "output"), "GITHUB_STEP_SUMMARY="+filepath.Join(w.results, "summary"),
		"GITHUB_API_URL="+w.github.URL, "GITHUB_REPOSITORY=octo-org/threa", "GITHUB_TOKEN=a-token")
	return w.finish(cmd)
}

// green runs a script and wants it to succeed.
func (w *workflow) green(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, code := w.script(t, name, args...)
	require.Zero(t, code, "%s.sh %v\n%s", name, args, out)
	return out
}

// result takes a file that the steps so far have written.
func (w *workflow) result(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join(w.results, name)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.Remove(path))
	return string(text)
}

// checkout is the configuration as it is in Git: what a script has set is not in there.
func (w *workflow) checkout(t *testing.T) {
	t.Helper()
	for _, key := range []string{"imageTag", "deletionProtection"} {
		w.run("config", "rm", key) // it may not be set
	}
}

// image is what image.sh says of the app.
func (w *workflow) image(t *testing.T) map[string]string {
	t.Helper()
	app, err := filepath.Abs(filepath.Join(root, "local", "app"))
	require.NoError(t, err)
	w.green(t, "image", app)
	said := map[string]string{}
	for line := range strings.Lines(w.result(t, "output")) {
		key, value, _ := strings.Cut(strings.TrimSpace(line), "=")
		said[key] = value
	}
	return said
}

// imageManifest stands for the image that docker would push: the local AWS has no registry behind its API.
const imageManifest = `{"schemaVersion":2,"mediaType":"application/vnd.docker.distribution.manifest.v2+json",
	"config":{"mediaType":"application/vnd.docker.container.image.v1+json","size":7,"digest":"sha256:0000"},"layers":[]}`

const imageRepository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"

func firstDeployment(t *testing.T, w *workflow) {
	provideVariables(t, w.sandbox)
	w.must(t, "preview") // starts the local AWS
	said := w.image(t)
	assert.Equal(t, imageRepository, said["repository"])
	assert.Equal(t, "linux/amd64", said["platform"])
	assert.Equal(t, "true", said["build"])
	assert.Regexp(t, `^[0-9a-f]{40}-x86_64$`, said["tag"])
	assert.Zero(t, theService(t, w.sandbox).DesiredCount, "no task starts without an image")
}

func deployment(t *testing.T, w *workflow) {
	tag := w.image(t)["tag"]
	w.shell(t, `aws ecr put-image --repository-name threa --image-tag "$1" --image-manifest "$2"`, tag, imageManifest)
	out := w.green(t, "deploy", tag)
	assert.Contains(t, out, tag)
	summary := w.result(t, "summary")
	assert.Contains(t, summary, tag)
	assert.Contains(t, summary, "Cost a month: 43.")
	assert.Equal(t, 1, theService(t, w.sandbox).DesiredCount)
	enough(t, w.sandbox, deployrole.Deploy, "rds:CreateDBInstance", "ecs:UpdateService", "ecs:ListTasks")
}

// redDeployment deploys what the program refuses, then what runs no longer, because somebody has put the first revision, the
// one without an image, under the service.
func redDeployment(t *testing.T, w *workflow) {
	tag := strings.TrimSpace(w.must(t, "config", "get", "imageTag"))
	out, code := w.script(t, "deploy", "latest")
	assert.NotZero(t, code)
	assert.Contains(t, out, `threa:imageTag is "latest"`)
	assert.Contains(t, out, "runs: 1 task, healthy", "what still serves is said, too")

	w.shell(t, "exec aws ecs update-service --cluster threa --service threa --task-definition threa:1")
	accesses(t, w.sandbox)
	out, code = w.script(t, "deploy", tag)
	assert.NotZero(t, code)
	assert.Contains(t, out, "FAILED: ")
	assert.NoFileExists(t, filepath.Join(w.results, "summary"))
	enough(t, w.sandbox, deployrole.Deploy, "ecs:DescribeTasks", "ecs:DescribeServices")
	w.must(t, "up", "--refresh")
}

func imageIsThere(t *testing.T, w *workflow) {
	w.checkout(t)
	assert.Equal(t, "false", w.image(t)["build"])
	w.must(t, "config", "set", "cpuArchitecture", "arm64")
	other := w.image(t)
	assert.Equal(t, "true", other["build"], "for another architecture it has to be built")
	assert.Equal(t, "linux/arm64", other["platform"])
	w.must(t, "config", "rm", "cpuArchitecture")
	w.must(t, "config", "set", "imageTag", "v1")
	assert.Equal(t, map[string]string{"tag": "v1", "build": "false"}, w.image(t))
}

// pullRequest runs what a pull request runs, twice, with a change of the configuration in between.
func pullRequest(t *testing.T, w *workflow) {
	accesses(t, w.sandbox)
	report := filepath.Join(w.results, "preview.md")
	deployed, err := filepath.Abs(root) // the same version of the project: no difference in the bill
	require.NoError(t, err)
	comment := func() string {
		w.checkout(t)
		w.green(t, "preview", deployed, report)
		w.shell(t, `GITHUB_API_URL="$1" GITHUB_REPOSITORY=octo-org/threa GITHUB_TOKEN=a-token \
			"$2" github comment --pull-request 7 --about "preview of prod" <"$3"`, w.github.URL, threa, report)
		comments := w.github.Comments(7)
		require.Len(t, comments, 1, "it is changed, not repeated")
		return comments[0].Body
	}
	first := comment()
	assert.Contains(t, first, "### Stack `prod`:")
	assert.Contains(t, first, "unchanged")
	assert.NotContains(t, first, " to update", "the image that runs stays")
	assert.Contains(t, first, "| before |")

	w.must(t, "config", "set", "desiredCount", "2")
	assert.Contains(t, comment(), "1 to update")
	w.must(t, "config", "set", "desiredCount", "two")
	out, code := w.script(t, "preview", deployed, report)
	assert.NotZero(t, code)
	assert.Contains(t, out, "the preview failed")
	assert.Contains(t, out, "must be a whole number")
	w.must(t, "config", "rm", "desiredCount")
	enough(t, w.sandbox, deployrole.Preview, "sts:GetCallerIdentity", "ssm:GetParametersByPath")
}

func noDriftNoIssue(t *testing.T, w *workflow) {
	w.checkout(t)
	assert.Contains(t, w.green(t, "drift"), "AWS is as stack prod was deployed.")
	assert.Empty(t, w.github.Issues())
}

func driftIssue(t *testing.T, w *workflow) {
	group := `$(aws ec2 describe-security-groups --filters Name=group-name,Values=threa-rds --query 'SecurityGroups[0].GroupId' --output text)`
	w.shell(t, `set -e
		aws logs delete-retention-policy --log-group-name /ecs/threa
		aws ec2 authorize-security-group-ingress --protocol tcp --port 5432 --cidr 192.0.2.0/24 --group-id `+group)
	accesses(t, w.sandbox)
	for range 2 {
		w.checkout(t)
		w.green(t, "drift")
	}
	issues := w.github.Issues()
	require.Len(t, issues, 1)
	assert.Equal(t, "Stack prod is not as it was deployed", issues[0].Title)
	assert.Contains(t, issues[0].Body, "| `monitoring-logs` | `aws:cloudwatch/logGroup:LogGroup` | `retentionInDays` | update it |")
	assert.Contains(t, issues[0].Body, "192.0.2.0/24")
	enough(t, w.sandbox, deployrole.Preview, "logs:DescribeLogGroups", "ec2:DescribeSecurityGroupRules")

	w.must(t, "up", "--refresh")
	w.threa(t, "recover", "--yes")
	w.checkout(t)
	w.green(t, "drift")
	assert.Equal(t, "closed", w.github.Issues()[0].State)
	assert.Equal(t, "AWS is again as it was deployed.\n", w.github.Comments(1)[0].Body)
}

func destroyByHand(t *testing.T, w *workflow) {
	w.checkout(t)
	out, code := w.script(t, "destroy", "production")
	assert.NotZero(t, code)
	assert.Contains(t, out, `"production" was typed to confirm, the stack is "prod": nothing was destroyed`)
	assert.NotEmpty(t, theService(t, w.sandbox).TaskDefinition)

	w.shell(t, "aws ssm put-parameter --type SecureString --name /threa/workos-api-key --value given")
	accesses(t, w.sandbox)
	w.green(t, "destroy", "prod")
	enough(t, w.sandbox, deployrole.Deploy, "rds:DeleteDBInstance", "ec2:DeleteVpc")
	summary := w.result(t, "summary")
	snapshots := finalSnapshots(t, w.sandbox)
	require.Len(t, snapshots, 1)
	assert.Contains(t, summary, "the snapshot `"+snapshots[0]+"` of 20 GB, at most 2 USD a month")
	assert.Contains(t, summary, "aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier "+snapshots[0])
	assert.Contains(t, summary, "the parameter `/threa/workos-api-key`, free")
	w.shell(t, "aws ssm delete-parameter --name /threa/workos-api-key")
	for service, list := range leftovers(t, w.sandbox) {
		assert.Empty(t, list, service)
	}
}
