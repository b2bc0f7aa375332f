package compute

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/resources"
	"threa-infra/internal/steps"
)

// imagesKept bounds the cost of the repository: every image is paid for by its size.
const imagesKept = 10

// lifecycle is an ECR lifecycle policy. Source:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type lifecycle struct {
	Rules []lifecycleRule `json:"rules"`
}

type lifecycleRule struct {
	RulePriority int    `json:"rulePriority"`
	Description  string `json:"description"`
	Selection    struct {
		TagStatus   string `json:"tagStatus"`
		CountType   string `json:"countType"`
		CountNumber int    `json:"countNumber"`
	} `json:"selection"`
	Action struct {
		Type string `json:"type"`
	} `json:"action"`
}

// keepLastImages deletes all but the newest images.
func keepLastImages() lifecycle {
	rule := lifecycleRule{RulePriority: 1, Description: fmt.Sprintf("Keep the last %d images", imagesKept)}
	rule.Selection.TagStatus, rule.Selection.CountType, rule.Selection.CountNumber = "any", "imageCountMoreThan",
		imagesKept
	rule.Action.Type = "expire"
	return lifecycle{Rules: []lifecycleRule{rule}}
}

// createRepository creates a repository that a destroy can delete together with its images.
func (b *builder) createRepository() (err error) {
	b.repository, err = ecr.NewRepository(b.ctx, b.name+"-repository", &ecr.RepositoryArgs{
		Name:               pulumi.String(b.Names.Name),
		ForceDelete:        pulumi.Bool(true),
		ImageTagMutability: pulumi.String("MUTABLE"),
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
		Policy:     pulumi.JSONMarshal(keepLastImages()),
	}, b.parent, pulumi.DeleteBeforeReplace(true))
	return steps.Wrap(err, "create lifecycle policy")
}

// noImage is the tag in a task definition that no task is started from.
const noImage = "none-yet"

// imageReference names an image in a repository by tag or digest.
func imageReference(repositoryURL, tag string) string {
	switch {
	case tag == "":
		return repositoryURL + ":" + noImage
	case strings.HasPrefix(tag, "sha256:"):
		return repositoryURL + "@" + tag
	default:
		return repositoryURL + ":" + tag
	}
}
