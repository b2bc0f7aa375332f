package ownership

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const roleName = "threa-ecs-execution"

// ours are the stack's tags.
func ours() map[string]string {
	return map[string]string{"Project": "threa", "ManagedBy": "pulumi", "Stack": "threa"}
}

// withRole is an account with one role that has the stack's tags, for the tasks that a pattern names.
func withRole(sourceARN string) *mocks.AWS {
	return &mocks.AWS{
		Roles: mocks.Named{roleName: ours()},
		Trust: map[string]string{roleName: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
			"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{
				"ArnLike":{"aws:SourceArn":"` + sourceARN + `"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}}`},
	}
}

func TestOwnership_RefusesNamesOfAnotherRegion(t *testing.T) {
	recording, err := check(t, arguments(nil), mocks.Options{AWS: withRole("arn:aws:ecs:us-east-1:123456789012:*")})
	require.ErrorContains(t, err, "the AWS names of this stack, threa and threa-…, belong to a stack in us-east-1 "+
		"in this account. "+
		`IAM roles, dashboards and budgets have no region: an account has each name once.
    Give this one an environment of its own:  pulumi config set environment <name>
    or, when this is that stack:  pulumi config set aws:region us-east-1`)
	assert.Empty(t, recording.All())
}
