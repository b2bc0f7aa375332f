package e2e

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestStack_Lifecycle deploys, changes and destroys a stack, twice. Each step depends on the one before.
func TestStack_Lifecycle(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"the first up creates the stack", deployFirst},
		{"AWS has the documented resources", checkResources},
		{"a second up changes nothing", deployAgain},
		{"the preview role allows every call of a preview", checkPreviewRole},
		{"an invalid configuration changes nothing", refuseInvalidConfig},
		{"an image requires the app's secrets", deployImage},
		{"Spot is switched in place", switchSpot},
		{"the budget configuration keeps the data", switchToBudget},
		{"a refresh finds no drift", expectNoDrift},
		{"a changed lifecycle policy is restored", restoreLifecyclePolicy},
		{"the database user cannot change", refuseUserChange},
		{"a protected stack cannot be destroyed", refuseProtectedDestroy},
		{"a destroy leaves only the final snapshot", destroyStack},
		{"a stack with another configuration leaves its own snapshot", redeployWithOtherConfig},
		{"the deploy role allows every call", checkDeployRole},
		{"no secret was stored or printed unencrypted", checkSecretsEncrypted},
	})
}

func deployFirst(t *testing.T, s *sandbox) {
	s.must(t, "up")
	outputs := s.outputs(t)
	for _, name := range []string{
		"ecrRepositoryUrl", "ecsClusterName", "ecsServiceName", "cloudwatchLogGroup", "cloudwatchDashboardUrl",
		"rdsEndpoint", "rdsDatabaseName", "redisEndpoint", "taskDefinitionArn", "databaseUrlParameter", "nextSteps",
	} {
		assert.NotEmpty(t, outputs[name], name)
	}
}

func expectNoChanges(t *testing.T, s *sandbox) {
	s.must(t, "preview", "--expect-no-changes")
}

func deployAgain(t *testing.T, s *sandbox) {
	expectNoChanges(t, s)
	s.must(t, "up", "--expect-no-changes")
}

func refuseInvalidConfig(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "containerMemory", "100")
	s.must(t, "config", "set", "containerCPU", "512")
	s.must(t, "config", "set", "desiredCount", "two")
	s.must(t, "config", "set", "useSpot", "yes")
	out := s.fails(t, "up")
	assert.Contains(t, out, "the configuration of stack prod has 4 problems, nothing was changed")
	assert.Contains(t, out, `threa:containerMemory is "100": must be 512, 1024 or 2048 MiB with containerCpu 256`)
	assert.Contains(t, out, "pulumi config set containerMemory 512")
	assert.Contains(t, out, "did you mean containerCpu?")
	assert.Contains(t, out, `threa:desiredCount is "two": must be an integer from 0 to 100 tasks`)
	assert.Contains(t, out, `threa:useSpot is "yes": must be true or false`)
	assert.NotContains(t, out, "goroutine", "the message must not be a stack trace")
	s.must(t, "config", "set", "containerMemory", "512")
	for _, key := range []string{"containerCPU", "desiredCount", "useSpot"} {
		s.must(t, "config", "rm", key)
	}
	expectNoChanges(t, s)
}

// cookiePassword is a secret in the configuration.
const cookiePassword = "a-cookie-password-of-32-characters"

func deployImage(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "--plaintext", "--path", "appSecrets.WORKOS_API_KEY", "workos-api-key")
	s.must(t, "config", "set", "--secret", "--path", "appSecretValues.WORKOS_COOKIE_PASSWORD", cookiePassword)
	s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment.WORKOS_CLIENT_ID", "client_1")
	s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment.WORKOS_REDIRECT_URI", "https://app.example.com/callback")
	s.must(t, "config", "set", "imageTag", "v1")

	out := s.fails(t, "preview")
	const put = "aws ssm put-parameter --region eu-central-1 --type SecureString --name /threa/workos-api-key --value"
	require.Contains(t, out, put)
	s.shell(t, put+" 'sk_test_1'")
	s.must(t, "up")

	service := describeService(t, s)
	assert.Equal(t, 1, service.DesiredCount)
	assert.Equal(t, s.outputs(t)["taskDefinitionArn"], service.TaskDefinition)
	expectNoChanges(t, s)
}

func switchSpot(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "spotFallback", "false") // TestSpotFallback_RunsOnDemandTasks tests the fallback
	for _, one := range []struct{ value, provider string }{{"true", "FARGATE_SPOT"}, {"false", "FARGATE"}} {
		s.must(t, "config", "set", "useSpot", one.value)
		assert.Equal(t, []string{"update compute-service"}, s.operations(t))
		s.must(t, "up")
		require.Len(t, describeService(t, s).CapacityProviderStrategy, 1)
		assert.Equal(t, one.provider, describeService(t, s).CapacityProviderStrategy[0].CapacityProvider)
		expectNoChanges(t, s)
	}
	s.must(t, "config", "rm", "spotFallback")
}

func switchToBudget(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{"useSpot": "true", "enableRedis": "false", "cpuArchitecture": "arm64"} {
		s.must(t, "config", "set", key, value)
	}
	setConfirmation(t, s, true)
	for _, operation := range s.operations(t) {
		for _, name := range []string{"database-instance", "compute-repository", "monitoring-logs"} {
			assert.NotContains(t, operation, name)
		}
	}
	s.must(t, "up")
	setConfirmation(t, s, false)
	expectNoChanges(t, s)
}

func expectNoDrift(t *testing.T, s *sandbox) {
	s.must(t, "refresh", "--expect-no-changes")
}

// restoreLifecyclePolicy changes the rules of the lifecycle policy by hand. The provider can only replace the policy.
func restoreLifecyclePolicy(t *testing.T, s *sandbox) {
	want := lifecyclePolicy(t, s)
	s.shell(t, "aws ecr put-lifecycle-policy --repository-name threa --lifecycle-policy-text '"+
		strings.Replace(want, `"countNumber":10`, `"countNumber":3`, 1)+"'")
	require.NotEqual(t, want, lifecyclePolicy(t, s))
	s.must(t, "up", "--refresh")
	assert.Equal(t, want, lifecyclePolicy(t, s))
	expectNoChanges(t, s)
}

func lifecyclePolicy(t *testing.T, s *sandbox) string {
	t.Helper()
	return aws[string](t, s, "ecr", "get-lifecycle-policy", "--repository-name", "threa",
		"--query", "lifecyclePolicyText")
}

func refuseUserChange(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "dbUsername", "someone")
	out := s.fails(t, "preview")
	assert.Contains(t, out, `threa:dbUsername is "someone", but the database was created with "threa"`)
	s.must(t, "config", "rm", "dbUsername")
	expectNoChanges(t, s)
}

func refuseProtectedDestroy(t *testing.T, s *sandbox) {
	assert.Contains(t, s.fails(t, "destroy"), "protected")
	expectNoChanges(t, s)
}

func destroyStack(t *testing.T, s *sandbox) {
	snapshot := removeSnapshotFromState(t, s)
	s.must(t, "config", "set", "deletionProtection", "false")
	said := s.must(t, "up")
	addRolePolicies(t, s)
	s.must(t, "destroy")
	for service, list := range remainingResources(t, s) {
		assert.Empty(t, list, service)
	}
	snapshots := finalSnapshots(t, s)
	require.Equal(t, []string{snapshot}, snapshots)
	assert.Contains(t, said, "aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier "+snapshots[0], "the up before a destroy lists what remains")
	assert.Contains(t, said, "aws ssm delete-parameter --region eu-central-1 --name /threa/workos-api-key")
}

// removeSnapshotFromState removes the name of the final snapshot from the state, as after an import of the database, and
// returns the name.
func removeSnapshotFromState(t *testing.T, s *sandbox) string {
	t.Helper()
	const property = "finalSnapshotIdentifier"
	state := exportState(t, s)
	instance := findResource(resourcesOf(state), "::database-instance")
	require.NotNil(t, instance)
	name, _ := instance["outputs"].(fields)[property].(string)
	require.NotEmpty(t, name)
	delete(instance["inputs"].(fields), property)
	delete(instance["outputs"].(fields), property)
	importState(t, s, state)
	return name
}

// addRolePolicies adds policies to a role. IAM refuses to delete a role that has policies.
func addRolePolicies(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws iam attach-role-policy --role-name threa-ecs-task --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
		aws iam put-role-policy --role-name threa-ecs-task --policy-name by-hand --policy-document \
			'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'`)
}

// redeployWithOtherConfig deploys the stack again with the opposite of every default.
func redeployWithOtherConfig(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{
		"vpc": "default", "dbEngineVersion": "16", "multiAz": "true", "enableRedis": "true", "cacheEngine": "valkey", "redisTls": "false",
		"alarmEmail": "ops@example.com", "containerInsights": "true", "enableExec": "false",
		"monthlyBudget": "auto",
	} {
		s.must(t, "config", "set", key, value)
	}
	s.must(t, "up")
	assert.Contains(t, s.outputs(t)["alarmTopicArn"], "threa-alarms")
	assert.Equal(t, []string{"user:Stack$threa"}, budgetTags(t, s))
	expectNoChanges(t, s)
	expectNoDrift(t, s)
	s.must(t, "destroy")
	assert.Empty(t, budgetTags(t, s))
	for service, list := range remainingResources(t, s) {
		assert.Empty(t, list, service)
	}
	assert.Len(t, finalSnapshots(t, s), 2)
}

// budgetTags returns the cost allocation tags of the budgets.
func budgetTags(t *testing.T, s *sandbox) []string {
	return aws[[]string](t, s, "budgets", "describe-budgets", "--account-id", "123456789012",
		"--query", "Budgets[].CostFilters.TagKeyValue[]")
}

func finalSnapshots(t *testing.T, s *sandbox) []string {
	return aws[[]string](t, s, "rds", "describe-db-snapshots", "--snapshot-type", "manual", "--query", "DBSnapshots[].DBSnapshotIdentifier")
}

// checkSecretsEncrypted searches all output and every file, including the state, for every secret, plain and as in a URL.
func checkSecretsEncrypted(t *testing.T, s *sandbox) {
	password, err := s.command("config", "get", "dbPassword").Output()
	require.NoError(t, err)
	plain := strings.TrimSpace(string(password))
	require.NotEmpty(t, plain)
	places := s.localFiles(t)
	places["the output"] = s.printed.String()
	require.Greater(t, len(places), 5)
	for _, secret := range []string{plain, url.QueryEscape(plain), cookiePassword} {
		for place, text := range places {
			// assert.NotContains would print the secret.
			assert.False(t, strings.Contains(text, secret), "unencrypted secret in %s", place)
		}
	}
}

func TestLocalAWS_ReportsMissingTools(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	cmd := s.command("preview")
	path := t.TempDir()
	for _, tool := range []string{"go", "sh", "git"} {
		linkTool(t, tool, path)
	}
	cmd.Env = append(cmd.Env, "PATH="+path)
	out, code := s.finish(cmd)
	assert.NotZero(t, code)
	assert.Contains(t, out, "moto_server")
	assert.Contains(t, out, "pip install")
	assert.NotContains(t, out, "goroutine")
}

func linkTool(t *testing.T, tool, folder string) {
	t.Helper()
	for _, place := range strings.Split(os.Getenv("PATH"), ":") {
		if _, err := os.Stat(place + "/" + tool); err == nil {
			require.NoError(t, os.Symlink(place+"/"+tool, folder+"/"+tool))
			return
		}
	}
	require.Failf(t, "missing tool", "%s is not on PATH", tool)
}
