package claim

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const (
	parameterToken = "aws:ssm/parameter:Parameter"
	lookup         = "aws:ssm/getParametersByPath:getParametersByPath"
)

// arguments claim the names of the stack prod, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Region: pulumitest.Region, AccountID: pulumitest.Account, RoleName: roleName,
		Fixed: map[string]string{"appName": "threa", "environment": "prod", "vpc": "dedicated"},
		Tags:  pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func claimed(t *testing.T, args *Args, o pulumitest.Options) (*pulumitest.Recording, error) {
	t.Helper()
	return pulumitest.Run(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "claim", args)
		return err
	}, o)
}

// deployed is an account in which the stack prod stands, made with what arguments say.
func deployed() *pulumitest.AWS {
	return &pulumitest.AWS{Recorded: map[string]map[string]any{parameterToken: {
		"name": "/threa/stack", "arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack",
		"tags": map[string]any{"Project": "threa", "threa:appName": "threa", "threa:environment": "prod", "threa:vpc": "dedicated"},
	}}}
}

func TestTheClaimSaysWhoseTheNamesAreAndWhatWasChosen(t *testing.T) {
	recording, err := claimed(t, arguments(nil), pulumitest.Options{})
	require.NoError(t, err)
	parameter := recording.One(t, parameterToken)
	for property, want := range map[string]string{
		"name": "/threa/stack", "type": "String", "value": "threa/prod", "tags.Project": "threa",
	} {
		assert.Equal(t, want, parameter.Text(property), property)
	}
	tags := parameter.Value("tags").ObjectValue()
	assert.Equal(t, "dedicated", tags["threa:vpc"].StringValue())
	assert.Len(t, tags, 4)
	assert.ElementsMatch(t, []string{"name", "description", "tags"}, parameter.Request.GetIgnoreChanges(), "what was chosen stays on record")
}

func TestTheCallersTagsStayAsTheyAre(t *testing.T) {
	args := arguments(nil)
	_, err := claimed(t, args, pulumitest.Options{})
	require.NoError(t, err)
	assert.Len(t, args.Tags, 1)
}

func TestNamesOfAnotherStackAreRefused(t *testing.T) {
	recording, err := claimed(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Parameters: map[string]string{"/threa/stack": "threa/live"}}})
	require.ErrorContains(t, err, `the AWS names of this stack, threa and threa-…, belong to stack threa/live in this account and region.
    Give this one an environment of its own:  pulumi config set environment <name>
    or, when this is that stack under a new name:  aws ssm put-parameter --overwrite --region eu-central-1 --name /threa/stack --value threa/prod`)
	assert.Empty(t, recording.All())
}

func TestAStackMayClaimWhatIsItsOwnOrNobodys(t *testing.T) {
	for name, parameters := range map[string]map[string]string{
		"nobody's": nil, "its own": {"/threa/stack": "threa/prod"}, "beside another": {"/threa-staging/stack": "threa/staging"},
	} {
		_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Parameters: parameters}})
		assert.NoError(t, err, name)
	}
}

func TestARunningStackStaysWhatItIs(t *testing.T) {
	_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: deployed()})
	require.NoError(t, err)
	_, err = claimed(t, arguments(func(a *Args) {
		a.Name = "other-staging"
		a.Fixed = map[string]string{"appName": "other", "environment": "staging", "vpc": "default"}
		a.Region = "us-east-1"
	}), pulumitest.Options{AWS: deployed()})
	require.ErrorContains(t, err, `cannot change on a running stack, whose database, images and cache would be lost; nothing was changed:
aws:region is "us-east-1", but the stack was made with "eu-central-1".
    pulumi config set aws:region eu-central-1
threa:appName is "other", but the stack was made with "threa".
    pulumi config set appName threa
threa:environment is "staging", but the stack was made with "prod".
    pulumi config set environment prod
threa:vpc is "default", but the stack was made with "dedicated".
    pulumi config set vpc dedicated
`)
	require.ErrorContains(t, err, "restoreFromSnapshot. In the same account, in any region, it needs an environment of its own")
}

func TestAKeyThatTheRecordDoesNotKnowIsNotHeldAgainstIt(t *testing.T) {
	_, err := claimed(t, arguments(func(a *Args) { a.Fixed["vpcCidr"] = "10.42.0.0/16" }), pulumitest.Options{AWS: deployed()})
	require.NoError(t, err)
}

func TestCredentialsOfAnotherAccountAreRefused(t *testing.T) {
	_, err := claimed(t, arguments(func(a *Args) { a.AccountID = "210987654321" }), pulumitest.Options{AWS: deployed()})
	require.ErrorContains(t, err, "the stack was made in the AWS account 123456789012, but the credentials are of 210987654321")
}

func TestAPreviewOfANewStackClaimsWithoutAnAnswer(t *testing.T) {
	_, err := claimed(t, arguments(nil), pulumitest.Options{Preview: true, AWS: &pulumitest.AWS{Unborn: []string{parameterToken}}})
	require.NoError(t, err)
}

func TestALookupThatAWSRefusesSaysWhatWasLookedUp(t *testing.T) {
	_, err := claimed(t, arguments(nil), pulumitest.Options{AWS: &pulumitest.AWS{Refused: []string{lookup}}})
	require.ErrorContains(t, err, "find out whose the names threa and threa-… are")
	require.ErrorContains(t, err, "AccessDenied")
}
