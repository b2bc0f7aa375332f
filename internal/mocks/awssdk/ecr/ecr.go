// Package ecr mocks the AWS SDK's client of ECR.
package ecr

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// Image is the type of images in mocks.AWS.Existing: reference (a tag or digest), manifest (default: Index). Without a
// list, ECR has every image. If the list is empty, the repository does not exist.
const Image = "image"

// Index is the manifest of an image for both architectures.
const Index = `{"manifests":[{"platform":{"os":"linux","architecture":"amd64"}},` +
	`{"platform":{"os":"linux","architecture":"arm64"}},{"platform":{"os":"unknown","architecture":"unknown"}}]}`

// Client has the methods of the client that the program calls.
type Client struct {
	*mocks.AWS
	// ImageConfig is the URL of the configuration of every image.
	ImageConfig string
}

// BatchGetImage returns an image. If the list of images is empty, the repository does not exist.
func (c Client) BatchGetImage(_ context.Context, in *ecr.BatchGetImageInput, _ ...func(*ecr.Options),
) (*ecr.BatchGetImageOutput, error) {
	id := in.ImageIds[0]
	images, given := c.Existing[Image]
	switch {
	case !given:
		images = []mocks.Item{{"reference": aws.ToString(id.ImageTag) + aws.ToString(id.ImageDigest)}}
	case len(images) == 0:
		return nil, &types.RepositoryNotFoundException{}
	}
	out := &ecr.BatchGetImageOutput{}
	for _, image := range images {
		reference := image["reference"]
		if reference == aws.ToString(id.ImageTag) || reference == aws.ToString(id.ImageDigest) {
			manifest, _ := image["manifest"].(string)
			if manifest == "" {
				manifest = Index
			}
			out.Images = append(out.Images, types.Image{ImageManifest: &manifest})
		}
	}
	return out, c.Refuse("ecr:BatchGetImage")
}

// GetDownloadUrlForLayer returns ImageConfig.
//
//nolint:revive // the name of the SDK's method
func (c Client) GetDownloadUrlForLayer(context.Context, *ecr.GetDownloadUrlForLayerInput, ...func(*ecr.Options),
) (*ecr.GetDownloadUrlForLayerOutput, error) {
	return &ecr.GetDownloadUrlForLayerOutput{DownloadUrl: &c.ImageConfig}, c.Refuse("ecr:GetDownloadUrlForLayer")
}

// DescribeRepositories returns the repository of a name.
func (c Client) DescribeRepositories(_ context.Context, in *ecr.DescribeRepositoriesInput, _ ...func(*ecr.Options),
) (*ecr.DescribeRepositoriesOutput, error) {
	if err := c.Refuse("ecr:DescribeRepositories"); err != nil {
		return nil, err
	}
	name := in.RepositoryNames[0]
	if c.repository(name) == nil {
		return nil, &types.RepositoryNotFoundException{}
	}
	return &ecr.DescribeRepositoriesOutput{Repositories: []types.Repository{{RepositoryArn: &name}}}, nil
}

// ListTagsForResource returns the tags of a repository.
func (c Client) ListTagsForResource(_ context.Context, in *ecr.ListTagsForResourceInput, _ ...func(*ecr.Options),
) (*ecr.ListTagsForResourceOutput, error) {
	out := &ecr.ListTagsForResourceOutput{}
	for key, value := range c.repository(*in.ResourceArn).Tags() {
		out.Tags = append(out.Tags, types.Tag{Key: &key, Value: &value})
	}
	return out, nil
}

func (c Client) repository(name string) mocks.Item {
	for _, item := range c.Existing[resources.Repository] {
		if item["name"] == name {
			return item
		}
	}
	return nil
}
