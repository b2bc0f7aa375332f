package deployrole

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/iamtest"
)

const uploadsPolicy = `{"Version":"2012-10-17","Statement":{"Sid":"Uploads","Effect":"Allow",
	"Action":["s3:*","iam:*","sts:AssumeRole","kms:*"],"Resource":"*"}}`

func boundaryOf(t *testing.T, s Scope, taskPolicies ...string) *iamtest.Policies {
	t.Helper()
	text, err := Boundary(s, taskPolicies...)
	require.NoError(t, err)
	boundary, err := iamtest.Parse(text)
	require.NoError(t, err)
	return boundary
}

func TestBoundary_AllowsNothingElse(t *testing.T) {
	boundary := boundaryOf(t, prod)
	for action := range fixtures.Actions(t, "testdata/iam-actions.txt") {
		for _, service := range []string{"iam:", "sts:", "s3:", "kms:"} {
			if !strings.HasPrefix(action, service) {
				continue
			}
			for _, resource := range []string{"*", "arn:aws:iam::123456789012:role/admin", prod.Key, "arn:aws:s3:::uploads/a"} {
				allowed, err := boundary.Allows(iamtest.Request{Action: action, Resource: resource})
				require.NoError(t, err)
				assert.False(t, allowed, "%s on %s", action, resource)
			}
		}
	}
	const here = ":eu-central-1:123456789012:"
	for _, row := range []struct {
		action, resource, tag string
		want                  bool
	}{
		{"ecr:BatchGetImage", "arn:aws:ecr" + here + "repository/threa", "threa", true},
		{"ecr:BatchGetImage", "arn:aws:ecr" + here + "repository/threa-staging", "threa-staging", false},
		{"ecr:BatchGetImage", "arn:aws:ecr:eu-west-1:999999999999:repository/mirror/cloudflared", "", true},
		{"ecr:PutImage", "arn:aws:ecr" + here + "repository/threa", "threa", false},
		{"ssm:GetParameters", "arn:aws:ssm" + here + "parameter/threa/database-url", "threa", true},
		{"ssm:GetParameters", "arn:aws:ssm" + here + "parameter/threa-staging/database-url", "threa-staging", false},
	} {
		request := iamtest.Request{Action: row.action, Resource: row.resource, Context: map[string]string{}}
		if row.tag != "" {
			request.Context["aws:ResourceTag/Stack"] = row.tag
		}
		allowed, err := boundary.Allows(request)
		require.NoError(t, err)
		assert.Equal(t, row.want, allowed, "%+v", row)
	}
}

func TestBoundary_AllowsTaskPolicies(t *testing.T) {
	boundary := boundaryOf(t, prod, uploadsPolicy, uploadsPolicy)
	for _, row := range []struct {
		action, resource string
		want             bool
	}{
		{"s3:PutObject", "arn:aws:s3:::uploads/a", true},
		{"s3:GetObject", "arn:aws:s3:::" + prod.Bucket + "/.pulumi/stacks/threa/prod.json", false},
		{"kms:Decrypt", "arn:aws:kms:eu-central-1:123456789012:key/of-the-app", true},
		{"kms:Decrypt", prod.Key, false},
		{"iam:CreateUser", "arn:aws:iam::123456789012:user/eve", false},
		{"sts:AssumeRole", "arn:aws:iam::123456789012:role/admin", false},
	} {
		allowed, err := boundary.Allows(iamtest.Request{Action: row.action, Resource: row.resource})
		require.NoError(t, err)
		assert.Equal(t, row.want, allowed, "%+v", row)
	}
}

func TestBoundary_RefusesInvalidPolicies(t *testing.T) {
	bucket := "arn:aws:s3:::" + strings.Repeat("a", maxSize)
	_, err := Boundary(prod, `{"Statement":{"Effect":"Allow","Action":"s3:GetObject","Resource":"`+bucket+`"}}`)
	require.ErrorContains(t, err, "characters of at most 6144")
	_, err = Boundary(prod, `{"Statement":"all"}`)
	require.ErrorContains(t, err, "read a task policy")
	_, err = Boundary(Scope{})
	require.ErrorContains(t, err, "the name of a stack")
	long := prod
	long.Name = strings.Repeat("a", 28)
	text, err := Boundary(long)
	require.NoError(t, err)
	assert.Less(t, len(text), maxSize/2, "most of it is for the task policies")
}
