package compute

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/naming"
)

// TaskDefinitions reads task definitions. *ecs.Client implements it.
type TaskDefinitions interface {
	DescribeTaskDefinition(context.Context, *ecs.DescribeTaskDefinitionInput, ...func(*ecs.Options),
	) (*ecs.DescribeTaskDefinitionOutput, error)
}

// Deployed describes the stack's newest task definition.
type Deployed struct {
	image, architecture string
	secrets             []string // ARNs of parameters
}

// FindDeployed looks up the stack's newest task definition. It returns nil if there is none.
func FindDeployed(ctx context.Context, definitions TaskDefinitions, names naming.Stack) (*Deployed, error) {
	answer, err := definitions.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &names.Name})
	var missing *types.ClientException
	switch {
	case errors.As(err, &missing):
		return nil, nil //nolint:nilnil // documented
	case err != nil:
		return nil, fmt.Errorf("look up task definition %s: %w", names.Name, err)
	}
	deployed := &Deployed{}
	if runtime := answer.TaskDefinition.RuntimePlatform; runtime != nil {
		deployed.architecture = strings.ToLower(string(runtime.CpuArchitecture))
	}
	for _, container := range answer.TaskDefinition.ContainerDefinitions {
		if aws.ToString(container.Name) == names.Name {
			deployed.image = aws.ToString(container.Image)
			for _, secret := range container.Secrets {
				deployed.secrets = append(deployed.secrets, aws.ToString(secret.ValueFrom))
			}
		}
	}
	return deployed, nil
}

// Has reports whether the task definition runs an image of the stack's repository, on an architecture.
func (d *Deployed) Has(names naming.Stack, tag, architecture string) bool {
	return d != nil && strings.HasSuffix(d.image, "/"+imageReference(names.Name, tag)) && d.architecture == architecture
}

// HasSecrets reports whether the task definition reads all SSM parameters that are values of the map.
func (d *Deployed) HasSecrets(names naming.Stack, parameters map[string]string) bool {
	for _, parameter := range parameters {
		if d == nil || !slices.Contains(d.secrets, names.ParameterARN(parameter)) {
			return false
		}
	}
	return true
}
