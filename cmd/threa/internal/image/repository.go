package image

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"threa-infra/internal/naming"
)

// Repository is the stack's ECR repository.
type Repository struct {
	URL    string // REGISTRY/NAME
	Client *ecr.Client
}

// Reference returns the name of an image in the repository.
func (r *Repository) Reference(tag string) string { return r.URL + ":" + tag }

// Has reports whether the repository has an image with a tag or a digest.
func (r *Repository) Has(ctx context.Context, tag string) (bool, error) {
	id := types.ImageIdentifier{ImageTag: &tag}
	if naming.IsDigest(tag) {
		id = types.ImageIdentifier{ImageDigest: &tag}
	}
	_, name, _ := strings.Cut(r.URL, "/")
	_, err := r.Client.DescribeImages(ctx, &ecr.DescribeImagesInput{
		RepositoryName: &name, ImageIds: []types.ImageIdentifier{id},
	})
	var missing *types.ImageNotFoundException
	if errors.As(err, &missing) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("look for image %s: %w", tag, err)
	}
	return true, nil
}

// Login logs an engine in to the repository's registry. The token is valid for 12 hours. See
// https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_GetAuthorizationToken.html
func (r *Repository) Login(ctx context.Context, engine *Engine) error {
	answer, err := r.Client.GetAuthorizationToken(ctx, &ecr.GetAuthorizationTokenInput{})
	if err != nil {
		return fmt.Errorf("get a token for ECR: %w", err)
	}
	if len(answer.AuthorizationData) == 0 {
		return errors.New("get a token for ECR: AWS returned none")
	}
	token, err := base64.StdEncoding.DecodeString(aws.ToString(answer.AuthorizationData[0].AuthorizationToken))
	user, password, ok := strings.Cut(string(token), ":")
	if err != nil || !ok {
		return errors.New("get a token for ECR: the token is not USER:PASSWORD in base64")
	}
	registry, _, _ := strings.Cut(r.URL, "/")
	return engine.Login(ctx, registry, user, password)
}

// BuildAndPush builds an image for an architecture, x86_64 or arm64, and pushes it to the repository.
func (r *Repository) BuildAndPush(ctx context.Context, engine *Engine, source Source, architecture, tag string) error {
	reference := r.Reference(tag)
	if err := engine.Build(ctx, source, architecture, reference); err != nil {
		return err
	}
	if err := r.Login(ctx, engine); err != nil {
		return err
	}
	return engine.Push(ctx, architecture, reference)
}
