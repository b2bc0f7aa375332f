package deployment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/naming"
)

// Definition is a revision of the task definition.
type Definition struct {
	ARN        string
	Registered time.Time
	Containers []types.ContainerDefinition
	App        types.ContainerDefinition // has the family's name
}

// DescribeDefinition returns a revision, also one that no service uses any more.
func (a *App) DescribeDefinition(ctx context.Context, arn string) (*Definition, error) {
	answer, err := a.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn})
	if err != nil {
		return nil, fmt.Errorf("describe task definition %s: %w", ID(arn), err)
	}
	family := aws.ToString(answer.TaskDefinition.Family)
	d := &Definition{
		ARN: arn, Registered: aws.ToTime(answer.TaskDefinition.RegisteredAt),
		Containers: answer.TaskDefinition.ContainerDefinitions,
	}
	for _, container := range d.Containers {
		if aws.ToString(container.Name) == family {
			d.App = container
			return d, nil
		}
	}
	return nil, fmt.Errorf("task definition %s has no container %s", ID(arn), family)
}

// Port returns the app's TCP port.
func (d *Definition) Port() int {
	for _, mapping := range d.App.PortMappings {
		return int(aws.ToInt32(mapping.ContainerPort))
	}
	return 0
}

// LogGroup returns the name of the app's log group.
func (d *Definition) LogGroup() string {
	if d.App.LogConfiguration == nil {
		return ""
	}
	return d.App.LogConfiguration.Options["awslogs-group"]
}

// appName returns the name of the app's container.
func (d *Definition) appName() string { return aws.ToString(d.App.Name) }

// ContainerNames returns the names of the task's containers.
func (d *Definition) ContainerNames() []string {
	var names []string
	for _, container := range d.Containers {
		names = append(names, aws.ToString(container.Name))
	}
	return names
}

// image returns the app's image.
func (d *Definition) image() Image { return parseImage(aws.ToString(d.App.Image)) }

// hasTunnel reports whether users reach the app through Cloudflare Tunnel. The task then opens no port.
func (d *Definition) hasTunnel() bool {
	return slices.ContainsFunc(d.Containers, func(c types.ContainerDefinition) bool {
		return aws.ToString(c.Name) == naming.ContainerTunnel
	})
}

// Image is a reference to an image.
type Image struct {
	Repository string // in ECR, without the registry
	Tag        string // empty if the reference has none
	Digest     string // "sha256:…"; empty if the reference has none
}

// parseImage reads ACCOUNT.dkr.ecr.REGION.amazonaws.com/REPOSITORY[:TAG][@DIGEST].
func parseImage(reference string) Image {
	_, path, _ := strings.Cut(reference, "/")
	path, digest, _ := strings.Cut(path, "@")
	repository, tag, _ := strings.Cut(path, ":")
	return Image{Repository: repository, Tag: tag, Digest: digest}
}

// Name returns the value of imageTag that deploys the image.
func (i Image) Name() string {
	if i.Tag != "" {
		return i.Tag
	}
	return i.Digest
}
