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

// access is something that IAM would have had to allow, as the local AWS recorded it.
type access struct {
	Client, Action, Resource, Unknown string
	Context                           map[string]string
}

// accesses takes what the local AWS has recorded; it starts anew after that.
func accesses(t *testing.T, s *sandbox) []access {
	t.Helper()
	request, err := http.NewRequest(http.MethodDelete, s.shell(t, `printf %s "$AWS_ENDPOINT_URL"`)+"/_local/authorizations", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	var all []access
	require.NoError(t, json.NewDecoder(response.Body).Decode(&all))
	return all
}

// enough wants a role's policies to allow everything that was recorded, but for what the test itself asked with the AWS
// command line. Each of some actions must be among it, or nothing was shown.
func enough(t *testing.T, s *sandbox, write func(deployrole.Scope) ([]string, error), among ...string) {
	t.Helper()
	enoughWithin(t, s, deployrole.Scope{Account: "123456789012", Region: "eu-central-1", Name: "threa"}, write, among...)
}

// enoughWithin is enough for a role that reaches a bucket and a key, too.
func enoughWithin(t *testing.T, s *sandbox, scope deployrole.Scope, write func(deployrole.Scope) ([]string, error), among ...string) {
	t.Helper()
	documents, err := write(scope)
	require.NoError(t, err)
	role, err := iamtest.Parse(documents...)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, one := range accesses(t, s) {
		if strings.HasPrefix(one.Client, "aws-cli") {
			continue
		}
		if !assert.Empty(t, one.Unknown) {
			continue
		}
		seen[one.Action] = true
		if strings.HasSuffix(one.Resource, ":key/of-the-encrypted-text") {
			one.Resource = scope.Key // the text names it, and there is no other
		}
		allowed, err := role.Allows(iamtest.Request{Action: one.Action, Resource: one.Resource, Context: one.Context})
		require.NoError(t, err)
		assert.True(t, allowed, "%+v", one)
	}
	for _, action := range among {
		assert.True(t, seen[action], "%s was not called", action)
	}
}

// previewRoleIsEnough looks at the role that deploys first, with what the first up has called.
func previewRoleIsEnough(t *testing.T, s *sandbox) {
	enough(t, s, deployrole.Deploy, "rds:CreateDBInstance", "elasticache:CreateReplicationGroup", "iam:PassRole", "ec2:CreateTags",
		"iam:ListRoles", "cloudwatch:ListDashboards")
	nothingToDo(t, s)
	s.must(t, "preview", "--refresh", "--expect-no-changes")
	enough(t, s, deployrole.Preview, "rds:DescribeDBInstances", "ssm:GetParameter", "ssm:GetParametersByPath",
		"iam:GetRole")
}

func deployRoleIsEnough(t *testing.T, s *sandbox) {
	enough(t, s, deployrole.Deploy, "rds:DeleteDBInstance", "elasticache:DeleteReplicationGroup", "ecs:UpdateService", "ec2:DeleteVpc",
		"budgets:ModifyBudget", "iam:DetachRolePolicy")
}
