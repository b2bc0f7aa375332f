package adopt

import (
	"cmp"
	"context"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	ecrtypes "github.com/aws/aws-sdk-go-v2/service/ecr/types"
	"github.com/aws/aws-sdk-go-v2/service/ecs"

	"threa-infra/cmd/threa/recovery"
)

// findImage finds the digest of the image that the tasks run. A tag such as latest may have moved since they started.
func (a *Adoption) findImage(ctx context.Context, d *deployment) error {
	repository, reference, inRepository := strings.Cut(aws.ToString(d.app(a.names).Image), "/"+a.names.Name)
	if !inRepository || !strings.HasPrefix(repository, a.names.AccountID+".dkr.ecr.") {
		return nil
	}
	if digest, pinned := strings.CutPrefix(reference, "@"); pinned {
		d.digest = digest
		return nil
	}
	client := ecs.NewFromConfig(a.Settings)
	tasks, err := client.ListTasks(ctx, &ecs.ListTasksInput{Cluster: &a.names.Name, ServiceName: &a.names.Name})
	if err != nil {
		return err //nolint:wrapcheck // the caller says what it looks up
	}
	if len(tasks.TaskArns) > 0 {
		answer, err := client.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &a.names.Name, Tasks: tasks.TaskArns})
		if err != nil {
			return err //nolint:wrapcheck // the caller says what it looks up
		}
		for _, task := range answer.Tasks {
			for _, container := range task.Containers {
				if aws.ToString(container.Name) == a.names.Name && aws.ToString(container.ImageDigest) != "" &&
					aws.ToString(task.TaskDefinitionArn) == aws.ToString(d.definition.TaskDefinitionArn) {
					d.digest = aws.ToString(container.ImageDigest)
					return nil
				}
			}
		}
	}
	d.digest, err = a.digest(ctx, cmp.Or(strings.TrimPrefix(reference, ":"), "latest"))
	return err
}

// digest returns the digest of an image in the stack's repository. It is empty if there is none.
func (a *Adoption) digest(ctx context.Context, tag string) (string, error) {
	answer, err := ecr.NewFromConfig(a.Settings).DescribeImages(ctx, &ecr.DescribeImagesInput{
		RepositoryName: &a.names.Name, ImageIds: []ecrtypes.ImageIdentifier{{ImageTag: &tag}},
	})
	if recovery.IsNotFound(err) || err == nil && len(answer.ImageDetails) == 0 {
		return "", nil
	}
	if err != nil {
		return "", err //nolint:wrapcheck // the caller says what it looks up
	}
	return aws.ToString(answer.ImageDetails[0].ImageDigest), nil
}

// imageSettings returns the image that runs. Without imageTag, an up would stop all tasks.
func (a *Adoption) imageSettings(ctx context.Context, d *deployment) ([]setting, error) {
	if d.service == nil || d.service.DesiredCount == 0 {
		return nil, nil
	}
	configured := a.value("imageTag")
	if d.digest == "" {
		if configured != "" {
			return nil, nil
		}
		return nil, fmt.Errorf("the tasks run %s, but the repository %s does not have this image, and imageTag is not set. "+
			"An up would stop the tasks. Push the image, then:\n    pulumi config set imageTag <tag>",
			aws.ToString(d.app(a.names).Image), a.names.Name)
	}
	if configured == d.digest {
		return nil, nil
	}
	if configured != "" && !strings.HasPrefix(configured, "sha256:") {
		digest, err := a.digest(ctx, configured)
		if err != nil || digest == d.digest {
			return nil, err
		}
	}
	return []setting{{key: "imageTag", value: d.digest}}, nil
}
