package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/grant"
)

// waitingDays is how long a deleted key can be had back. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
const waitingDays = 30

// state is where Pulumi keeps what it knows of the stacks. Pulumi itself locks a stack that is being changed with a file
// beside it, which S3 makes safe because it is consistent.
type state struct {
	bucket string   // empty where the state is elsewhere
	key    *kms.Key // nil for a passphrase
}

// bucketName is the same in every run. Names of buckets are unique in the world: the account makes it so.
func bucketName(cfg *config.Bootstrap, account string) string {
	return cfg.AppName + "-pulumi-state-" + account
}

func keyAlias(cfg *config.Bootstrap) string { return "alias/" + cfg.AppName + "-pulumi" }

func newState(ctx *pulumi.Context, cfg *config.Bootstrap, account string) (*state, error) {
	place := &state{}
	if cfg.State {
		place.bucket = bucketName(cfg, account)
		if err := newBucket(ctx, cfg, place.bucket); err != nil {
			return nil, err
		}
	}
	if !cfg.Key {
		return place, nil
	}
	var err error
	place.key, err = kms.NewKey(ctx, "key", &kms.KeyArgs{
		Description:          pulumi.String("Secrets in the Pulumi state of " + cfg.AppName),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(waitingDays),
		Tags:                 cfg.Tags(),
	}, pulumi.Protect(true))
	if err != nil {
		return nil, fmt.Errorf("create the key of the secrets: %w", err)
	}
	_, err = kms.NewAlias(ctx, "alias", &kms.AliasArgs{Name: pulumi.String(keyAlias(cfg)), TargetKeyId: place.key.ID()})
	if err != nil {
		return nil, fmt.Errorf("name the key of the secrets: %w", err)
	}
	return place, nil
}

// newBucket makes a private bucket that keeps old versions, so that a state that was lost or broken can be had back. They
// are never deleted: a state is some 100 KB, so that a thousand deployments cost less than a cent a month.
func newBucket(ctx *pulumi.Context, cfg *config.Bootstrap, name string) error {
	bucket, err := s3.NewBucketV2(ctx, "state", &s3.BucketV2Args{
		Bucket: pulumi.String(name),
		Tags:   cfg.Tags(),
	}, pulumi.Protect(true))
	if err != nil {
		return fmt.Errorf("create the bucket %s: %w", name, err)
	}
	_, err = s3.NewBucketVersioningV2(ctx, "state-versions", &s3.BucketVersioningV2Args{
		Bucket:                  bucket.ID(),
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	})
	if err != nil {
		return fmt.Errorf("keep old versions in %s: %w", name, err)
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, "state-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucket.ID(),
		Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{s3.BucketServerSideEncryptionConfigurationV2RuleArgs{
			ApplyServerSideEncryptionByDefault: s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
				SseAlgorithm: pulumi.String("AES256"), // free; what is secret in the state is encrypted beneath it
			},
		}},
	})
	if err != nil {
		return fmt.Errorf("encrypt %s: %w", name, err)
	}
	private, err := s3.NewBucketPublicAccessBlock(ctx, "state-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucket.ID(),
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("close %s to the public: %w", name, err)
	}
	_, err = s3.NewBucketPolicy(ctx, "state-tls", &s3.BucketPolicyArgs{
		Bucket: bucket.ID(),
		Policy: tlsOnly("arn:aws:s3:::" + name).JSON(),
	}, pulumi.DependsOn([]pulumi.Resource{private})) // S3 takes no two changes of a bucket's access at once
	if err != nil {
		return fmt.Errorf("want TLS for %s: %w", name, err)
	}
	return nil
}

// tlsOnly refuses calls without TLS, whoever makes them. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
func tlsOnly(bucketARN string) grant.Document {
	return grant.Policy(grant.Statement{
		Effect:    "Deny",
		Principal: map[string]string{"AWS": "*"},
		Action:    []string{"s3:*"},
		Resource:  []string{bucketARN, bucketARN + "/*"},
		Condition: grant.Condition{"Bool": {"aws:SecureTransport": "false"}},
	})
}
