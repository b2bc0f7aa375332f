package secrets

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

var names = naming.Stack{Name: "threa", Region: mocks.Region}

const lookup = "aws:ssm/getParametersByPath:getParametersByPath"

// preflight looks for two parameters of the stack threa/prod in an account.
func preflight(t *testing.T, aws *mocks.AWS) (*mocks.Recording, error) {
	t.Helper()
	return mocks.Run(t, func(ctx *pulumi.Context) error {
		return Preflight(ctx, names, map[string]string{"B_KEY": "/threa/b-key", "A_KEY": "/threa/a-key"})
	}, mocks.Options{AWS: aws})
}

func TestPreflight_PassesIfNothingIsMissing(t *testing.T) {
	for name, parameters := range map[string]map[string]string{
		"a first deployment": {"/threa/a-key": "", "/threa/b-key": ""},
		"a stack that runs":  {"/threa/a-key": "", "/threa/b-key": "", "/threa/stack": "threa/prod"},
		"another stack, too": {"/threa/a-key": "", "/threa/b-key": "", "/threa-staging/stack": "threa/staging"},
	} {
		recording, err := preflight(t, &mocks.AWS{Parameters: parameters})
		require.NoError(t, err, name)
		assert.Empty(t, recording.All(), name)
	}
}

func TestPreflight_ReportsEverything(t *testing.T) {
	_, err := preflight(t, &mocks.AWS{Parameters: map[string]string{
		"/threa-staging/a-key": "",
	}})
	require.ErrorContains(
		t,
		err,
		`threa:appSecrets.A_KEY names the parameter /threa/a-key, which does not exist in eu-central-1.
    go run ./cmd/threa secrets set A_KEY
threa:appSecrets.B_KEY names the parameter /threa/b-key, which does not exist in eu-central-1.
    go run ./cmd/threa secrets set B_KEY`,
	)
}

func TestPreflight_ReadsNoSecret(t *testing.T) {
	recording, err := preflight(t, &mocks.AWS{Parameters: map[string]string{"/threa/a-key": "", "/threa/b-key": ""}})
	require.NoError(t, err)
	asked := recording.Calls(lookup)
	require.Len(t, asked, 1)
	assert.Equal(t, "/threa", asked[0]["path"].StringValue())
	assert.True(t, asked[0]["recursive"].BoolValue(), "parameters may be named in folders")
	assert.False(t, asked[0]["withDecryption"].BoolValue())
}

func TestPreflight_SkipsWhatIsDenied(t *testing.T) {
	_, err := preflight(t, &mocks.AWS{Refused: []string{lookup}})
	require.ErrorContains(t, err, "not checked: whether the parameters of threa:appSecrets exist: AccessDenied")
}

func TestPreflight_AsksNothingWithoutParameters(t *testing.T) {
	recording := mocks.MustRun(t, func(ctx *pulumi.Context) error { return Preflight(ctx, names, nil) }, mocks.Options{})
	assert.Empty(t, recording.Calls(lookup))
}
