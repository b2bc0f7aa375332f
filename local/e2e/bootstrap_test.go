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
)

// team is what a team has after its bootstrap.
type team struct {
	*sandbox
	program, bootstrap string // folders
	said               struct {
		NextSteps       []string
		SecretsKeyArn   string
		GithubVariables map[string]string
	}
}

const stateBucket = "threa-pulumi-state-123456789012"

// TestTheBootstrapMakesAPlaceForATeam makes the bootstrap stack with plain pulumi, as somebody with rights in the account
// does once, uses what it says, and takes it away again. Each step builds on the one before.
func TestTheBootstrapMakesAPlaceForATeam(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	s.must(t, "preview") // starts the local AWS
	program := s.copyOfTheProgram(t)
	m := &team{sandbox: s, program: program, bootstrap: filepath.Join(program, "bootstrap")}
	follow(t, m, []step[*team]{
		{"it comes up and says what comes next", bootstrapped},
		{"a first preview, with the state in the bucket and its secrets under the key, is within the preview role", firstPreview},
		{"a bucket that has the state of a stack is not given up", stateIsKept},
		{"when no stack is left it goes", bootstrapDestroyed},
	})
}

// shared runs a script in the program's folder with the state where the bucket is.
func (m *team) shared(t *testing.T, script string) {
	t.Helper()
	m.plain(t, m.program, `unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE; `+script)
}

func bootstrapped(t *testing.T, m *team) {
	outputs := filepath.Join(t.TempDir(), "outputs")
	for _, script := range []string{
		`pulumi stack init team`,
		`pulumi config set repository octo-org/threa && pulumi config set secretsProvider kms`,
		`pulumi up --yes`,
		`pulumi preview --expect-no-changes`,
		`pulumi refresh --yes --expect-no-changes`,
		`pulumi stack output --json >'` + outputs + `'`,
	} {
		m.plain(t, m.bootstrap, script)
	}
	text, err := os.ReadFile(outputs)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &m.said))
	require.Equal(t, []string{
		"pulumi login 's3://" + stateBucket + "?region=eu-central-1'",
		"pulumi stack init prod --secrets-provider 'awskms://alias/threa-pulumi?region=eu-central-1'",
	}, m.said.NextSteps)
	assert.Equal(t, "s3://"+stateBucket+"?region=eu-central-1", m.said.GithubVariables["PULUMI_BACKEND_URL"])
}

// firstPreview is a team's first day: log in, make the stack, preview it. The name of the stack has a file already.
func firstPreview(t *testing.T, m *team) {
	// The policy of the bucket wants TLS, which the local AWS does not speak.
	m.shell(t, "aws s3api delete-bucket-policy --bucket "+stateBucket)

	m.shared(t, strings.Join(m.said.NextSteps, " && "))
	m.shared(t, `printf %s 'correct-horse#battery' | pulumi config set --stack prod --secret dbPassword`)
	accesses(t, m.sandbox)
	m.shared(t, `pulumi preview --stack prod`)
	enoughWithin(t, m.sandbox, deployrole.Scope{
		Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: stateBucket, Key: m.said.SecretsKeyArn,
	}, deployrole.Preview, "s3:GetObject", "s3:ListBucket", "kms:Decrypt")
}

func stateIsKept(t *testing.T, m *team) {
	m.plain(t, m.bootstrap, `pulumi config set deletionProtection false`)
	out, code := m.tryPlain(t, m.bootstrap, `pulumi up --yes`)
	assert.NotZero(t, code)
	assert.Contains(t, out, "the bucket "+stateBucket+" has the state of threa/prod;")
	_, code = m.tryPlain(t, m.bootstrap, `pulumi destroy --yes`)
	assert.NotZero(t, code, "it is still protected")
}

func bootstrapDestroyed(t *testing.T, m *team) {
	m.shared(t, `pulumi stack rm prod --yes --preserve-config`)
	m.plain(t, m.bootstrap, `pulumi up --yes && pulumi destroy --yes`)
	assert.Empty(t, aws[[]string](t, m.sandbox, "s3api", "list-buckets", "--query", "Buckets[].Name"))
	assert.Empty(t, aws[[]string](t, m.sandbox, "iam", "list-roles", "--query", "Roles[?contains(RoleName, 'threa')].RoleName"))
	assert.Len(t, aws[[]any](t, m.sandbox, "iam", "list-open-id-connect-providers", "--query", "OpenIDConnectProviderList"), 1,
		"others in the account may use it")
	key := aws[string](t, m.sandbox, "kms", "describe-key", "--key-id", m.said.SecretsKeyArn, "--query", "KeyMetadata.KeyState")
	assert.Equal(t, "PendingDeletion", key)
}
