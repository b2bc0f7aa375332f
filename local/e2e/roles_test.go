package e2e

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/internal/iamtest"
)

// authorization is a request that IAM must allow, as recorded by the local AWS.
type authorization struct {
	Client, Action, Resource, Unknown string
	Context                           map[string]string
}

// takeAuthorizations returns and clears the requests that the local AWS has recorded.
func takeAuthorizations(t *testing.T, s *sandbox) []authorization {
	t.Helper()
	request, err := http.NewRequest(http.MethodDelete, s.shell(t, `printf %s "$AWS_ENDPOINT_URL"`)+"/_local/authorizations", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var all []authorization
	require.NoError(t, json.NewDecoder(response.Body).Decode(&all))
	return all
}

// checkRole asserts that a role's policies allow all recorded requests, except for those of the AWS command line, which
// the test itself uses. The requests must include the given actions.
func checkRole(t *testing.T, s *sandbox, write func(deployrole.Scope) ([]string, error), among ...string) {
	t.Helper()
	checkScopedRole(t, s, deployrole.Scope{Account: "123456789012", Region: "eu-central-1", Name: "threa"}, write, among...)
}

// checkScopedRole is checkRole for a role that also uses a bucket and a key.
func checkScopedRole(t *testing.T, s *sandbox, scope deployrole.Scope, write func(deployrole.Scope) ([]string, error), among ...string) {
	t.Helper()
	documents, err := write(scope)
	require.NoError(t, err)
	role, err := iamtest.Parse(documents...)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, one := range takeAuthorizations(t, s) {
		if strings.HasPrefix(one.Client, "aws-cli") {
			continue
		}
		if !assert.Empty(t, one.Unknown) {
			continue
		}
		seen[one.Action] = true
		if strings.HasSuffix(one.Resource, ":key/of-the-encrypted-text") {
			one.Resource = scope.Key // the only key
		}
		allowed, err := role.Allows(iamtest.Request{Action: one.Action, Resource: one.Resource, Context: one.Context})
		require.NoError(t, err)
		assert.True(t, allowed, "%+v", one)
	}
	for _, action := range among {
		assert.True(t, seen[action], "%s was not called", action)
	}
}

// checkPreviewRole checks the deploy role with the requests of the first up, then the preview role.
func checkPreviewRole(t *testing.T, s *sandbox) {
	checkRole(t, s, deployrole.Deploy, "rds:CreateDBInstance", "elasticache:CreateReplicationGroup", "iam:PassRole", "ec2:CreateTags",
		"iam:ListRoles", "cloudwatch:ListDashboards")
	expectNoChanges(t, s)
	s.must(t, "preview", "--refresh", "--expect-no-changes")
	checkRole(t, s, deployrole.Preview, "rds:DescribeDBInstances", "ssm:GetParameter", "ssm:GetParametersByPath",
		"iam:GetRole")
}

func checkDeployRole(t *testing.T, s *sandbox) {
	checkRole(t, s, deployrole.Deploy, "rds:DeleteDBInstance", "elasticache:DeleteReplicationGroup", "ecs:UpdateService", "ec2:DeleteVpc",
		"budgets:ModifyBudget", "iam:DetachRolePolicy")
}
