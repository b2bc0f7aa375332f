package main

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/kms"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/s3"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
	"threa-infra/internal/steps"
)

// deletionDays is how long a deleted key can be restored. Source:
// https://docs.aws.amazon.com/kms/latest/developerguide/deleting-keys.html
const deletionDays = 30

// stacksFolder is where Pulumi keeps the states of stacks in a bucket.
const stacksFolder = ".pulumi/stacks/"

// state is where Pulumi keeps the states of the stacks. Pulumi locks a stack with a file next to its state.
type state struct {
	bucket string   // empty if the state is elsewhere
	key    *kms.Key // nil for a passphrase
}

func (b *builder) names() naming.Bootstrap {
	return naming.Bootstrap{App: b.cfg.AppName, AccountID: b.account}
}

// createKey creates the key that encrypts the secrets in the state.
func (b *builder) createKey() error {
	if !b.cfg.Key {
		return nil
	}
	key, err := kms.NewKey(b.ctx, "key", &kms.KeyArgs{
		Description:          pulumi.String("Secrets in the Pulumi state of " + b.cfg.AppName),
		EnableKeyRotation:    pulumi.Bool(true),
		DeletionWindowInDays: pulumi.Int(deletionDays),
		Tags:                 b.tags,
	}, pulumi.Protect(b.cfg.DeletionProtection), pulumi.IgnoreChanges(resources.Replacing(resources.Key)))
	if err != nil {
		return fmt.Errorf("create key: %w", err)
	}
	b.state.key = key
	_, err = kms.NewAlias(b.ctx, "alias", &kms.AliasArgs{Name: pulumi.String(b.names().KeyAlias()), TargetKeyId: key.ID()})
	return steps.Wrap(err, "create key alias")
}

// createBucket creates a private bucket that keeps old versions, so that a lost or broken state can be restored. They
// are never deleted: a state is about 100 KB, so a thousand deployments cost less than a cent a month.
func (b *builder) createBucket() error {
	if !b.cfg.State {
		return nil
	}
	name := b.names().Bucket()
	b.state.bucket = name
	bucket, err := s3.NewBucketV2(b.ctx, "state", &s3.BucketV2Args{
		Bucket:       pulumi.String(name),
		ForceDestroy: pulumi.Bool(!b.cfg.DeletionProtection), // S3 deletes no bucket that has old versions
		Tags:         b.tags,
	}, pulumi.Protect(b.cfg.DeletionProtection), pulumi.IgnoreChanges(resources.Replacing(resources.Bucket)))
	if err != nil {
		return fmt.Errorf("create bucket %s: %w", name, err)
	}
	bucketID := b.checkName(bucket, name)
	_, err = s3.NewBucketVersioningV2(b.ctx, "state-versions", &s3.BucketVersioningV2Args{
		Bucket:                  bucketID,
		VersioningConfiguration: s3.BucketVersioningV2VersioningConfigurationArgs{Status: pulumi.String("Enabled")},
	})
	if err != nil {
		return fmt.Errorf("enable versioning of %s: %w", name, err)
	}
	if err := b.encryptBucket(bucketID); err != nil {
		return fmt.Errorf("encrypt %s: %w", name, err)
	}
	private, err := s3.NewBucketPublicAccessBlock(b.ctx, "state-private", &s3.BucketPublicAccessBlockArgs{
		Bucket:          bucketID,
		BlockPublicAcls: pulumi.Bool(true), BlockPublicPolicy: pulumi.Bool(true),
		IgnorePublicAcls: pulumi.Bool(true), RestrictPublicBuckets: pulumi.Bool(true),
	})
	if err != nil {
		return fmt.Errorf("block public access to %s: %w", name, err)
	}
	_, err = s3.NewBucketPolicy(b.ctx, "state-tls", &s3.BucketPolicyArgs{
		Bucket: bucketID,
		Policy: pulumi.JSONMarshal(tlsOnly(naming.BucketARN(name))),
	}, pulumi.DependsOn([]pulumi.Resource{private})) // S3 refuses two concurrent changes of a bucket's access
	return steps.Wrap(err, "create policy of %s", name)
}

// encryptBucket encrypts the bucket with the key of S3, which is free. The secrets in the state have their own
// encryption.
func (b *builder) encryptBucket(bucketID pulumi.StringOutput) error {
	encryption := s3.BucketServerSideEncryptionConfigurationV2RuleApplyServerSideEncryptionByDefaultArgs{
		SseAlgorithm: pulumi.String("AES256"),
	}
	_, err := s3.NewBucketServerSideEncryptionConfigurationV2(b.ctx, "state-encryption",
		&s3.BucketServerSideEncryptionConfigurationV2Args{
			Bucket: bucketID,
			Rules: s3.BucketServerSideEncryptionConfigurationV2RuleArray{
				s3.BucketServerSideEncryptionConfigurationV2RuleArgs{ApplyServerSideEncryptionByDefault: encryption},
			},
		})
	return steps.Wrap(err, "configure AES256")
}

// checkName returns the id of the bucket, which is its name, or an error if the bucket was created with another name.
func (b *builder) checkName(bucket *s3.BucketV2, name string) pulumi.StringOutput {
	return bucket.Bucket.ApplyT(func(actual string) (string, error) {
		if actual != name {
			return "", fmt.Errorf("appName makes the name of the bucket %s, but the Pulumi state is in %s, "+
				"and S3 cannot rename a bucket.\n    pulumi config set appName %s", name, actual, naming.AppOfBucket(actual))
		}
		return actual, nil
	}).(pulumi.StringOutput)
}

// checkRemoval refuses to delete the state, or to remove its protection, while stacks use it. Without its state, a
// stack could not delete its resources. A stack has a file with its name, which `pulumi stack rm` deletes.
func (b *builder) checkRemoval() error {
	if b.cfg.DeletionProtection {
		return nil // Pulumi refuses to delete the bucket and the key
	}
	bucket := b.names().Bucket()
	objects, err := s3.GetObjects(b.ctx, &s3.GetObjectsArgs{Bucket: bucket, Prefix: pulumi.StringRef(stacksFolder)})
	switch {
	case err != nil && strings.Contains(err.Error(), "NoSuchBucket"):
		return nil
	case err != nil:
		return fmt.Errorf("look for stacks in %s: %w", bucket, err)
	}
	var stacks []string
	for _, key := range objects.Keys {
		file := strings.TrimSuffix(strings.TrimPrefix(key, stacksFolder), ".gz") // PULUMI_DIY_BACKEND_GZIP
		if stack, isState := strings.CutSuffix(file, ".json"); isState {
			stacks = append(stacks, stack)
		}
	}
	if len(stacks) == 0 {
		return nil
	}
	var commands strings.Builder
	for _, stack := range stacks {
		_, name, _ := strings.Cut(stack, "/") // after the project
		fmt.Fprintf(&commands, "    pulumi destroy --stack %[1]s && pulumi stack rm --stack %[1]s\n", name)
	}
	return fmt.Errorf("%s:deletionProtection is \"false\", but the bucket %s has the state of %s; "+
		"without it, their resources cannot be deleted. First, in the folder of their project:\n%s"+
		"    or protect the bucket, here:\n    pulumi config set deletionProtection true",
		b.ctx.Project(), bucket, strings.Join(stacks, ", "), &commands)
}

// tlsOnly denies all requests without TLS. Source:
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
