package mocks

import (
	"testing"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// keep registers a component with a secret parameter in it.
func keep(ctx *pulumi.Context) error {
	component := &struct{ pulumi.ResourceState }{}
	if err := ctx.RegisterComponentResource("threa:test:Vault", "vault", component); err != nil {
		return err
	}
	_, err := ssm.NewParameter(ctx, "key", &ssm.ParameterArgs{
		Name: pulumi.String("/threa/key"), Type: pulumi.String("SecureString"),
		Value: pulumi.ToSecret(pulumi.String("hush")).(pulumi.StringOutput),
		Tags:  pulumi.StringMap{"Project": pulumi.String("threa")},
	}, pulumi.Parent(component))
	return err
}

func TestRecording_ListsEveryRegistrationWithItsParent(t *testing.T) {
	assert.Equal(t, []string{
		"aws:ssm/parameter:Parameter key < vault",
		"threa:test:Vault vault < threa-prod",
	}, MustRun(t, keep, Options{}).List())
}

func TestResource_ReadsSecrets(t *testing.T) {
	parameter := MustRun(t, keep, Options{}).Named(t, "aws:ssm/parameter:Parameter", "key")
	assert.Equal(t, "hush", parameter.Text("value"))
	assert.True(t, parameter.IsSecret("value"))
	assert.False(t, parameter.IsSecret("name"))
	assert.Equal(t, "threa", parameter.Text("tags.Project"))
	assert.Empty(t, parameter.Text("tags.Nothing"))
}

func TestRun_RefusesUnknownFunctions(t *testing.T) {
	_, err := Run(t, func(ctx *pulumi.Context) error {
		_, err := aws.GetBillingServiceAccount(ctx, &aws.GetBillingServiceAccountArgs{})
		return err
	}, Options{})
	require.ErrorContains(t, err, "do not know the function aws:index/getBillingServiceAccount:getBillingServiceAccount")
}

func TestAwait_ReturnsValueSecrecyAndDependencies(t *testing.T) {
	var value, arn Awaited
	MustRun(t, func(ctx *pulumi.Context) error {
		parameter, err := ssm.NewParameter(ctx, "key", &ssm.ParameterArgs{
			Name: pulumi.String("/threa/key"), Type: pulumi.String("String"), Value: pulumi.String("hush"),
		})
		if err != nil {
			return err
		}
		if arn, err = Await(ctx, parameter.Arn); err != nil {
			return err
		}
		value, err = Await(ctx, pulumi.ToSecret(pulumi.String("hush")))
		return err
	}, Options{})
	assert.Equal(t, Awaited{Value: "hush", Secret: true}, value)
	assert.Equal(t, Awaited{
		Value:        "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/key",
		Dependencies: []string{"aws:ssm/parameter:Parameter key"},
	}, arn)
}
