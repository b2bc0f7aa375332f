package compute

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/dataholder"
)

// imagesKept bounds what the repository costs: every image is paid for by its size.
const imagesKept = 10

// lifecycle is ECR's form of a lifecycle policy. Source:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/lifecycle_policy_parameters.html
type lifecycle struct {
	Rules []lifecycleRule `json:"rules"`
}

type lifecycleRule struct {
	RulePriority int                `json:"rulePriority"`
	Description  string             `json:"description"`
	Selection    lifecycleSelection `json:"selection"`
	Action       lifecycleAction    `json:"action"`
}

type lifecycleSelection struct {
	TagStatus   string `json:"tagStatus"`
	CountType   string `json:"countType"`
	CountNumber int    `json:"countNumber"`
}

type lifecycleAction struct {
	Type string `json:"type"`
}

// newRepository makes a repository that a destroy can empty: without it the first image would make the stack
// indestructible.
func newRepository(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*ecr.Repository, error) {
	repository, err := ecr.NewRepository(ctx, name+"-repository", &ecr.RepositoryArgs{
		Name:               pulumi.String(args.Name),
		ForceDelete:        pulumi.Bool(true),
		ImageTagMutability: pulumi.String("MUTABLE"),
		ImageScanningConfiguration: &ecr.RepositoryImageScanningConfigurationArgs{
			ScanOnPush: pulumi.Bool(true),
		},
		Tags: args.Tags,
	}, parent, pulumi.Protect(args.Protect), pulumi.IgnoreChanges(dataholder.ForceReplacement(dataholder.Repository)))
	if err != nil {
		return nil, fmt.Errorf("create repository: %w", err)
	}
	policy := pulumi.JSONMarshal(lifecycle{Rules: []lifecycleRule{{
		RulePriority: 1,
		Description:  fmt.Sprintf("Keep the last %d images", imagesKept),
		Selection:    lifecycleSelection{TagStatus: "any", CountType: "imageCountMoreThan", CountNumber: imagesKept},
		Action:       lifecycleAction{Type: "expire"},
	}}})
	_, err = ecr.NewLifecyclePolicy(ctx, name+"-lifecycle", &ecr.LifecyclePolicyArgs{
		Repository: repository.Name,
		Policy:     policy,
	}, parent,
		// Any change of the rules replaces the policy. A repository has only one, so the old one must go first:
		// otherwise its deletion would remove the new one.
		pulumi.DeleteBeforeReplace(true))
	if err != nil {
		return nil, fmt.Errorf("create lifecycle policy: %w", err)
	}
	return repository, nil
}

// noImage stands in a task definition that no task is started from.
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
