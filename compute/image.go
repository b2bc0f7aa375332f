package compute

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecr/types"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/steps"
)

// Registry reads images. *ecr.Client implements it.
type Registry interface {
	BatchGetImage(context.Context, *ecr.BatchGetImageInput, ...func(*ecr.Options)) (*ecr.BatchGetImageOutput, error)
	GetDownloadUrlForLayer(context.Context, *ecr.GetDownloadUrlForLayerInput, ...func(*ecr.Options),
	) (*ecr.GetDownloadUrlForLayerOutput, error)
}

// manifest is an image's manifest, or the index of an image for several platforms. Source:
// https://github.com/opencontainers/image-spec/blob/main/image-index.md
type manifest struct {
	Manifests []struct{ Platform platform }
	Config    struct{ Digest string }
}

type platform struct{ OS, Architecture string }

func (p platform) String() string { return p.OS + "/" + p.Architecture }

// manifestTypes are the formats that Docker pushes. If a request does not name them, ECR picks one image of an index.
var manifestTypes = []string{
	"application/vnd.docker.distribution.manifest.v2+json", "application/vnd.docker.distribution.manifest.list.v2+json",
	"application/vnd.oci.image.manifest.v1+json", "application/vnd.oci.image.index.v1+json",
}

// CheckImage returns an error if the stack's repository lacks the image, or if the image is not built for the
// architecture. Otherwise the tasks would fail to start.
func CheckImage(ctx context.Context, registry Registry, names naming.Stack, tag, architecture string) error {
	platform := naming.Platform(architecture)
	question := fmt.Sprintf("whether the repository %s has the image %s for %s", names.Name, tag, platform)
	id := types.ImageIdentifier{ImageTag: &tag}
	if naming.IsDigest(tag) {
		id = types.ImageIdentifier{ImageDigest: &tag}
	}
	answer, err := registry.BatchGetImage(ctx, &ecr.BatchGetImageInput{
		RepositoryName: &names.Name, ImageIds: []types.ImageIdentifier{id}, AcceptedMediaTypes: manifestTypes,
	})
	var noRepository *types.RepositoryNotFoundException
	switch {
	case errors.As(err, &noRepository):
		return fmt.Errorf("threa:imageTag is %q, but the repository %s does not exist yet. Create it first:\n"+
			"    pulumi config rm imageTag && pulumi up", tag, names.Name)
	case err != nil:
		return preconditions.Unanswered(question, err)
	case len(answer.Images) == 0:
		return fmt.Errorf("threa:imageTag is %q, but the repository %s has no such image. Push it, or choose another one:\n"+
			"    aws ecr describe-images --region %s --repository-name %[2]s --query 'imageDetails[].imageTags[]'", tag,
			names.Name, names.Region)
	}
	platforms, err := readPlatforms(ctx, registry, names.Name, aws.ToString(answer.Images[0].ImageManifest))
	if err != nil {
		return preconditions.Skip(question, err)
	}
	if len(platforms) == 0 || slices.Contains(platforms, platform) {
		return nil
	}
	return fmt.Errorf("the image %s of threa:imageTag is built for %s, but threa:cpuArchitecture is %q. Build it again:\n"+
		"    go run ./cmd/threa deploy", tag, strings.Join(platforms, ", "), architecture)
}

// readPlatforms returns the platforms of an image, none if its manifest has none.
func readPlatforms(ctx context.Context, registry Registry, repository, text string) ([]string, error) {
	var image manifest
	if err := json.Unmarshal([]byte(text), &image); err != nil {
		return nil, fmt.Errorf("read the image's manifest: %w", err)
	}
	var platforms []string
	for _, entry := range image.Manifests {
		if p := entry.Platform; p.OS != "" && p.OS != "unknown" { // the build's attestation
			platforms = append(platforms, p.String())
		}
	}
	if len(image.Manifests) > 0 || image.Config.Digest == "" {
		return platforms, nil
	}
	layer, err := registry.GetDownloadUrlForLayer(ctx, &ecr.GetDownloadUrlForLayerInput{
		RepositoryName: &repository, LayerDigest: &image.Config.Digest,
	})
	if err != nil {
		return nil, fmt.Errorf("find the image's configuration: %w", err)
	}
	p, err := readConfig(ctx, aws.ToString(layer.DownloadUrl))
	return []string{p.String()}, err
}

// readConfig returns the platform in the configuration of an image. Its errors do not contain the URL, which has a
// signature. Source: https://github.com/opencontainers/image-spec/blob/main/config.md
func readConfig(ctx context.Context, location string) (p platform, err error) {
	const patience = 10 * time.Second
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	defer func() {
		var failure *url.Error
		if errors.As(err, &failure) {
			err = failure.Err
		}
		err = steps.Wrap(err, "read the image's configuration")
	}()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, location, nil)
	if err != nil {
		return p, err //nolint:wrapcheck // the deferred function wraps it
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return p, err //nolint:wrapcheck // the deferred function wraps it
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return p, errors.New(response.Status)
	}
	return p, json.NewDecoder(response.Body).Decode(&p) //nolint:wrapcheck // the deferred function wraps it
}
