package e2e

import (
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheWholeLifeOfAStack follows one stack from its first up to its last destroy, and a second life after it. Each
// step builds on the one before.
func TestTheWholeLifeOfAStack(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"the first up brings the complete stack", firstUp},
		{"AWS has what the manual promises", lookAtAWS},
		{"a second up changes nothing", secondUp},
		{"the preview role may make every call of a preview", previewRoleIsEnough},
		{"a wrong value is refused and nothing changes", wrongValue},
		{"a missing app secret is named, then found", deployImage},
		{"spot switches in place, both ways", toggleSpot},
		{"the budget configuration replaces nothing that holds data", switchToBudget},
		{"refresh sees no drift", noDrift},
		{"a lifecycle policy changed by hand is restored", restoreLifecyclePolicy},
		{"a renamed database user is refused, the data stays", renameUser},
		{"destroy is refused while the stack is protected", protected},
		{"destroy leaves nothing but the final snapshot", destroyed},
		{"a second life, with other choices, ends with a snapshot of its own", secondLife},
		{"the deploy role may make every call that was made", deployRoleIsEnough},
		{"no secret was written or printed", noSecretInTheClear},
	})
}

func firstUp(t *testing.T, s *sandbox) {
	s.must(t, "up")
	outputs := s.outputs(t)
	for _, name := range []string{
		"ecrRepositoryUrl", "ecsClusterName", "ecsServiceName", "cloudwatchLogGroup", "cloudwatchDashboardUrl",
		"rdsEndpoint", "rdsDatabaseName", "redisEndpoint", "taskDefinitionArn", "databaseUrlParameter", "nextSteps",
	} {
		assert.NotEmpty(t, outputs[name], name)
	}
}

func nothingToDo(t *testing.T, s *sandbox) {
	s.must(t, "preview", "--expect-no-changes")
}

func secondUp(t *testing.T, s *sandbox) {
	nothingToDo(t, s)
	s.must(t, "up", "--expect-no-changes")
}

func wrongValue(t *testing.T, s *sandbox) {
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
	assert.NotContains(t, out, "goroutine", "a user is shown no stack trace")
	s.must(t, "config", "set", "containerMemory", "512")
	for _, key := range []string{"containerCPU", "desiredCount", "useSpot"} {
		s.must(t, "config", "rm", key)
	}
	nothingToDo(t, s)
}

// cookiePassword is a secret that the user hands to the program.
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

	service := theService(t, s)
	assert.Equal(t, 1, service.DesiredCount)
	assert.Equal(t, s.outputs(t)["taskDefinitionArn"], service.TaskDefinition)
	nothingToDo(t, s)
}

func toggleSpot(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "spotFallback", "false") // the fallback has a test of its own
	for _, one := range []struct{ value, provider string }{{"true", "FARGATE_SPOT"}, {"false", "FARGATE"}} {
		s.must(t, "config", "set", "useSpot", one.value)
		assert.Equal(t, []string{"update compute-service"}, s.operations(t))
		s.must(t, "up")
		require.Len(t, theService(t, s).CapacityProviderStrategy, 1)
		assert.Equal(t, one.provider, theService(t, s).CapacityProviderStrategy[0].CapacityProvider)
		nothingToDo(t, s)
	}
	s.must(t, "config", "rm", "spotFallback")
}

func switchToBudget(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{"useSpot": "true", "enableRedis": "false", "cpuArchitecture": "arm64"} {
		s.must(t, "config", "set", key, value)
	}
	confirmed(t, s, true)
	for _, operation := range s.operations(t) {
		for _, name := range []string{"database-instance", "compute-repository", "monitoring-logs"} {
			assert.NotContains(t, operation, name)
		}
	}
	s.must(t, "up")
	confirmed(t, s, false)
	nothingToDo(t, s)
}

func noDrift(t *testing.T, s *sandbox) {
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
	nothingToDo(t, s)
}

func lifecyclePolicy(t *testing.T, s *sandbox) string {
	t.Helper()
	return aws[string](t, s, "ecr", "get-lifecycle-policy", "--repository-name", "threa",
		"--query", "lifecyclePolicyText")
}

func renameUser(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "dbUsername", "someone")
	out := s.fails(t, "preview")
	assert.Contains(t, out, `threa:dbUsername is "someone", but the database was created with "threa"`)
	s.must(t, "config", "rm", "dbUsername")
	nothingToDo(t, s)
}

func protected(t *testing.T, s *sandbox) {
	assert.Contains(t, s.fails(t, "destroy"), "protected")
	nothingToDo(t, s)
}

func destroyed(t *testing.T, s *sandbox) {
	snapshot := forgetFinalSnapshot(t, s)
	s.must(t, "config", "set", "deletionProtection", "false")
	said := s.must(t, "up")
	addByHand(t, s)
	s.must(t, "destroy")
	for service, list := range leftovers(t, s) {
		assert.Empty(t, list, service)
	}
	snapshots := finalSnapshots(t, s)
	require.Equal(t, []string{snapshot}, snapshots)
	assert.Contains(t, said, "aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier "+snapshots[0], "what survives is said before")
	assert.Contains(t, said, "aws ssm delete-parameter --region eu-central-1 --name /threa/workos-api-key")
}

// forgetFinalSnapshot removes the name of the final snapshot from the state, as an import of the database leaves it, and
// returns the name.
func forgetFinalSnapshot(t *testing.T, s *sandbox) string {
	t.Helper()
	const property = "finalSnapshotIdentifier"
	state := exportState(t, s)
	instance := named(resourcesOf(state), "::database-instance")
	require.NotNil(t, instance)
	name, _ := instance["outputs"].(fields)[property].(string)
	require.NotEmpty(t, name)
	delete(instance["inputs"].(fields), property)
	delete(instance["outputs"].(fields), property)
	importState(t, s, state)
	return name
}

// addByHand adds policies to a role. IAM refuses to delete a role that has policies.
func addByHand(t *testing.T, s *sandbox) {
	s.shell(t, `set -e
		aws iam attach-role-policy --role-name threa-ecs-task --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
		aws iam put-role-policy --role-name threa-ecs-task --policy-name by-hand --policy-document \
			'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'`)
}

// secondLife deploys the stack again with every choice made the other way.
func secondLife(t *testing.T, s *sandbox) {
	for key, value := range map[string]string{
		"vpc": "default", "dbEngineVersion": "16", "multiAz": "true", "enableRedis": "true", "cacheEngine": "valkey", "redisTls": "false",
		"alarmEmail": "ops@example.com", "containerInsights": "true", "enableExec": "false",
		"monthlyBudget": "auto",
	} {
		s.must(t, "config", "set", key, value)
	}
	s.must(t, "up")
	assert.Contains(t, s.outputs(t)["alarmTopicArn"], "threa-alarms")
	assert.Equal(t, []string{"user:Stack$threa"}, budgets(t, s))
	nothingToDo(t, s)
	noDrift(t, s)
	s.must(t, "destroy")
	assert.Empty(t, budgets(t, s))
	for service, list := range leftovers(t, s) {
		assert.Empty(t, list, service)
	}
	assert.Len(t, finalSnapshots(t, s), 2)
}

// budgets are the tags whose charges are counted by a budget.
func budgets(t *testing.T, s *sandbox) []string {
	return aws[[]string](t, s, "budgets", "describe-budgets", "--account-id", "123456789012",
		"--query", "Budgets[].CostFilters.TagKeyValue[]")
}

func finalSnapshots(t *testing.T, s *sandbox) []string {
	return aws[[]string](t, s, "rds", "describe-db-snapshots", "--snapshot-type", "manual", "--query", "DBSnapshots[].DBSnapshotIdentifier")
}

// noSecretInTheClear looks for every secret, and for the form that it has in a URL, in all that was printed and in
// every file, the state's among them.
func noSecretInTheClear(t *testing.T, s *sandbox) {
	password, err := s.command("config", "get", "dbPassword").Output()
	require.NoError(t, err)
	plain := strings.TrimSpace(string(password))
	require.NotEmpty(t, plain)
	places := s.files(t)
	places["the screen"] = s.printed.String()
	require.Greater(t, len(places), 5)
	for _, secret := range []string{plain, url.QueryEscape(plain), cookiePassword} {
		for place, text := range places {
			// Without the secret itself in the message of a test that fails.
			assert.False(t, strings.Contains(text, secret), "a secret stands in the clear in %s", place)
		}
	}
}

func TestANewUserIsToldWhatIsMissing(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	cmd := s.command("preview")
	path := t.TempDir()
	for _, tool := range []string{"go", "sh", "git"} {
		link(t, tool, path)
	}
	cmd.Env = append(cmd.Env, "PATH="+path)
	out, code := s.finish(cmd)
	assert.NotZero(t, code)
	assert.Contains(t, out, "moto_server")
	assert.Contains(t, out, "pip install")
	assert.NotContains(t, out, "goroutine")
}

func link(t *testing.T, tool, folder string) {
	t.Helper()
	for _, place := range strings.Split(os.Getenv("PATH"), ":") {
		if _, err := os.Stat(place + "/" + tool); err == nil {
			require.NoError(t, os.Symlink(place+"/"+tool, folder+"/"+tool))
			return
		}
	}
	require.Failf(t, "missing tool", "%s is not on PATH", tool)
}
