package ownership

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/cloudwatch"
	"threa-infra/internal/mocks/awssdk/ecr"
	"threa-infra/internal/mocks/awssdk/ecs"
	"threa-infra/internal/mocks/awssdk/iam"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
)

const (
	parameterToken = "aws:ssm/parameter:Parameter"
	listParameters = "aws:ssm/getParametersByPath:getParametersByPath"
	parameterName  = "/threa/stack"
)

// arguments returns the arguments of the stack prod, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names:         naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		CallerARN:     mocks.Caller,
		Preconditions: func() error { return nil },
		Alarms:        []string{"threa-cpu-high"},
		Fixed:         map[string]string{"appName": "threa", "environment": "prod", "vpc": "dedicated"},
		Tags: pulumi.StringMap{"Project": pulumi.String("threa"), "ManagedBy": pulumi.String("pulumi"),
			"Stack": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func check(t *testing.T, args *Args, o mocks.Options) (*mocks.Recording, error) {
	t.Helper()
	if o.AWS == nil {
		o.AWS = &mocks.AWS{}
	}
	args.SDK = func() (*SDK, error) {
		return &SDK{
			cloudwatch.Client{AWS: o.AWS}, iam.Client{AWS: o.AWS}, ecr.Client{AWS: o.AWS}, ecs.Client{AWS: o.AWS},
		}, nil
	}
	return mocks.Run(t, func(ctx *pulumi.Context) error {
		args.LookUp = func() (*Found, error) { return LookUp(ctx, args.Names) }
		_, err := New(ctx, "claim", args)
		return err
	}, o)
}

// withParameter is an account with one SSM parameter.
func withParameter(name, value string) mocks.Options {
	return mocks.Options{AWS: &mocks.AWS{Parameters: map[string]string{name: value}}}
}

// owner is the record of the stack prod.
var owner = ownerrecord.Record{Stack: "threa/prod", ID: "0123456789abcdef", Since: "2026-11-01T12:00:00Z",
	By: "arn:aws:iam::123456789012:user/bo"}

// deployed is an account in which the stack prod is deployed, and its state.
func deployed() *mocks.AWS {
	return &mocks.AWS{
		Parameters: map[string]string{parameterName: owner.String()},
		Recorded: map[string]map[string]any{
			mocks.Stash: {"output": map[string]any{"id": owner.ID, "since": owner.Since, "by": owner.By}},
			parameterToken: {
				"name": parameterName, "arn": "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/stack",
				"tags": map[string]any{"Project": "threa", "threa:appName": "threa", "threa:environment": "prod",
					"threa:vpc": "dedicated"},
			},
		},
	}
}

func TestOwnership_RecordsOwnerAndFixedValues(t *testing.T) {
	args := arguments(nil)
	recording, err := check(t, args, mocks.Options{})
	require.NoError(t, err)
	assert.Len(t, args.Tags, 3, "the caller's tags are unchanged")
	parameter := recording.Only(t, parameterToken)
	for property, want := range map[string]string{"name": parameterName, "type": "String", "tags.Project": "threa"} {
		assert.Equal(t, want, parameter.Text(property), property)
	}
	record := ownerrecord.Parse(parameter.Text("value"))
	assert.Equal(t, []string{"threa/prod", mocks.Caller}, []string{record.Stack, record.By})
	assert.Regexp(t, `^[0-9a-f]{16}$`, record.ID)
	assert.NotEmpty(t, record.Since)
	assert.Equal(t, record.ID, recording.Only(t, mocks.Stash).Text("input.id"), "the state keeps the id")
	tags := parameter.Value("tags").ObjectValue()
	assert.Equal(t, "dedicated", tags["threa:vpc"].StringValue())
	assert.ElementsMatch(t, []string{"name", "description", "tags"}, parameter.Request.GetIgnoreChanges(),
		"the record keeps the first values")
	assert.Equal(t, []string{"input"}, recording.Only(t, mocks.Stash).Request.GetIgnoreChanges(),
		"the id does not change")
	calls := recording.Calls(listParameters)
	require.Len(t, calls, 1)
	assert.Equal(t, "/threa", calls[0]["path"].StringValue())
	require.True(t, calls[0]["withDecryption"].IsBool(), "the provider decrypts unless told not to")
	assert.False(t, calls[0]["withDecryption"].BoolValue())
}

func TestOwnership_KeepsItsRecord(t *testing.T) {
	for _, preview := range []bool{true, false} {
		recording, err := check(t, arguments(nil), mocks.Options{AWS: deployed(), Preview: preview})
		require.NoError(t, err)
		assert.Equal(t, owner.String(), recording.Only(t, parameterToken).Text("value"))
		assert.Len(t, recording.Calls(listParameters), 1, "a deployed stack needs one lookup")
	}
}

func TestOwnership_RefusesAnotherOwner(t *testing.T) {
	const message = "the AWS names threa and threa-… in account 123456789012, eu-central-1, " +
		"belong to stack threa/prod, created by arn:aws:iam::123456789012:user/bo at 2026-11-01T12:00:00Z.\n" +
		"    The state of this stack is not the owner's. Nothing in AWS was changed.\n" +
		"    If it is your stack, log in to the backend that has its state:  pulumi login <backend>\n" +
		"    Otherwise give this stack other names:  pulumi config set environment <name>"
	another := func() *mocks.AWS {
		aws := deployed()
		aws.Recorded[mocks.Stash]["output"] = map[string]any{"id": "fedcba9876543210"}
		return aws
	}
	empty := &mocks.AWS{Parameters: map[string]string{parameterName: owner.String()}}
	for name, o := range map[string]mocks.Options{
		"preview of an empty state": {AWS: empty, Preview: true},
		"up of an empty state":      {AWS: empty},
		"preview of another id":     {AWS: another(), Preview: true},
		"up of another id":          {AWS: another()},
	} {
		recording, err := check(t, arguments(nil), o)
		require.ErrorContains(t, err, message, name)
		assert.Empty(t, recording.OfType(parameterToken), "%s: nothing in AWS may be registered", name)
	}
}

func TestOwnership_KeepsARenamedStack(t *testing.T) {
	recording, err := check(t, arguments(nil), mocks.Options{AWS: deployed(), Stack: "live"})
	require.NoError(t, err)
	assert.Equal(t, "threa/live", ownerrecord.Parse(recording.Only(t, parameterToken).Text("value")).Stack)
}

func TestOwnership_GivesAnOldRecordAnID(t *testing.T) {
	old := deployed()
	old.Parameters[parameterName] = "threa/prod"
	delete(old.Recorded, mocks.Stash)
	for _, preview := range []bool{true, false} {
		recording, err := check(t, arguments(nil), mocks.Options{AWS: old, Preview: preview})
		require.NoError(t, err)
		if !preview {
			assert.NotEmpty(t, ownerrecord.Parse(recording.Only(t, parameterToken).Text("value")).ID)
		}
	}
}

func TestOwnership_RefusesAnOldRecordOfAnother(t *testing.T) {
	_, err := check(t, arguments(nil), withParameter(parameterName, "threa/live"))
	require.ErrorContains(t, err, "belong to stack threa/live.")
	require.ErrorContains(t, err, "rename it back, run pulumi up once, and rename it again:  pulumi stack rename <old "+
		"name>")

	sameName := &mocks.AWS{Parameters: map[string]string{parameterName: "threa/prod"}, Unknown: []string{parameterToken}}
	_, err = check(t, arguments(nil), mocks.Options{AWS: sameName, Preview: true})
	require.ErrorContains(t, err, "belong to stack threa/prod.", "a state without the record is not the owner's")
}

// The first up keeps the id in the state, even if a precondition stops it.
func TestOwnership_CreatesNoRecordAfterARefusal(t *testing.T) {
	args := arguments(func(a *Args) { a.Preconditions = func() error { return assert.AnError } })
	aws := &mocks.AWS{}
	for _, run := range []string{"first", "second"} {
		recording, err := check(t, args, mocks.Options{AWS: aws})
		require.ErrorIs(t, err, assert.AnError, run)
		assert.Empty(t, recording.OfType(parameterToken), run)
		stashed := recording.Only(t, mocks.Stash).Value("input").ObjectValue().Mappable()
		aws.Recorded = map[string]map[string]any{mocks.Stash: {"output": stashed}}
	}
}

func TestOwnership_Accepts(t *testing.T) {
	for name, row := range map[string]struct {
		change func(*Args)
		o      mocks.Options
	}{
		"its own record":          {nil, mocks.Options{AWS: deployed()}},
		"a record of other names": {nil, withParameter("/threa-staging/stack", "threa/staging")},
		"a key without a record": {
			func(a *Args) { a.Fixed["vpcCidr"] = "10.42.0.0/16" }, mocks.Options{AWS: deployed()},
		},
		"the preview of a new stack": {nil, mocks.Options{Preview: true, AWS: &mocks.AWS{Unknown: []string{parameterToken}}}},
	} {
		_, err := check(t, arguments(row.change), row.o)
		require.NoError(t, err, name)
	}
}

func TestOwnership_RefusesChangesOfFixedValues(t *testing.T) {
	_, err := check(t, arguments(func(a *Args) { a.Names.AccountID = "210987654321" }), mocks.Options{AWS: deployed()})
	require.ErrorContains(t, err, "the stack was created in the AWS account 123456789012, but the credentials are of "+
		"210987654321")
	_, err = check(t, arguments(func(a *Args) {
		a.Names.Name = "other-staging"
		a.Fixed = map[string]string{"appName": "other", "environment": "staging", "vpc": "default"}
		a.Names.Region = "us-east-1"
	}), mocks.Options{AWS: deployed()})
	require.ErrorContains(t, err, `because a change would lose the database, the images and the cache. Nothing was changed:
aws:region is "us-east-1", but the stack was created with "eu-central-1".
    pulumi config set aws:region eu-central-1
threa:appName is "other", but the stack was created with "threa".
    pulumi config set appName threa
threa:environment is "staging", but the stack was created with "prod".
    pulumi config set environment prod
threa:vpc is "default", but the stack was created with "dedicated".
    pulumi config set vpc dedicated
`)
	require.ErrorContains(t, err, "(restoreFromSnapshot). In the same account, it needs another environment, even in ")
}

func TestOwnership_SaysWhichLookupFailed(t *testing.T) {
	for function, want := range map[string]string{
		listParameters:              "read the owner record of the names threa and threa-…",
		"iam:GetRole":               "look up IAM roles: ",
		"cloudwatch:DescribeAlarms": "look up CloudWatch alarms",
	} {
		_, err := check(t, arguments(nil), mocks.Options{AWS: &mocks.AWS{Refused: []string{function}}})
		require.ErrorContains(t, err, want)
		require.ErrorContains(t, err, "AccessDenied")
	}
}
