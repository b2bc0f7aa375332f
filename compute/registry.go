package compute

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
	"threa-infra/internal/steps"
)

// lifecycle deletes all but the newest images: every image is paid for by its size. Source:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
const lifecycle = `{"rules":[{"rulePriority":1,"description":"Keep the last 10 images",` +
	`"selection":{"tagStatus":"any","countType":"imageCountMoreThan","countNumber":10},"action":{"type":"expire"}}]}`

// createRepository creates a repository that a destroy can delete together with its images. Its tags are immutable:
// what was tested and deployed under a tag cannot be replaced by another image.
func (b *builder) createRepository() (err error) {
	b.repository, err = ecr.NewRepository(b.ctx, b.name+"-repository", &ecr.RepositoryArgs{
		Name:               pulumi.String(b.Names.Name),
		ForceDelete:        pulumi.Bool(true),
		ImageTagMutability: pulumi.String("IMMUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		Tags: b.Tags,
	}, b.parent, pulumi.Protect(b.Protect), pulumi.IgnoreChanges(resources.Replacing(resources.Repository)))
	if err != nil {
		return fmt.Errorf("create repository: %w", err)
	}
	// Any change of the rules replaces the policy. A repository has only one, so the deletion of the old one after the
	// creation of the new one would remove both.
	_, err = ecr.NewLifecyclePolicy(b.ctx, b.name+"-lifecycle", &ecr.LifecyclePolicyArgs{
		Repository: b.repository.Name,
		Policy:     pulumi.String(lifecycle),
	}, b.parent, pulumi.DeleteBeforeReplace(true))
	return steps.Wrap(err, "create lifecycle policy")
}

// imageReference names an image in a repository by tag or digest.
func imageReference(repositoryURL, tag string) string {
	switch {
	case tag == "":
		return repositoryURL + ":" + naming.NoImage
	case naming.IsDigest(tag):
		return repositoryURL + "@" + tag
	default:
		return repositoryURL + ":" + tag
	}
}
