package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
	"threa-infra/internal/iampolicy"
	"threa-infra/internal/resources"
)

// waitingDays is how long a deleted key can be had back. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
const waitingDays = 30

// stacksFolder is where Pulumi keeps the states of stacks in a bucket.
const stacksFolder = ".pulumi/stacks/"

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
	if err := checkRemoval(ctx, cfg, bucketName(cfg, account)); err != nil {
		return nil, err
	}
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
	}, pulumi.Protect(cfg.DeletionProtection), pulumi.IgnoreChanges(resources.Replacing(resources.Key)))
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
		Bucket:       pulumi.String(name),
		ForceDestroy: pulumi.Bool(!cfg.DeletionProtection), // with the old versions, or S3 keeps it
		Tags:         cfg.Tags(),
	}, pulumi.Protect(cfg.DeletionProtection), pulumi.IgnoreChanges(resources.Replacing(resources.Bucket)))
	if err != nil {
		return fmt.Errorf("create the bucket %s: %w", name, err)
	}
	bucketID := unrenamed(bucket, name)
	_, err = s3.NewBucketVersioningV2(ctx, "state-versions", &s3.BucketVersioningV2Args{
		Bucket:                  bucketID,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	})
	if err != nil {
		return fmt.Errorf("keep old versions in %s: %w", name, err)
	}
	_, err = s3.NewBucketServerSideEncryptionConfigurationV2(ctx, "state-encryption", &s3.BucketServerSideEncryptionConfigurationV2Args{
		Bucket: bucketID,
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
		Bucket:          bucketID,
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("close %s to the public: %w", name, err)
	}
	_, err = s3.NewBucketPolicy(ctx, "state-tls", &s3.BucketPolicyArgs{
		Bucket: bucketID,
		Policy: tlsOnly("arn:aws:s3:::" + name).JSON(),
	}, pulumi.DependsOn([]pulumi.Resource{private})) // S3 takes no two changes of a bucket's access at once
	if err != nil {
		return fmt.Errorf("want TLS for %s: %w", name, err)
	}
	return nil
}

// unrenamed returns the id of the bucket, which is its name, or an error if the bucket was created with another one.
func unrenamed(bucket *s3.BucketV2, name string) pulumi.StringOutput {
	return bucket.Bucket.ApplyT(func(actual string) (string, error) {
		if actual != name {
			return "", fmt.Errorf("threa-bootstrap:appName makes the name of the bucket %s, but the Pulumi state is in %s, and S3 cannot rename a bucket.\n"+
				"    pulumi config set appName %s", name, actual, strings.Split(actual, "-pulumi-state-")[0])
		}
		return actual, nil
	}).(pulumi.StringOutput)
}

// checkRemoval refuses to delete or to give up the protection of a state that is in use: without it nobody could take away
// what its stacks have in AWS. A stack is a file of its name below that of its project, and `pulumi stack rm` takes it away.
func checkRemoval(ctx *pulumi.Context, cfg *config.Bootstrap, bucket string) error {
	if cfg.DeletionProtection {
		return nil // and Pulumi refuses to delete the bucket and the key
	}
	found, err := s3.GetObjects(ctx, &s3.GetObjectsArgs{Bucket: bucket, Prefix: pulumi.StringRef(stacksFolder)})
	switch {
	case err != nil && strings.Contains(err.Error(), "NoSuchBucket"):
		return nil
	case err != nil:
		return fmt.Errorf("look for stacks in %s: %w", bucket, err)
	}
	var stacks []string
	for _, key := range found.Keys {
		plain := strings.TrimSuffix(strings.TrimPrefix(key, stacksFolder), ".gz") // PULUMI_DIY_BACKEND_GZIP
		if stack, isState := strings.CutSuffix(plain, ".json"); isState {
			stacks = append(stacks, stack)
		}
	}
	if len(stacks) > 0 {
		return fmt.Errorf("threa-bootstrap:deletionProtection is \"false\", but the bucket %s has the state of %s; "+
			"nobody could take away any more what they have in AWS.\n"+
			"    First, for each:  pulumi destroy && pulumi stack rm\n"+
			"    or protect it:    pulumi config set deletionProtection true", bucket, strings.Join(stacks, ", "))
	}
	return nil
}

// tlsOnly refuses calls without TLS, whoever makes them. Source:
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/security-best-practices.html
func tlsOnly(bucketARN string) iampolicy.Document {
	return iampolicy.New(iampolicy.Statement{
		Effect:    "Deny",
		Principal: map[string]string{"AWS": "*"},
		Action:    []string{"s3:*"},
		Resource:  []string{bucketARN, bucketARN + "/*"},
		Condition: iampolicy.Condition{"Bool": {"aws:SecureTransport": "false"}},
	})
}
