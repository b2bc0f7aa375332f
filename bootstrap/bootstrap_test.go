package main

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// try runs the program in an account, with changes of its default configuration.
func try(t *testing.T, aws *mocks.AWS, given map[string]string) (*mocks.Recording, error) {
	t.Helper()
	all := map[string]string{"threa-bootstrap:repository": "octo-org/threa"}
	for key, value := range given {
		all["threa-bootstrap:"+key] = value
	}
	return mocks.Run(t, deploy, mocks.Options{
		Project: "threa-bootstrap", Stack: "team", Config: fixtures.ProjectConfig(t, ".", all), AWS: aws,
	})
}

// up is try for a program that must succeed.
func up(t *testing.T, given map[string]string) *mocks.Recording {
	t.Helper()
	stack, err := try(t, nil, given)
	require.NoError(t, err)
	return stack
}

const (
	providerARN      = "arn:aws:iam::123456789012:oidc-provider/" + issuer
	bucketOfTheTests = "threa-pulumi-state-123456789012"
	roleType         = "aws:iam/role:Role"
	providerType     = "aws:iam/openIdConnectProvider:OpenIdConnectProvider"
	objectsLookup    = "aws:s3/getObjects:getObjects"
)

// attached returns the policies of a role, in the order of their numbers.
func attached(t *testing.T, stack *mocks.Recording, role string) []string {
	t.Helper()
	var documents []string
	for _, row := range stack.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		if row.Text("role") == role {
			name := strings.TrimPrefix(row.Text("policyArn"), "arn:aws:iam::123456789012:policy/")
			documents = append(documents, stack.Named(t, "aws:iam/policy:Policy", name).Text("policy"))
		}
	}
	return documents
}

func TestRoles_HaveTheirPolicies(t *testing.T) {
	for secrets, key := range map[string]string{"passphrase": "", "kms": keyARN} {
		stack := up(t, map[string]string{"secretsProvider": secrets})
		scope := deployrole.Scope{
			Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: bucketOfTheTests, Key: key,
			Project: "threa", Environment: "prod",
		}
		for role, build := range map[string]func(deployrole.Scope) ([]string, error){
			"deploy-threa": deployrole.Deploy, "preview-threa": deployrole.Preview,
		} {
			documents, err := build(scope)
			require.NoError(t, err)
			want, err := iamtest.Parse(documents...)
			require.NoError(t, err)
			got, err := iamtest.Parse(attached(t, stack, role)...)
			require.NoError(t, err)
			assert.ElementsMatch(t, want.Grants(), got.Grants(), role)
			assert.Equal(t, "true", stack.Named(t, roleType, role).Text("forceDetachPolicies"), role)
		}
	}
}

func TestBoundary_AllowsTaskPolicies(t *testing.T) {
	const arn = "arn:aws:iam::123456789012:policy/uploads"
	const document = `{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":["s3:*"],"Resource":["*"]}]}`
	given := map[string]string{"taskPolicyArns": `["` + arn + `"]`, "secretsProvider": "kms",
		"environments": `["prod","staging"]`}
	aws := (&mocks.AWS{}).Add("aws:iam/policy:Policy", mocks.Item{"arn": arn, "policy": document})
	stack, err := try(t, aws, given)
	require.NoError(t, err)
	for _, name := range []string{"threa", "threa-staging"} {
		want, err := deployrole.Boundary(deployrole.Scope{Account: "123456789012", Region: "eu-central-1", Name: name,
			Bucket: bucketOfTheTests, Key: "arn:aws:kms:eu-central-1:123456789012:key/key-id"}, document)
		require.NoError(t, err)
		assert.Equal(t, want, stack.Named(t, "aws:iam/policy:Policy", "boundary-"+name).Text("policy"))
	}
	_, err = try(t, &mocks.AWS{}, given)
	require.ErrorContains(t, err, "threa-bootstrap:taskPolicyArns names "+arn+", which does not exist")
	require.ErrorContains(t, err, "pulumi config rm --stack team --path 'taskPolicyArns[0]'")
}

func TestState_IsPrivateEncryptedAndVersioned(t *testing.T) {
	stack := up(t, nil)
	bucket := stack.Only(t, resources.Bucket)
	assert.Equal(t, bucketOfTheTests, bucket.Text("bucket"))
	assert.True(t, bucket.Request.GetProtect())
	assert.Equal(t, "false", bucket.Text("forceDestroy"))
	versioning := stack.Only(t, "aws:s3/bucketVersioningV2:BucketVersioningV2")
	assert.Equal(t, "Enabled", versioning.Text("versioningConfiguration.status"))
	const encryptionType = "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2"
	encryption := stack.Only(t, encryptionType)
	assert.Equal(t, "AES256", encryption.Text("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
	block := stack.Only(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
	for _, key := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		assert.Equal(t, "true", block.Text(key), key)
	}
	policy := stack.Only(t, "aws:s3/bucketPolicy:BucketPolicy").Text("policy")
	assert.JSONEq(t, `{"Version": "2012-10-17", "Statement": [{
		"Effect": "Deny", "Principal": {"AWS": "*"}, "Action": ["s3:*"],
		"Resource": ["arn:aws:s3:::threa-pulumi-state-123456789012", "arn:aws:s3:::threa-pulumi-state-123456789012/*"],
		"Condition": {"Bool": {"aws:SecureTransport": "false"}}
	}]}`, policy)
}

// withState returns an account with a bucket that has some objects.
func withState(keys ...string) *mocks.AWS {
	return (&mocks.AWS{}).Add(resources.Bucket, mocks.Item{"bucket": bucketOfTheTests, "keys": keys})
}

func TestState_CanBeRemovedWithoutStacks(t *testing.T) {
	given := map[string]string{"secretsProvider": "kms", "deletionProtection": "false"}
	for _, aws := range []*mocks.AWS{{}, withState(), withState(".pulumi/stacks/threa/prod.json.bak")} {
		stack, err := try(t, aws, given)
		require.NoError(t, err)
		for _, r := range stack.All() {
			assert.False(t, r.Request.GetProtect(), r.Name)
		}
		assert.Equal(t, "true", stack.Only(t, resources.Bucket).Text("forceDestroy"))
		assert.True(t, stack.Only(t, providerType).Request.GetRetainOnDelete(), "others in the account may use it")
	}
}

func TestState_IsNotRemovedWhileStacksUseIt(t *testing.T) {
	aws := withState(
		".pulumi/stacks/threa/prod.json", ".pulumi/stacks/threa/prod.json.bak", ".pulumi/stacks/threa/staging.json.gz",
	)
	given := map[string]string{"deletionProtection": "false"}
	for _, stateBucket := range []string{"true", "false"} {
		given["stateBucket"] = stateBucket
		stack, err := try(t, aws, given)
		require.ErrorContains(t, err, "has the state of threa/prod, threa/staging;")
		require.ErrorContains(t, err, "pulumi destroy --stack staging && pulumi stack rm --stack staging\n")
		require.ErrorContains(t, err, "pulumi config set --stack team deletionProtection true")
		assert.Empty(t, stack.All())
		assert.Equal(t, stacksFolder, stack.Calls(objectsLookup)[0]["prefix"].StringValue())
	}
	_, err := try(t, nil, given)
	require.NoError(t, err)
	_, err = try(t, &mocks.AWS{Refused: []string{objectsLookup}}, given)
	require.ErrorContains(t, err, "look for stacks in "+bucketOfTheTests)
}

func TestDeploy_CreatesOnlyWhatIsConfigured(t *testing.T) {
	assert.Empty(t, up(t, nil).OfType(resources.Key), "a key costs a dollar a month; a passphrase is free")

	key := up(t, map[string]string{"secretsProvider": "kms"}).Only(t, resources.Key)
	assert.True(t, key.Request.GetProtect())
	assert.Equal(t, "true", key.Text("enableKeyRotation"))

	elsewhere := up(t, map[string]string{"stateBucket": "false", "identityProvider": "existing"})
	for _, row := range elsewhere.All() {
		assert.Contains(t, []string{
			roleType, "aws:iam/policy:Policy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		}, row.Type)
	}
	assert.Contains(t, elsewhere.Named(t, roleType, "deploy-threa").Text("assumeRolePolicy"), providerARN)
}

func TestDeploy_TagsEveryResource(t *testing.T) {
	untaggable := []string{"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:kms/alias:Alias"}
	for _, row := range up(t, map[string]string{"secretsProvider": "kms"}).All() {
		partOfBucket := strings.HasPrefix(row.Type, "aws:s3/") && row.Type != resources.Bucket
		if !partOfBucket && !slices.Contains(untaggable, row.Type) {
			assert.Equal(t, "threa-bootstrap", row.Text("tags.Stack"), row.Name)
		}
	}
}

// TestTemplates_HoldEveryResource writes the template for the rules in policy, too, with -templates.
func TestTemplates_HoldEveryResource(t *testing.T) {
	up(t, map[string]string{"environments": `["prod","staging"]`, "secretsProvider": "kms"}).WriteTemplate(t, "bootstrap")
}

func TestDeploy_RegistersNothingOnInvalidConfig(t *testing.T) {
	recording, err := try(t, nil, map[string]string{"branch": "*", "repository": ""})
	var problems *config.Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 2, "no repository, and every branch")
	assert.Empty(t, recording.All())
}

func TestState_IsNeverReplaced(t *testing.T) {
	stack := up(t, map[string]string{"secretsProvider": "kms"})
	for _, token := range []string{resources.Bucket, resources.Key} {
		holder := stack.Only(t, token)
		assert.True(t, holder.Request.GetProtect(), token)
		assert.Subset(t, holder.Request.GetIgnoreChanges(), resources.Replacing(token))
	}
}

func TestState_CannotBeRenamed(t *testing.T) {
	aws := &mocks.AWS{Recorded: map[string]map[string]any{resources.Bucket: {"bucket": "other-pulumi-state-123456789012"}}}
	_, err := try(t, aws, nil)
	require.EqualError(t, err, "appName makes the name of the bucket threa-pulumi-state-123456789012, but the Pulumi "+
		"state is in other-pulumi-state-123456789012, and S3 cannot rename a bucket.\n"+
		"    pulumi config set --stack team appName other")
}
