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

// pipeline is the scope of the roles of the stack that most tests deploy.
var pipeline = deployrole.Scope{Account: "123456789012", Region: "eu-central-1", Name: "threa",
	TaskPolicies: []string{"arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"}}

// newBootstrapped returns a sandbox with what the bootstrap creates and the program looks for: the deploy role and the
// permissions boundary.
func newBootstrapped(t *testing.T) *sandbox {
	t.Helper()
	s := newSandbox(t, root)
	s.must(t, "preview") // starts the local AWS
	var documents []string
	for _, arn := range pipeline.TaskPolicies {
		version := aws[string](t, s, "iam", "get-policy", "--policy-arn", arn, "--query", "Policy.DefaultVersionId")
		document := aws[any](t, s, "iam", "get-policy-version", "--policy-arn", arn, "--version-id", version,
			"--query", "PolicyVersion.Document")
		text, err := json.Marshal(document)
		require.NoError(t, err)
		documents = append(documents, string(text))
	}
	boundary, err := deployrole.Boundary(pipeline, documents...)
	require.NoError(t, err)
	s.shell(t, `set -e
		aws iam create-policy --policy-name boundary-threa --policy-document "$1"
		aws iam create-role --role-name deploy-threa --assume-role-policy-document '{"Version":"2012-10-17"}'`, boundary)
	return s
}

// authorization is a request that IAM must allow, as recorded by the local AWS.
type authorization struct {
	Client, Action, Resource, Unknown string
	Context                           map[string]string
}

// takeAuthorizations returns and clears the requests that the local AWS has recorded.
func takeAuthorizations(t *testing.T, s *sandbox) (recorded []authorization) {
	t.Helper()
	s.request(t, http.MethodDelete, "authorizations", nil, &recorded)
	return recorded
}

// checkRole asserts that a role's policies allow all recorded requests, except for those of the AWS command line and
// boto3, which the test itself uses. The requests must include the given actions.
func checkRole(t *testing.T, s *sandbox, write func(deployrole.Scope) ([]string, error), among ...string) {
	t.Helper()
	checkScopedRole(t, s, pipeline, write, among...)
}

// checkScopedRole is checkRole for a role that also uses a bucket and a key.
func checkScopedRole(t *testing.T, s *sandbox, scope deployrole.Scope, write func(deployrole.Scope) ([]string, error),
	among ...string) {
	t.Helper()
	documents, err := write(scope)
	require.NoError(t, err)
	role, err := iamtest.Parse(documents...)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, request := range takeAuthorizations(t, s) {
		if request.Client == "aws-cli" || request.Client == "Boto3" || !assert.Empty(t, request.Unknown) {
			continue
		}
		seen[request.Action] = true
		if strings.HasSuffix(request.Resource, ":key/of-the-encrypted-text") {
			request.Resource = scope.Key // the only key
		}
		allowed, err := role.Allows(iamtest.Request{Action: request.Action, Resource: request.Resource,
			Context: request.Context})
		require.NoError(t, err)
		assert.True(t, allowed, "%+v", request)
	}
	for _, action := range among {
		assert.True(t, seen[action], "%s was not called", action)
	}
}

// checkPreviewRole checks the deploy role with the requests of the first up, then the preview role.
func checkPreviewRole(t *testing.T, s *sandbox) {
	checkRole(t, s, deployrole.Deploy, "rds:CreateDBInstance", "elasticache:CreateReplicationGroup", "iam:PassRole",
		"ec2:CreateTags",
		"ecr:DescribeRepositories", "cloudwatch:ListDashboards")
	expectNoChanges(t, s)
	expectNoChangesAfterRefresh(t, s)
	checkRole(t, s, deployrole.Preview, "rds:DescribeDBInstances", "ssm:GetParameter", "ssm:GetParametersByPath",
		"iam:GetRole")
}

func checkDeployRole(t *testing.T, s *sandbox) {
	checkRole(t, s, deployrole.Deploy, "rds:DeleteDBInstance", "elasticache:DeleteReplicationGroup", "ecs:UpdateService",
		"ec2:DeleteVpc", "iam:DetachRolePolicy", "iam:PutRolePermissionsBoundary")
}
