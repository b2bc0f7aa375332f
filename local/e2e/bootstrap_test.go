package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/deployrole"
	"threa-infra/internal/iam"
)

// TestTheBootstrapMakesAPlaceForATeam makes the bootstrap stack with plain pulumi, as somebody with rights in the account
// does once, and then uses what it says: the state in the bucket, the secrets under the key, within the role's rights.
func TestTheBootstrapMakesAPlaceForATeam(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	s.must(t, "preview") // starts the local AWS
	program := s.copyOfTheProgram(t)
	folder := filepath.Join(program, "bootstrap")
	outputs := filepath.Join(t.TempDir(), "outputs")
	for _, script := range []string{
		`pulumi stack init team`,
		`pulumi config set repository octo-org/threa && pulumi config set secretsProvider kms`,
		`pulumi up --yes`,
		`pulumi preview --expect-no-changes`,
		`pulumi refresh --yes --expect-no-changes`,
		`pulumi stack output --json >'` + outputs + `'`,
	} {
		s.plain(t, folder, script)
	}
	text, err := os.ReadFile(outputs)
	require.NoError(t, err)
	var said struct {
		NextSteps       []string
		SecretsKeyArn   string
		GithubVariables map[string]string
	}
	require.NoError(t, json.Unmarshal(text, &said))
	require.Equal(t, []string{
		"pulumi login 's3://threa-pulumi-state-123456789012?region=eu-central-1'",
		"pulumi stack init prod --secrets-provider 'awskms://alias/threa-pulumi?region=eu-central-1'",
	}, said.NextSteps)
	assert.Equal(t, "s3://threa-pulumi-state-123456789012?region=eu-central-1", said.GithubVariables["PULUMI_BACKEND_URL"])

	// The policy of the bucket wants TLS, which the local AWS does not speak.
	s.shell(t, "aws s3api delete-bucket-policy --bucket threa-pulumi-state-123456789012")

	// A team's first day: log in, make the stack, preview it. The name of the stack in this copy has a file already.
	for _, script := range []string{
		strings.Join(said.NextSteps, " && "),
		`printf %s 'correct-horse#battery' | pulumi config set --stack prod --secret dbPassword`,
	} {
		s.plain(t, program, `unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE; `+script)
	}
	accesses(t, s)
	s.plain(t, program, `unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE; pulumi preview --stack prod`)
	scope := deployrole.Scope{
		Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: "threa-pulumi-state-123456789012", Key: said.SecretsKeyArn,
	}
	documents, err := deployrole.Preview(scope)
	require.NoError(t, err)
	role, err := iam.Parse(documents...)
	require.NoError(t, err)
	seen := map[string]bool{}
	for _, one := range accesses(t, s) {
		if !assert.Empty(t, one.Unknown) {
			continue
		}
		seen[one.Action] = true
		if strings.HasSuffix(one.Resource, ":key/of-the-encrypted-text") {
			one.Resource = said.SecretsKeyArn // there is no other key
		}
		allowed, err := role.Allows(iam.Request{Action: one.Action, Resource: one.Resource, Context: one.Context})
		require.NoError(t, err)
		assert.True(t, allowed, "%+v", one)
	}
	for _, action := range []string{"s3:GetObject", "s3:ListBucket", "kms:Decrypt"} {
		assert.True(t, seen[action], "%s was not called", action)
	}
}
