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

// bootstrapStack is the stack of the bootstrap program, which a team deploys once.
type bootstrapStack struct {
	*sandbox
	program, bootstrap string // folders
	outputsJSON        struct {
		NextSteps       []string
		SecretsKeyArn   string
		GithubVariables map[string]string
	}
}

const stateBucket = "threa-pulumi-state-123456789012"

// TestBootstrap_HoldsStackState deploys the bootstrap stack with plain pulumi in a copy of the program without local/,
// keeps the state of two stacks in its bucket, and destroys it. Each step depends on the one before.
func TestBootstrap_HoldsStackState(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	s.must(t, "preview") // starts the local AWS
	program := s.copyProgram(t)
	b := &bootstrapStack{sandbox: s, program: program, bootstrap: filepath.Join(program, "bootstrap")}
	runSteps(t, b, []step[*bootstrapStack]{
		{"it outputs the next steps", deployBootstrap},
		{"the preview role allows a preview with the bucket and the key", previewFirstStack},
		{"the secrets of an existing stack are encrypted for the stack", changeSecretsProvider},
		{"the deploy roles of two stacks suffice side by side", deployTwoStacks},
		{"a bucket with a stack's state cannot be deleted", refuseBucketDeletion},
		{"it is destroyed after the last stack", destroyBootstrap},
	})
}

// mustRunInBucket runs a script in the program's folder with the state in the bucket.
func (b *bootstrapStack) mustRunInBucket(t *testing.T, script string) {
	t.Helper()
	b.mustRunPulumi(t, b.program, `unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE; `+script)
}

func deployBootstrap(t *testing.T, b *bootstrapStack) {
	outputs := filepath.Join(t.TempDir(), "outputs")
	for _, script := range []string{
		`pulumi stack init team`,
		`pulumi config set repository octo-org/threa && pulumi config set secretsProvider kms`,
		`pulumi config set --path 'environments[0]' prod && pulumi config set --path 'environments[1]' budget`,
		`pulumi up --yes`,
		`pulumi preview --expect-no-changes`,
		`pulumi refresh --yes --expect-no-changes`,
		`pulumi stack output --json >'` + outputs + `'`,
	} {
		b.mustRunPulumi(t, b.bootstrap, script)
	}
	text, err := os.ReadFile(outputs)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &b.outputsJSON))
	require.Equal(t, []string{
		"cd ..  # to the project of the stacks",
		"pulumi login 's3://" + stateBucket + "?region=eu-central-1'",
		"pulumi stack init prod --secrets-provider 'awskms://alias/threa-pulumi?region=eu-central-1&context_Stack=threa'",
		"pulumi config set --stack prod --secret dbPassword",
		"pulumi stack init budget --secrets-provider " +
			"'awskms://alias/threa-pulumi?region=eu-central-1&context_Stack=threa-budget'",
		"pulumi config set --stack budget --secret dbPassword",
	}, b.outputsJSON.NextSteps)
	assert.Equal(t, "s3://"+stateBucket+"?region=eu-central-1", b.outputsJSON.GithubVariables["PULUMI_BACKEND_URL"])
}

// previewFirstStack logs in, creates the stack and previews it. Its configuration file exists already.
func previewFirstStack(t *testing.T, b *bootstrapStack) {
	// The bucket's policy requires TLS, which the local AWS does not support.
	b.shell(t, "aws s3api delete-bucket-policy --bucket "+stateBucket)

	steps := strings.Join(b.outputsJSON.NextSteps, "\n")
	b.mustRunPulumi(t, b.bootstrap, `set -e; unset PULUMI_BACKEND_URL PULUMI_CONFIG_PASSPHRASE_FILE
		`+strings.ReplaceAll(steps, "pulumi config set", "printf %s 'correct-horse#battery' | pulumi config set"))
	takeAuthorizations(t, b.sandbox)
	b.mustRunInBucket(t, `pulumi preview --stack prod`)
	checkScopedRole(t, b.sandbox, b.scope("prod", "threa"), deployrole.Preview, "s3:GetObject", "s3:ListBucket",
		"kms:Decrypt")
}

func (b *bootstrapStack) scope(environment, name string) deployrole.Scope {
	return deployrole.Scope{Account: "123456789012", Region: "eu-central-1", Name: name, Project: "threa",
		Environment: environment, Bucket: stateBucket, Key: b.outputsJSON.SecretsKeyArn}
}

// changeSecretsProvider encrypts the secrets of a stack without a context, as earlier versions did, and then for the
// stack.
func changeSecretsProvider(t *testing.T, b *bootstrapStack) {
	const former = "awskms://alias/threa-pulumi?region=eu-central-1"
	for _, provider := range []string{former, former + "&context_Stack=threa"} {
		b.mustRunInBucket(t, `pulumi stack change-secrets-provider --stack prod '`+provider+`'`)
	}
	takeAuthorizations(t, b.sandbox)
}

// deployTwoStacks deploys a stack whose name is a prefix of another's beside it, and destroys both. Neither changes the
// other.
func deployTwoStacks(t *testing.T, b *bootstrapStack) {
	run := func(environment, script string) {
		t.Helper()
		name := map[string]string{"prod": "threa", "budget": "threa-budget"}[environment]
		b.mustRunInBucket(t, "export PULUMI_STACK="+environment+"; "+script)
		checkScopedRole(t, b.sandbox, b.scope(environment, name), deployrole.Deploy, "s3:PutObject", "s3:DeleteObject",
			"kms:Decrypt")
	}
	const up = `pulumi config set deletionProtection false && pulumi up --yes && pulumi preview --expect-no-changes`
	const destroy = `pulumi destroy --yes --skip-preview`
	run("prod", up)
	before := b.list(t, resourceQueries)
	run("budget", up)
	run("budget", destroy)
	b.mustRunInBucket(t, `pulumi stack rm budget --yes --preserve-config`)
	for i, after := range b.list(t, resourceQueries) {
		assert.ElementsMatch(t, before[i], after, "%+v", resourceQueries[i])
	}
	takeAuthorizations(t, b.sandbox)
	run("prod", `pulumi refresh --yes --expect-no-changes && pulumi preview --expect-no-changes && `+destroy)
}

func refuseBucketDeletion(t *testing.T, b *bootstrapStack) {
	b.mustRunPulumi(t, b.bootstrap, `pulumi config set deletionProtection false`)
	out, code := b.runPulumi(t, b.bootstrap, `pulumi up --yes`)
	assert.NotZero(t, code)
	assert.Contains(t, out, "the bucket "+stateBucket+" has the state of threa/prod;")
	_, code = b.runPulumi(t, b.bootstrap, `pulumi destroy --yes`)
	assert.NotZero(t, code, "the bucket is still protected")
}

func destroyBootstrap(t *testing.T, b *bootstrapStack) {
	b.mustRunInBucket(t, `pulumi stack rm prod --yes --preserve-config`)
	b.mustRunPulumi(t, b.bootstrap, `pulumi up --yes && pulumi destroy --yes`)
	assert.Empty(t, aws[[]string](t, b.sandbox, "s3api", "list-buckets", "--query", "Buckets[].Name"))
	assert.Empty(t, aws[[]string](t, b.sandbox, "iam", "list-roles", "--query",
		"Roles[?contains(RoleName, 'threa')].RoleName"))
	assert.Len(t, aws[[]any](t, b.sandbox, "iam", "list-open-id-connect-providers", "--query",
		"OpenIDConnectProviderList"), 1,
		"other stacks in the account may use the provider")
	key := aws[string](t, b.sandbox, "kms", "describe-key", "--key-id", b.outputsJSON.SecretsKeyArn, "--query",
		"KeyMetadata.KeyState")
	assert.Equal(t, "PendingDeletion", key)
}
