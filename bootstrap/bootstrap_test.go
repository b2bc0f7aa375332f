package main

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/deployrole"
	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// up runs the program with what is given, over the defaults.
func up(t *testing.T, given map[string]string) *mocks.Recording {
	t.Helper()
	all := map[string]string{"threa-bootstrap:repository": "octo-org/threa"}
	for key, value := range given {
		all["threa-bootstrap:"+key] = value
	}
	return mocks.MustRun(t, deploy, mocks.Options{
		Project: "threa-bootstrap", Stack: "team", Config: mocks.ProjectConfig(t, ".", all), Extra: []pulumi.RunOption{config.WithKeys},
	})
}

const providerARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"

func TestOnlyRunsOfTheRepositoryGetTheRoles(t *testing.T) {
	stack := up(t, map[string]string{"environments": `["prod","staging"]`})
	const aws = "sts.amazonaws.com"
	const main, pull = "refs/heads/main", "refs/pull/7/merge"
	for _, one := range []struct {
		role, audience, subject, ref string
		want                         bool
	}{
		{"deploy-threa", aws, "repo:octo-org/threa:environment:prod", main, true},
		{"deploy-threa", aws, "repo:octo-org/threa:environment:prod", "refs/heads/feature", false},
		{"deploy-threa", aws, "repo:octo-org/threa:environment:prod", pull, false},
		{"deploy-threa", aws, "repo:octo-org/threa:environment:prod", "refs/tags/main", false},
		{"deploy-threa", aws, "repo:octo-org/threa:environment:staging", main, false},
		{"deploy-threa", aws, "repo:octo-org/threa:ref:refs/heads/main", main, false}, // no environment, so no reviewer
		{"deploy-threa", aws, "repo:octo-org/threa:pull_request", pull, false},
		{"deploy-threa", aws, "repo:octo-org/threa-fork:environment:prod", main, false},
		{"deploy-threa", aws, "repo:someone/threa:environment:prod", main, false},
		{"deploy-threa", "https://github.com/octo-org", "repo:octo-org/threa:environment:prod", main, false},
		{"deploy-threa-staging", aws, "repo:octo-org/threa:environment:staging", main, true},
		{"deploy-threa-staging", aws, "repo:octo-org/threa:environment:prod", main, false},
		{"preview-threa", aws, "repo:octo-org/threa:pull_request", pull, true},
		{"preview-threa", aws, "repo:octo-org/threa:ref:refs/heads/main", main, true},
		{"preview-threa", aws, "repo:octo-org/threa:ref:refs/heads/feature", "refs/heads/feature", false},
		{"preview-threa", aws, "repo:someone/threa:pull_request", pull, false},
	} {
		assert.Equal(t, one.want, trusts(t, stack, one.role, one.audience, one.subject, one.ref), "%+v", one)
	}
}

// trusts tells whether a run of which GitHub says this may take a role.
func trusts(t *testing.T, stack *mocks.Recording, role, audience, subject, ref string) bool {
	t.Helper()
	const github = "token.actions.githubusercontent.com:"
	trusted, err := iamtest.Federates(stack.Named(t, "aws:iam/role:Role", role).Text("assumeRolePolicy"), providerARN, map[string]string{
		github + "aud": audience, github + "sub": subject, github + "ref": ref,
	})
	require.NoError(t, err)
	return trusted
}

// TestARepositoryThatGitHubNamesWithItsIDsGetsTheRoles is every one that was made after July 2026.
func TestARepositoryThatGitHubNamesWithItsIDsGetsTheRoles(t *testing.T) {
	const named = "octo-org@123456/threa@456789"
	stack := up(t, map[string]string{"repository": named})
	for subject, want := range map[string]bool{
		"repo:" + named + ":environment:prod":             true,
		"repo:octo-org/threa:environment:prod":            false, // somebody else's, of the same name
		"repo:octo-org@123456/threa@999:environment:prod": false,
	} {
		assert.Equal(t, want, trusts(t, stack, "deploy-threa", "sts.amazonaws.com", subject, "refs/heads/main"), subject)
	}
}

// attached are the policies of a role, in the order in which they are numbered.
func attached(t *testing.T, stack *mocks.Recording, role string) []string {
	t.Helper()
	var documents []string
	for _, one := range stack.OfType("aws:iam/rolePolicyAttachment:RolePolicyAttachment") {
		if one.Text("role") == role {
			name := strings.TrimPrefix(one.Text("policyArn"), "arn:aws:iam::123456789012:policy/")
			documents = append(documents, stack.Named(t, "aws:iam/policy:Policy", name).Text("policy"))
		}
	}
	return documents
}

func TestTheRolesHaveTheirPoliciesAndThoseFit(t *testing.T) {
	for secrets, key := range map[string]string{"passphrase": "", "kms": "arn:aws:kms:eu-central-1:123456789012:key/key-id"} {
		stack := up(t, map[string]string{"secretsProvider": secrets})
		scope := deployrole.Scope{
			Account: "123456789012", Region: "eu-central-1", Name: "threa", Bucket: bucketOfTheTests, Key: key,
		}
		for role, write := range map[string]func(deployrole.Scope) ([]string, error){
			"deploy-threa": deployrole.Deploy, "preview-threa": deployrole.Preview,
		} {
			documents, err := write(scope)
			require.NoError(t, err)
			want, err := iamtest.Parse(documents...)
			require.NoError(t, err)
			made := attached(t, stack, role)
			got, err := iamtest.Parse(made...)
			require.NoError(t, err)
			assert.ElementsMatch(t, want.Grants(), got.Grants(), role)
			assert.LessOrEqual(t, len(made), deployrole.Policies)
			for _, document := range made {
				assert.LessOrEqual(t, len(document), deployrole.Size)
			}
		}
	}
}

func TestRoles_DetachPoliciesOnDestroy(t *testing.T) {
	roles := up(t, nil).OfType("aws:iam/role:Role")
	require.Len(t, roles, 2)
	for _, role := range roles {
		assert.Equal(t, "true", role.Text("forceDetachPolicies"), role.Name)
	}
}

func TestTheStateIsPrivateEncryptedVersionedAndProtected(t *testing.T) {
	stack := up(t, nil)
	const name = bucketOfTheTests
	bucket := stack.Only(t, "aws:s3/bucketV2:BucketV2")
	assert.Equal(t, name, bucket.Text("bucket"))
	assert.True(t, bucket.Request.GetProtect())
	assert.Equal(t, "false", bucket.Text("forceDestroy"))
	assert.Equal(t, "Enabled", stack.Only(t, "aws:s3/bucketVersioningV2:BucketVersioningV2").Text("versioningConfiguration.status"))
	assert.Equal(t, "AES256", stack.Only(t, "aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2").
		Text("rules[0].applyServerSideEncryptionByDefault.sseAlgorithm"))
	block := stack.Only(t, "aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock")
	for _, key := range []string{"blockPublicAcls", "blockPublicPolicy", "ignorePublicAcls", "restrictPublicBuckets"} {
		assert.Equal(t, "true", block.Text(key), key)
	}
	var policy struct {
		Statement []struct {
			Effect           string
			Action, Resource []string
			Principal        map[string]string
			Condition        map[string]map[string]string
		}
	}
	require.NoError(t, json.Unmarshal([]byte(stack.Only(t, "aws:s3/bucketPolicy:BucketPolicy").Text("policy")), &policy))
	require.Len(t, policy.Statement, 1)
	deny := policy.Statement[0]
	assert.Equal(t, "Deny", deny.Effect)
	assert.Equal(t, map[string]string{"AWS": "*"}, deny.Principal)
	assert.Equal(t, []string{"arn:aws:s3:::" + name, "arn:aws:s3:::" + name + "/*"}, deny.Resource)
	assert.Equal(t, map[string]map[string]string{"Bool": {"aws:SecureTransport": "false"}}, deny.Condition)
}

const bucketOfTheTests = "threa-pulumi-state-123456789012"

// withState returns an account with a bucket that has some objects.
func withState(keys ...string) *mocks.AWS {
	return (&mocks.AWS{}).Add(resources.Bucket, mocks.Item{"bucket": bucketOfTheTests, "keys": keys})
}

func unprotected(t *testing.T, aws *mocks.AWS) (*mocks.Recording, error) {
	t.Helper()
	return mocks.Run(t, deploy, mocks.Options{
		Project: "threa-bootstrap", Stack: "team", AWS: aws, Extra: []pulumi.RunOption{config.WithKeys},
		Config: mocks.ProjectConfig(t, ".", map[string]string{
			"threa-bootstrap:repository": "octo-org/threa", "threa-bootstrap:secretsProvider": "kms", "threa-bootstrap:deletionProtection": "false",
		}),
	})
}

func TestOneKeyLetsEverythingGo(t *testing.T) {
	for _, aws := range []*mocks.AWS{{}, withState(), withState(".pulumi/stacks/threa/prod.json.bak")} {
		stack, err := unprotected(t, aws)
		require.NoError(t, err)
		for _, one := range stack.All() {
			assert.False(t, one.Request.GetProtect(), one.Name)
		}
		assert.Equal(t, "true", stack.Only(t, "aws:s3/bucketV2:BucketV2").Text("forceDestroy"))
		assert.True(t, stack.Only(t, "aws:iam/openIdConnectProvider:OpenIdConnectProvider").Request.GetRetainOnDelete(),
			"others in the account may use it")
	}
}

func TestTheStateOfAStackIsNotGivenUp(t *testing.T) {
	stack, err := unprotected(t, withState(
		".pulumi/stacks/threa/prod.json", ".pulumi/stacks/threa/prod.json.bak", ".pulumi/stacks/threa/staging.json.gz",
	))
	require.ErrorContains(t, err, "has the state of threa/prod, threa/staging;")
	require.ErrorContains(t, err, "pulumi config set deletionProtection true")
	assert.Empty(t, stack.All())
	assert.Equal(t, stacksFolder, stack.Calls("aws:s3/getObjects:getObjects")[0]["prefix"].StringValue())

	_, err = unprotected(t, &mocks.AWS{Refused: []string{"aws:s3/getObjects:getObjects"}})
	require.ErrorContains(t, err, "look for stacks in "+bucketOfTheTests)
}

func TestTheKeyIsAChoiceThatCostsAndTheRestCanBeElsewhere(t *testing.T) {
	assert.Empty(t, up(t, nil).OfType("aws:kms/key:Key"), "a key costs a dollar a month; a passphrase is free")

	key := up(t, map[string]string{"secretsProvider": "kms"}).Only(t, "aws:kms/key:Key")
	assert.True(t, key.Request.GetProtect())
	assert.Equal(t, "true", key.Text("enableKeyRotation"))

	elsewhere := up(t, map[string]string{"stateBucket": "false", "identityProvider": "existing"})
	for _, one := range elsewhere.All() {
		assert.Contains(t, []string{
			"aws:iam/role:Role", "aws:iam/policy:Policy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment",
		}, one.Type)
	}
	assert.Contains(t, elsewhere.Named(t, "aws:iam/role:Role", "deploy-threa").Text("assumeRolePolicy"), providerARN)
}

func TestEverythingThatTakesTagsHasThem(t *testing.T) {
	untaggable := []string{"aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:kms/alias:Alias"}
	for _, one := range up(t, map[string]string{"secretsProvider": "kms"}).All() {
		partOfBucket := strings.HasPrefix(one.Type, "aws:s3/") && one.Type != "aws:s3/bucketV2:BucketV2"
		if !partOfBucket && !slices.Contains(untaggable, one.Type) {
			assert.Equal(t, "threa-bootstrap", one.Text("tags.Stack"), one.Name)
		}
	}
}

func TestAWrongConfigurationMakesNothing(t *testing.T) {
	recording, err := mocks.Run(t, deploy, mocks.Options{
		Project: "threa-bootstrap", Config: mocks.ProjectConfig(t, ".", map[string]string{"threa-bootstrap:branch": "*"}), Extra: []pulumi.RunOption{config.WithKeys},
	})
	var problems *config.Problems
	require.ErrorAs(t, err, &problems)
	assert.Len(t, problems.List, 2, "no repository, and every branch")
	assert.Empty(t, recording.All())
}

// TestDataHolders_StateIsNeverReplaced is about the bucket and the key, as the test of that name of the program is about
// what it keeps.
func TestDataHolders_StateIsNeverReplaced(t *testing.T) {
	stack := up(t, map[string]string{"secretsProvider": "kms"})
	for _, token := range []string{resources.Bucket, resources.Key} {
		holder := stack.Only(t, token)
		assert.True(t, holder.Request.GetProtect(), token)
		assert.Subset(t, holder.Request.GetIgnoreChanges(), resources.Replacing(token))
	}
}

func TestDataHolders_RenamedStateIsRefused(t *testing.T) {
	aws := &mocks.AWS{Recorded: map[string]map[string]any{resources.Bucket: {"bucket": "other-pulumi-state-123456789012"}}}
	err := try(t, aws, nil)
	require.ErrorContains(t, err, "but the Pulumi state is in other-pulumi-state-123456789012")
	require.ErrorContains(t, err, "pulumi config set appName other")
}

func TestDataHolders_StateInUseIsNotGivenUp(t *testing.T) {
	aws := withState(".pulumi/stacks/threa/prod.json")
	for _, given := range []map[string]string{
		{"deletionProtection": "false"}, {"deletionProtection": "false", "stateBucket": "false"},
	} {
		require.ErrorContains(t, try(t, aws, given), "has the state of threa/prod", given)
	}
	require.NoError(t, try(t, &mocks.AWS{}, map[string]string{"deletionProtection": "false", "stateBucket": "false"}))
}

// try runs the program in an AWS with what is given, over the defaults.
func try(t *testing.T, aws *mocks.AWS, given map[string]string) error {
	t.Helper()
	all := map[string]string{"threa-bootstrap:repository": "octo-org/threa"}
	for key, value := range given {
		all["threa-bootstrap:"+key] = value
	}
	_, err := mocks.Run(t, deploy, mocks.Options{
		Project: "threa-bootstrap", Stack: "team", Config: mocks.ProjectConfig(t, ".", all), AWS: aws,
		Extra: []pulumi.RunOption{config.WithKeys},
	})
	return err
}
