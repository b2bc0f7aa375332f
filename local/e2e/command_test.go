package e2e

import (
	"net/http"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestCommand_OperatesApp uses the commands of threa, from a stack without an image to a rollback. Each step depends on
// the one before.
func TestCommand_OperatesApp(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"without an image nothing is deployed", checkNotDeployed},
		{"secrets are set but never shown", setSecrets},
		{"a deployment has a status, an address and a log", deployFirstImage},
		{"a deployment outside of the stack is a failure", reportExternalDeployment},
		{"after a rollback a preview is empty", rollBack},
		{"the app answers at the address", waitForAddress},
	})
	assert.NotContains(t, s.printed.String(), secretValue)
}

// secretValue is the value of every secret in the test.
const secretValue = "sk-the-very-secret-value"

func checkNotDeployed(t *testing.T, s *sandbox) {
	s.set(t, "containerPort", "3107") // other tests use the default
	s.must(t, "up")
	assert.Contains(t, s.threa(t, 2, "", "deploy-status", "--wait"), "the stack has no image yet")
	assert.Contains(t, s.threa(t, 1, "", "url"), "no task is running")
	assert.Contains(t, s.threa(t, 1, "", "releases"), "the local AWS has no registry")
	assert.Contains(t, s.threa(t, 0, "", "logs"), "No lines of container threa in the last 30m0s")
}

func setSecrets(t *testing.T, s *sandbox) {
	out := s.threa(t, 1, "", "secrets")
	assert.Regexp(t, `WORKOS_API_KEY +missing`, out)
	assert.Regexp(t, `dbPassword +set`, out)

	const own = "/threa/workos-api-key"
	s.must(t, "config", "set", "--plaintext", "--path", "appSecrets.WORKOS_API_KEY", "workos-api-key")
	assert.Regexp(t, `WORKOS_API_KEY +missing +SSM `+own, s.threa(t, 1, "", "secrets"))
	assert.Contains(t, s.threa(t, 0, secretValue+"\n", "secrets", "set", "WORKOS_API_KEY"), "stored in SSM as "+own)
	value := func() string {
		return aws[string](t, s, "ssm", "get-parameter", "--with-decryption", "--name", own, "--query", "Parameter.Value")
	}
	assert.True(t, value() == secretValue) // its failure must not show the value

	s.threa(t, 0, "changeme", "secrets", "set", "WORKOS_COOKIE_PASSWORD")
	assert.Regexp(t, `WORKOS_COOKIE_PASSWORD +a placeholder`, s.threa(t, 1, "", "secrets"))
	s.threa(t, 0, secretValue, "secrets", "set", "WORKOS_COOKIE_PASSWORD")
	for _, name := range []string{"WORKOS_CLIENT_ID", "WORKOS_REDIRECT_URI"} {
		s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment."+name, "https://app.example.com")
	}
	s.threa(t, 0, "", "secrets")
}

// deployTag pushes a unique image and deploys it.
func deployTag(t *testing.T, s *sandbox, tag string) {
	t.Helper()
	s.push(t, tag)
	out := s.threa(t, 0, "", "deploy", "--yes", "--tag", tag)
	assertContains(t, out, "("+tag+") is running: 1 task healthy.", "http://127.0.0.1:3107\n")
}

func deployFirstImage(t *testing.T, s *sandbox) {
	assert.Contains(t, s.threa(t, 1, "", "deploy", "--yes"), "the local AWS has no registry")
	assert.Contains(t, s.threa(t, 1, "", "deploy", "--yes", "--tag", "v9"), "the stack's repository has no image v9")
	deployTag(t, s, "v1")
	assert.Contains(t, s.threa(t, 0, "", "deploy-status", "--wait"), "(v1) is running: 1 task healthy.")
	assert.Equal(t, "http://127.0.0.1:3107\n", s.threa(t, 0, "", "url"))
	s.threa(t, 0, "", "secrets")
	expectNoChanges(t, s)

	const stream = "ecs/threa/0b7e0b7e0b7e"
	s.shell(t, `aws logs create-log-stream --log-group-name /ecs/threa --log-stream-name "$1" &&
		aws logs put-log-events --log-group-name /ecs/threa --log-stream-name "$1" \
			--log-events "timestamp=$(date +%s)000,message=Listening"`, stream)
	assert.Contains(t, s.threa(t, 0, "", "logs"), " 0b7e0b7e Listening\n")
	assert.NotContains(t, s.threa(t, 0, "", "logs", "--container", "db-role"), "Listening")
	assert.Contains(t, s.threa(t, 1, "", "run", "--", "true"), "the local AWS has no ECS RunTask")
}

// reportExternalDeployment makes the service use an older revision.
func reportExternalDeployment(t *testing.T, s *sandbox) {
	before := describeService(t, s).TaskDefinition
	deployTag(t, s, "v2")
	s.shell(t, `exec aws ecs update-service --cluster threa --service threa --task-definition "$1"`, before)
	out := s.threa(t, 1, "", "deploy-status")
	assertContains(t, out, "FAILED: ", "something else has deployed since")
	s.must(t, "up", "--refresh")
	s.threa(t, 0, "", "deploy-status")
}

func rollBack(t *testing.T, s *sandbox) {
	out := s.threa(t, 0, "", "releases")
	assert.Regexp(t, `(?m)^0 +v2 +sha256:\w{12} `, out)
	assert.Regexp(t, `(?m)^1 +v1 +sha256:\w{12} `, out)
	assert.Contains(t, s.threa(t, 1, "", "rollback"), "use --yes")

	assert.Contains(t, s.threa(t, 0, "", "rollback", "--yes"), "(v1) is running: 1 task healthy.")
	assert.Equal(t, "v1\n", s.must(t, "config", "get", "imageTag"))
	expectNoChanges(t, s)
	assert.Regexp(t, `(?m)^0 +v1 `, s.threa(t, 0, "", "releases"))

	s.shell(t, `exec aws ecr batch-delete-image --repository-name threa --image-ids imageTag=v2`)
	assert.Regexp(t, `(?m)^1 +v2 .*deleted from ECR$`, s.threa(t, 0, "", "releases"))
	assert.Contains(t, s.threa(t, 1, "", "rollback", "--yes"), "was deleted from the repository threa")
	expectNoChanges(t, s)
}

func waitForAddress(t *testing.T, s *sandbox) {
	app := startTask(t, s)
	address := strings.TrimSpace(s.threa(t, 0, "", "url", "--wait"))
	response, err := http.Get(address + "/health")
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())
	assert.Equal(t, http.StatusOK, response.StatusCode)
	assert.Zero(t, app.stop(syscall.SIGTERM), app.log())

	s.shell(t, `exec aws ssm put-parameter --overwrite --type SecureString --name /threa/workos-api-key --value "$1"`,
		secretValue+"-new")
	assert.Regexp(t, `WORKOS_API_KEY +changed since the tasks started`, s.threa(t, 0, "", "secrets"))
	s.threa(t, 0, "", "secrets", "restart")
	expectNoChanges(t, s)
}
