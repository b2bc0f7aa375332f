package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Release is an image that was deployed successfully.
type Release struct {
	Image Image // with the digest that was running
	// ImageTag is the value of imageTag that deploys the release again: the tag if it still refers to the same image,
	// else the digest.
	ImageTag string
	Deployed time.Time // when its last deployment was completed
	Deleted  bool      // whether the image was deleted from the repository
}

// imagesKept is the number of images that the repository keeps, and so the number of releases that are listed.
const imagesKept = 10

// ErrNoRelease means that ECS knows no successful deployment.
var ErrNoRelease = errors.New("no successful deployment of a pushed image in the last 90 days")

// Releases returns the images that were deployed successfully, newest first. ECS keeps the deployments of a service
// for 90 days, with the digest that each tag had then. See
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/view-service-deployment.html
func (a *App) Releases(ctx context.Context) ([]Release, error) {
	deployments, err := a.successfulDeployments(ctx)
	if err != nil {
		return nil, err
	}
	var releases []Release
	const requestLimit = 20 // revisions in one request
	for chunk := range slices.Chunk(deployments, requestLimit) {
		images, err := a.deployedImages(ctx, chunk)
		if err != nil {
			return nil, err
		}
		for _, deployment := range chunk {
			image, started := images[aws.ToString(deployment.TargetServiceRevisionArn)]
			listed := slices.ContainsFunc(releases, func(r Release) bool { return r.Image.Digest == image.Digest })
			if started && !listed && len(releases) < imagesKept {
				releases = append(releases, Release{Image: image, Deployed: aws.ToTime(deployment.FinishedAt)})
			}
		}
	}
	if len(releases) == 0 {
		return nil, nil
	}
	return releases, a.findImages(ctx, releases)
}

// successfulDeployments returns the service's successful deployments, newest first.
func (a *App) successfulDeployments(ctx context.Context) ([]types.ServiceDeploymentBrief, error) {
	var deployments []types.ServiceDeploymentBrief
	in := &ecs.ListServiceDeploymentsInput{
		Cluster: &a.Cluster, Service: &a.Service,
		Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful},
	}
	for { // the SDK has no paginator for it
		page, err := a.ECS.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list deployments of %s: %w", a.Service, err)
		}
		deployments = append(deployments, page.ServiceDeployments...)
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	slices.SortStableFunc(deployments, func(x, y types.ServiceDeploymentBrief) int {
		return aws.ToTime(y.FinishedAt).Compare(aws.ToTime(x.FinishedAt))
	})
	return deployments, nil
}

// deployedImages returns the app's images of a chunk of deployments by service revision. A revision that started no
// task, such as at night, has no digest and is left out.
func (a *App) deployedImages(ctx context.Context, chunk []types.ServiceDeploymentBrief) (map[string]Image, error) {
	var arns []string
	for _, deployment := range chunk {
		if arn := aws.ToString(deployment.TargetServiceRevisionArn); !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	answer, err := a.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns})
	if err != nil {
		return nil, fmt.Errorf("describe revisions of %s: %w", a.Service, err)
	}
	images := map[string]Image{}
	for _, revision := range answer.ServiceRevisions {
		for _, container := range revision.ContainerImages {
			if aws.ToString(container.ContainerName) == a.Service && aws.ToString(container.ImageDigest) != "" {
				image := parseImage(aws.ToString(container.Image))
				image.Digest = aws.ToString(container.ImageDigest)
				images[aws.ToString(revision.ServiceRevisionArn)] = image
			}
		}
	}
	return images, nil
}

// findImages sets which images the repository still has, and which tags still refer to them.
func (a *App) findImages(ctx context.Context, releases []Release) error {
	tags := map[string][]string{} // by digest
	repository := releases[0].Image.Repository
	pages := ecr.NewDescribeImagesPaginator(a.ECR, &ecr.DescribeImagesInput{RepositoryName: &repository})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return fmt.Errorf("describe images of %s: %w", repository, err)
		}
		for _, image := range page.ImageDetails {
			tags[aws.ToString(image.ImageDigest)] = image.ImageTags
		}
	}
	for i := range releases {
		r := &releases[i]
		present, ok := tags[r.Image.Digest]
		r.Deleted, r.ImageTag = !ok, r.Image.Digest
		if slices.Contains(present, r.Image.Tag) {
			r.ImageTag = r.Image.Tag
		}
	}
	return nil
}

// Previous selects the release before the registered one.
const Previous = -1

// SelectRelease returns the release to roll back to. number is that of a release, where 0 is the newest, or Previous.
// After a failed deployment, Previous selects the newest release, which is still running.
func (a *App) SelectRelease(ctx context.Context, releases []Release, number int) (*Release, error) {
	if len(releases) == 0 {
		return nil, fmt.Errorf("cannot roll back: %w", ErrNoRelease)
	}
	definition, err := a.DescribeDefinition(ctx, a.TaskDefinition)
	if err != nil {
		return nil, err
	}
	registered := definition.image()
	if number == Previous {
		number = 0
		if releases[0].has(registered) {
			number = 1
		}
	}
	if number < 0 || number >= len(releases) {
		return nil, fmt.Errorf("release %d does not exist. List the releases: go run ./cmd/threa releases", number)
	}
	release := &releases[number]
	switch {
	case release.has(registered):
		return nil, fmt.Errorf("release %d (%s) is already deployed", number, release.ImageTag)
	case release.Deleted:
		return nil, fmt.Errorf("the image of release %d (%s) was deleted from the repository %s, which keeps the last %d "+
			"images. Push it again, or choose another release with --to",
			number, release.ImageTag, release.Image.Repository, imagesKept)
	}
	return release, nil
}

// has reports whether an image, by tag or by digest, is the release's.
func (r *Release) has(image Image) bool {
	return image.Digest == r.Image.Digest || image.Digest == "" && image.Tag == r.ImageTag
}
