package e2e

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/local/shim"
)

// TestStack_Lifecycle deploys, changes and destroys a stack. Each step depends on the one before.
func TestStack_Lifecycle(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	runSteps(t, s, []step[*sandbox]{
		{"the first up creates the stack", func(t *testing.T, s *sandbox) { s.must(t, "up") }},
		{"the security groups allow only the documented traffic", checkSecurityGroupRules},
		{"a second up changes nothing", deployAgain},
		{"the preview role allows every call of a preview", checkPreviewRole},
		{"an invalid configuration changes nothing", refuseInvalidConfig},
		{"an image requires the app's secrets", deployImage},
		{"the budget configuration keeps the data", switchToBudget},
		{"a refresh finds no drift", expectNoDrift},
		{"a changed lifecycle policy and a removed boundary are restored", restoreByRefresh},
		{"a protected stack cannot be destroyed", refuseProtectedDestroy},
		{"a destroy leaves only the final snapshot", destroyStack},
		{"the deploy role allows every call", checkDeployRole},
		{"no secret was stored or printed unencrypted", checkSecretsEncrypted},
	})
}

func deployAgain(t *testing.T, s *sandbox) {
	expectNoChanges(t, s)
	s.must(t, "up", "--expect-no-changes")
}

func refuseInvalidConfig(t *testing.T, s *sandbox) {
	s.set(t, "containerMemory", "100", "containerCPU", "512", "desiredCount", "two", "useSpot", "yes")
	out := s.fails(t, "up")
	assertContains(t, out, "the configuration of stack prod has 4 problems, nothing was changed",
		`threa:containerMemory is "100": must be 512, 1024 or 2048 MiB with containerCpu 256`,
		"pulumi config set --stack prod containerMemory 512", "did you mean containerCpu?",
		`threa:desiredCount is "two": must be an integer from 0 to 100 tasks`,
		`threa:useSpot is "yes": must be true or false`)
	assert.NotContains(t, out, "goroutine", "the message must not be a stack trace")
	s.set(t, "containerMemory", "512")
	s.unset(t, "containerCPU", "desiredCount", "useSpot")
	expectNoChanges(t, s)
}

// cookiePassword is a secret in the configuration.
const cookiePassword = "a-cookie-password-of-32-characters"

func deployImage(t *testing.T, s *sandbox) {
	s.must(t, "config", "set", "--plaintext", "--path", "appSecrets.WORKOS_API_KEY", "workos-api-key")
	s.must(t, "config", "set", "--secret", "--path", "appSecretValues.WORKOS_COOKIE_PASSWORD", cookiePassword)
	s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment.WORKOS_CLIENT_ID", "client_1")
	s.must(t, "config", "set", "--plaintext", "--path", "appEnvironment.WORKOS_REDIRECT_URI",
		"https://app.example.com/callback")
	s.set(t, "imageTag", "v1")

	s.set(t, "dbInstanceClass", "db.zz9.micro", "redisNodeType", "cache.zz9.micro")
	assertContains(t, s.fails(t, "preview"), "the deployment has 3 problems, nothing was changed",
		`threa:imageTag is "v1", but the repository threa has no such image`,
		"go run ./cmd/threa secrets set --stack prod WORKOS_API_KEY",
		`threa:dbInstanceClass is "db.zz9.micro", which RDS does not offer for PostgreSQL`,
		"ElastiCache sells no cache.zz9.micro")
	s.unset(t, "dbInstanceClass", "redisNodeType")
	s.push(t, "v1")
	s.threa(t, 0, "sk_test_1", "secrets", "set", "WORKOS_API_KEY", "--stack", "prod")
	s.must(t, "up")

	service := describeService(t, s)
	assert.Equal(t, 1, service.DesiredCount)
	assert.Equal(t, s.outputs(t)["taskDefinitionArn"], service.TaskDefinition)
	expectNoChanges(t, s)
}

func switchToBudget(t *testing.T, s *sandbox) {
	s.set(t, "useSpot", "true", "enableRedis", "false", "cpuArchitecture", "arm64")
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

// restoreByRefresh changes the rules of the lifecycle policy by hand, which the provider can only replace, and removes
// the permissions boundary of a role, as before the first update of the bootstrap.
func restoreByRefresh(t *testing.T, s *sandbox) {
	s.shell(t, "aws iam delete-role-permissions-boundary --role-name threa-ecs-task")
	want := lifecyclePolicy(t, s)
	s.shell(t, "aws ecr put-lifecycle-policy --repository-name threa --lifecycle-policy-text '"+
		strings.Replace(want, `"countNumber":10`, `"countNumber":3`, 1)+"'")
	require.NotEqual(t, want, lifecyclePolicy(t, s))
	s.must(t, "up", "--refresh")
	assert.Equal(t, want, lifecyclePolicy(t, s))
	assert.Equal(t, "arn:aws:iam::123456789012:policy/boundary-threa", aws[string](t, s, "iam", "get-role",
		"--role-name", "threa-ecs-task", "--query", "Role.PermissionsBoundary.PermissionsBoundaryArn"))
	expectNoChanges(t, s)
}

func lifecyclePolicy(t *testing.T, s *sandbox) string {
	t.Helper()
	return aws[string](t, s, "ecr", "get-lifecycle-policy", "--repository-name", "threa",
		"--query", "lifecyclePolicyText")
}

func refuseProtectedDestroy(t *testing.T, s *sandbox) {
	assert.Contains(t, s.fails(t, "destroy"), "protected")
	expectNoChanges(t, s)
}

func destroyStack(t *testing.T, s *sandbox) {
	snapshot := removeSnapshotFromState(t, s)
	s.set(t, "deletionProtection", "false")
	s.must(t, "up")
	// IAM refuses to delete a role that has policies.
	s.shell(t, `set -e
		aws iam attach-role-policy --role-name threa-ecs-task --policy-arn arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess
		aws iam put-role-policy --role-name threa-ecs-task --policy-name by-hand --policy-document \
			'{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"s3:GetObject","Resource":"*"}]}'`)
	s.must(t, "destroy")
	checkDestroyed(t, s)
	require.Equal(t, []string{snapshot}, finalSnapshots(t, s))
	assertContains(t, s.threa(t, 0, "", "leftovers"),
		"aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier "+snapshot,
		"aws ssm delete-parameter --region eu-central-1 --name /threa/workos-api-key")
}

// removeSnapshotFromState removes the name of the final snapshot from the state, as after an import of the database,
// and returns the name.
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

// TestStack_OppositeOfDefaults deploys and destroys a stack with the opposite of every default.
func TestStack_OppositeOfDefaults(t *testing.T) {
	parallel(t)
	s := newBootstrapped(t)
	s.setAppVariables(t)
	s.set(t, "imageTag", shim.LocalImage, "vpc", "default", "dbEngineVersion", "16", "multiAz", "true",
		"enableRedis", "true", "cacheEngine", "valkey", "redisTls", "false", "alarmEmail", "ops@example.com",
		"containerInsights", "true", "enableExec", "false", "monthlyBudget", "auto", "deletionProtection", "false",
		"useSpot", "true", "cpuArchitecture", "arm64")
	budgetTags := func() []string {
		return aws[[]string](t, s, "budgets", "describe-budgets", "--account-id", "123456789012",
			"--query", "Budgets[].CostFilters.TagKeyValue[]")
	}
	s.must(t, "up")
	assert.Contains(t, s.outputs(t)["alarmTopicArn"], "threa-alarms")
	assert.Equal(t, []string{"user:Stack$threa"}, budgetTags())
	expectNoChanges(t, s)
	expectNoDrift(t, s)
	s.must(t, "destroy")
	assert.Empty(t, budgetTags())
	checkDestroyed(t, s)
	checkRole(t, s, deployrole.Deploy, "budgets:ModifyBudget", "elasticache:CreateReplicationGroup")
}

func finalSnapshots(t *testing.T, s *sandbox) []string {
	return aws[[]string](t, s, "rds", "describe-db-snapshots", "--snapshot-type", "manual", "--query",
		"DBSnapshots[].DBSnapshotIdentifier")
}
