package naming

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestBootstrap_Names(t *testing.T) {
	b := Bootstrap{App: "threa", AccountID: "123456789012"}
	assert.Equal(t, "threa-bootstrap", b.Stack())
	assert.Equal(t, "threa-pulumi-state-123456789012", b.Bucket())
	assert.Equal(t, "threa", AppOfBucket(b.Bucket()))
	assert.Equal(t, "alias/threa-pulumi", b.KeyAlias())
	assert.Equal(t, "awskms://alias/threa-pulumi?region=eu-central-1&context_Stack=threa-staging",
		b.SecretsProvider("eu-central-1", "threa-staging"))
	assert.Equal(t, "arn:aws:iam::123456789012:oidc-provider/example.com", b.IdentityProviderARN("example.com"))
	assert.Equal(t, "arn:aws:s3:::threa-pulumi-state-123456789012", BucketARN(b.Bucket()))
}
