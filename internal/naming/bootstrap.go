package naming

import (
	"fmt"
	"strings"
)

// NoImage is the tag of the image in the task definition before an image is deployed.
const NoImage = "none-yet"

// LogStreamPrefix begins the names of the log streams of the tasks.
const LogStreamPrefix = "ecs"

// stateBucket is the part of the state bucket's name between the app's name and the account.
const stateBucket = "-pulumi-state-"

// Bootstrap identifies the bootstrap stack of an app in AWS.
type Bootstrap struct {
	// App is the appName of the stacks that the pipeline deploys. Required.
	App string
	// AccountID is the AWS account, 12 digits. Required for the bucket and ARNs.
	AccountID string
}

// Stack is the value of TagStack.
func (b Bootstrap) Stack() string { return b.App + "-bootstrap" }

// Bucket is the S3 bucket with Pulumi's state. Bucket names are unique across all accounts.
func (b Bootstrap) Bucket() string { return b.App + stateBucket + b.AccountID }

// AppOfBucket returns the name of the app in the name of a state bucket.
func AppOfBucket(bucket string) string {
	app, _, _ := strings.Cut(bucket, stateBucket)
	return app
}

// KeyAlias is the alias of the KMS key for the secrets in the state.
func (b Bootstrap) KeyAlias() string { return "alias/" + b.App + "-pulumi" }

// SecretsProvider is the URL of Pulumi's secrets provider for a stack. Its context is part of what KMS encrypts, and
// the stack's roles may decrypt only texts with this context. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html#conditions-kms-encryption-context
func (b Bootstrap) SecretsProvider(region, stack string) string {
	return fmt.Sprintf("awskms://%s?region=%s&context_%s=%s", b.KeyAlias(), region, TagStack, stack)
}

// IdentityProviderARN is the ARN of the OpenID Connect identity provider of an issuer.
func (b Bootstrap) IdentityProviderARN(issuer string) string {
	return fmt.Sprintf("arn:aws:iam::%s:oidc-provider/%s", b.AccountID, issuer)
}

// BucketARN is the ARN of an S3 bucket.
func BucketARN(bucket string) string { return "arn:aws:s3:::" + bucket }
