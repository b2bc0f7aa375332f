package scaling

import (
	"encoding/json"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
)

const (
	machineToken = "aws:sfn/stateMachine:StateMachine"
	roleToken    = "aws:iam/role:Role"
	grantToken   = "aws:iam/rolePolicy:RolePolicy"
)

// arguments ask for nothing, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Region: mocks.Region, AccountID: mocks.Account,
		Cluster: pulumi.String("threa"), Service: pulumi.String("threa"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func mustBuild(t *testing.T, args *Args) *mocks.Recording {
	t.Helper()
	return mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "scaling", args)
		return err
	}, mocks.Options{})
}

func TestNothingScalesUnlessAskedFor(t *testing.T) {
	assert.Equal(t, []string{"threa:scaling:Scaling scaling < threa-prod"}, mustBuild(t, arguments(nil)).List())
}

func TestAMachineMayDoWhatItSaysAndIsTakenByStepFunctionsAlone(t *testing.T) {
	states := map[string]state{"Look": task("ecs", "describeServices", map[string]any{"Cluster": "threa"}, "")}
	may := iampolicy.New(iampolicy.Allow([]string{"arn:aws:ecs:eu-central-1:123456789012:service/threa/threa"}, "ecs:DescribeServices"))
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := newMachine(ctx, "scaling", arguments(nil), machine{
			suffix: "look", description: "Looks", kind: "STANDARD", definition: machineOf("Looks", "Look", states), policy: may.JSON(),
		}, pulumi.Parent(nil))
		return err
	}, mocks.Options{})

	made, role, granted := stack.Only(t, machineToken), stack.Only(t, roleToken), stack.Only(t, grantToken)
	assert.Equal(t, []string{"threa-look", "STANDARD", "arn:aws:iam::123456789012:role/threa-look", "threa"},
		[]string{made.Text("name"), made.Text("type"), made.Text("roleArn"), made.Text("tags.Project")})
	assert.JSONEq(t, `{"Comment": "Looks", "QueryLanguage": "JSONata", "StartAt": "Look", "States": {"Look": {
		"Type": "Task", "Resource": "arn:aws:states:::aws-sdk:ecs:describeServices", "Arguments": {"Cluster": "threa"}, "End": true}}}`,
		made.Text("definition"))
	want, err := json.Marshal(may)
	require.NoError(t, err)
	assert.JSONEq(t, string(want), granted.Text("policy"))
	assert.Contains(t, made.Request.GetDependencies(), "urn:pulumi:prod::threa::aws:iam/rolePolicy:RolePolicy::scaling-look-grant")

	for source, want := range map[string]bool{"threa-look": true, "threa-look2": false} {
		trusted, err := iamtest.Trusts(role.Text("assumeRolePolicy"), "states.amazonaws.com", map[string]string{
			"aws:SourceAccount": mocks.Account, "aws:SourceArn": "arn:aws:states:eu-central-1:123456789012:stateMachine:" + source,
		})
		require.NoError(t, err)
		assert.Equal(t, want, trusted, source)
	}
}
