package claim

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const (
	roleName   = "threa-ecs-execution"
	roleLookup = "aws:iam/getRole:getRole"
	roleList   = "aws:iam/getRoles:getRoles"
)

// trusting is an account with one role, for the tasks that a pattern names.
func trusting(sourceARN string) *pulumitest.AWS {
	return &pulumitest.AWS{Roles: map[string]string{roleName: `{"Version":"2012-10-17","Statement":{"Effect":"Allow",
		"Principal":{"Service":"ecs-tasks.amazonaws.com"},"Action":"sts:AssumeRole","Condition":{
			"ArnLike":{"aws:SourceArn":"` + sourceARN + `"},"StringEquals":{"aws:SourceAccount":"123456789012"}}}}`}}
}

func TestNamesOfAStackInAnotherRegionAreRefused(t *testing.T) {
	recording, err := claimed(t, arguments(nil), pulumitest.Options{AWS: trusting("arn:aws:ecs:us-east-1:123456789012:*")})
	require.ErrorContains(t, err, `the AWS names of this stack, threa and threa-…, belong to a stack in us-east-1 in this account. `+
		`IAM roles, dashboards and budgets know no regions: an account has each name once.
    Give this one an environment of its own:  pulumi config set environment <name>
    or, when this is that stack:  pulumi config set aws:region us-east-1`)
	assert.Empty(t, recording.All())
}

func TestARoleThatIsOfNoOtherRegionIsNoReasonToRefuse(t *testing.T) {
	for name, aws := range map[string]*pulumitest.AWS{
		"what a destroy of this region left":   trusting("arn:aws:ecs:eu-central-1:123456789012:*"),
		"a role for all regions":               trusting("arn:aws:ecs:*:123456789012:*"),
		"somebody's role for users":            {Roles: map[string]string{roleName: `{"Statement":[{"Principal":{"AWS":"123456789012"}}]}`}},
		"a role whose name has more before it": {Roles: map[string]string{"my-" + roleName: ""}},
		"a role whose name has more behind it": {Roles: map[string]string{roleName + "-2": ""}},
	} {
		_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
		assert.NoError(t, err, name)
	}
}

func TestALookForTheRoleThatAWSRefusesSaysWhatWasLookedUp(t *testing.T) {
	for function, want := range map[string]string{
		roleList: "find out whether the role threa-ecs-execution exists", roleLookup: "find out whose the role threa-ecs-execution is",
	} {
		aws := trusting("arn:aws:ecs:us-east-1:123456789012:*")
		aws.Refused = []string{function}
		_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: aws})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "AccessDenied")
	}
}

func TestTheClaimReadsNoSecret(t *testing.T) {
	recording, err := claimed(t, arguments(nil), pulumitest.Options{})
	require.NoError(t, err)
	asked := recording.Asked(lookup)
	require.Len(t, asked, 1)
	assert.Equal(t, "/threa", asked[0]["path"].StringValue())
	require.True(t, asked[0]["withDecryption"].IsBool(), "the provider decrypts unless told not to")
	assert.False(t, asked[0]["withDecryption"].BoolValue())
}
