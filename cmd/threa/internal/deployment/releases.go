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

// Release is an image that has run well: ECS has completed a deployment of it.
type Release struct {
	Image Image     // with the digest that ran
	Name  string    // what imageTag has to say to deploy it again: the tag, while it still means this image, else the digest
	Since time.Time // when its last deployment was completed
	Gone  bool      // from the repository, which keeps the last ten images
}

// releasesShown is as many as the repository keeps images: of an older one nothing is left but its name.
const releasesShown = 10

// Releases are the images that ran well, the newest first. They need no record of our own: ECS keeps the deployments of
// a service, with the digest that each tag meant then, for 90 days. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/view-service-deployment.html
func (a *App) Releases(ctx context.Context) ([]Release, error) {
	deployments, err := a.completed(ctx)
	if err != nil {
		return nil, err
	}
	var releases []Release
	const revisionLimit = 20 // of one question
	for some := range slices.Chunk(deployments, revisionLimit) {
		images, err := a.images(ctx, some)
		if err != nil {
			return nil, err
		}
		for _, deployment := range some {
			image, ran := images[aws.ToString(deployment.TargetServiceRevisionArn)]
			known := slices.ContainsFunc(releases, func(r Release) bool { return r.Image.Digest == image.Digest })
			if ran && !known && len(releases) < releasesShown {
				releases = append(releases, Release{Image: image, Since: aws.ToTime(deployment.FinishedAt)})
			}
		}
	}
	if len(releases) == 0 {
		return nil, nil
	}
	return releases, a.compare(ctx, releases)
}

// completed are the service's deployments that went well, the newest first.
func (a *App) completed(ctx context.Context) ([]types.ServiceDeploymentBrief, error) {
	var all []types.ServiceDeploymentBrief
	in := &ecs.ListServiceDeploymentsInput{
		Cluster: &a.Cluster, Service: &a.Service, Status: []types.ServiceDeploymentStatus{types.ServiceDeploymentStatusSuccessful},
	}
	for {
		page, err := a.ECS.ListServiceDeployments(ctx, in)
		if err != nil {
			return nil, fmt.Errorf("list the deployments of %s: %w", a.Service, err)
		}
		all = append(all, page.ServiceDeployments...)
		if in.NextToken = page.NextToken; aws.ToString(in.NextToken) == "" {
			break
		}
	}
	slices.SortStableFunc(all, func(x, y types.ServiceDeploymentBrief) int {
		return aws.ToTime(y.FinishedAt).Compare(aws.ToTime(x.FinishedAt))
	})
	return all, nil
}

// images are the app's images of some deployments, by service revision. One that no task was started from, as without an
// image or at night, has no digest and is left out.
func (a *App) images(ctx context.Context, deployments []types.ServiceDeploymentBrief) (map[string]Image, error) {
	var arns []string
	for _, deployment := range deployments {
		if arn := aws.ToString(deployment.TargetServiceRevisionArn); !slices.Contains(arns, arn) {
			arns = append(arns, arn)
		}
	}
	answer, err := a.ECS.DescribeServiceRevisions(ctx, &ecs.DescribeServiceRevisionsInput{ServiceRevisionArns: arns})
	if err != nil {
		return nil, fmt.Errorf("ask for the images of %s: %w", a.Service, err)
	}
	images := map[string]Image{}
	for _, revision := range answer.ServiceRevisions {
		for _, container := range revision.ContainerImages {
			if aws.ToString(container.ContainerName) != a.Service || aws.ToString(container.ImageDigest) == "" {
				continue
			}
			image := parseImage(aws.ToString(container.Image))
			image.Digest = aws.ToString(container.ImageDigest)
			images[aws.ToString(revision.ServiceRevisionArn)] = image
		}
	}
	return images, nil
}

// compare says of each release what the repository still has of it.
func (a *App) compare(ctx context.Context, releases []Release) error {
	tags, err := a.tags(ctx, releases[0].Image.Repository)
	if err != nil {
		return err
	}
	for i := range releases {
		image := releases[i].Image
		present, found := tags[image.Digest]
		releases[i].Gone = !found
		releases[i].Name = image.Digest
		if slices.Contains(present, image.Tag) {
			releases[i].Name = image.Tag
		}
	}
	return nil
}

// tags are those of a repository's images, by digest.
func (a *App) tags(ctx context.Context, repository string) (map[string][]string, error) {
	all := map[string][]string{}
	pages := ecr.NewDescribeImagesPaginator(a.ECR, &ecr.DescribeImagesInput{RepositoryName: &repository})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("list the images of the repository %s: %w", repository, err)
		}
		for _, image := range page.ImageDetails {
			all[aws.ToString(image.ImageDigest)] = image.ImageTags
		}
	}
	return all, nil
}

// Latest leaves the choice to Back.
const Latest = -1

// Back is the release to go back to: the one with a number, counted from the newest, which is 0. Without a number
// (Latest) it is the one before what the stack registered; after a deployment that failed that is the newest.
func (a *App) Back(ctx context.Context, releases []Release, number int) (*Release, error) {
	if len(releases) == 0 {
		return nil, errors.New("ECS knows no deployment of the last 90 days that went well: there is nothing to go back to")
	}
	registered, err := a.registered(ctx)
	if err != nil {
		return nil, err
	}
	if number == Latest {
		number = 0
		if releases[0].is(registered) {
			number = 1
		}
	}
	if number < 0 || number >= len(releases) {
		return nil, fmt.Errorf("there is no release %d: go run ./cmd/threa releases lists them", number)
	}
	release := &releases[number]
	switch {
	case release.is(registered):
		return nil, fmt.Errorf("release %d (%s) is what the stack has deployed", number, release.Name)
	case release.Gone:
		return nil, fmt.Errorf("the image of release %d (%s) is gone from the repository %s, which keeps the last %d: push it again, or choose another with --to",
			number, release.Name, release.Image.Repository, releasesShown)
	}
	return release, nil
}

// is tells whether an image, by tag or by digest, is that of the release.
func (r *Release) is(image Image) bool {
	return image.Digest == r.Image.Digest || image.Digest == "" && image.Tag == r.Name
}

// registered is the image that the stack registered last.
func (a *App) registered(ctx context.Context) (Image, error) {
	definition, err := a.Definition(ctx, a.TaskDefinition)
	if err != nil {
		return Image{}, err
	}
	return parseImage(aws.ToString(definition.App.Image)), nil
}
