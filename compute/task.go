package compute

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"

	"threa-infra/internal/steps"
)

// definitionLimit is the size limit of the container definitions in bytes.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const definitionLimit = 64 << 10

func (b *builder) createTaskDefinition() (err error) {
	arns, versions := pulumi.StringMap{}, pulumi.IntMap{}
	for variable, arn := range b.Secrets {
		arns[variable] = arn
	}
	for variable, version := range b.SecretVersions {
		versions[variable] = version
	}
	if b.Tunnel != nil {
		arns[tunnelToken], versions[tunnelToken] = b.Tunnel.Token.ARN, b.Tunnel.Token.Version
	}
	arns[masterURL], versions[masterURL] = b.MasterURL.ARN, b.MasterURL.Version
	// The maps come first: Apply4Err stops at the first unknown value, and the dependencies of a map are known only when
	// it is awaited. A deployment cannot follow the saved plan of a preview that lacks a dependency.
	containers := pulumix.Apply4Err(arns.ToStringMapOutput(), versions.ToIntMapOutput(), b.repository.RepositoryUrl,
		b.LogGroupName.ToStringOutput(), b.containerDefinitions)
	b.task, err = ecs.NewTaskDefinition(b.ctx, b.name+"-task", &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(b.Names.Name),
		Cpu:                     pulumi.String(strconv.Itoa(b.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(b.Memory)),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture:       pulumi.String(strings.ToUpper(b.Architecture)),
			OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ExecutionRoleArn:     b.executionRole.Arn,
		TaskRoleArn:          b.taskRole.Arn,
		Volumes:              ecs.TaskDefinitionVolumeArray{ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(caVolume)}},
		ContainerDefinitions: pulumix.Cast[pulumi.StringOutput](containers),
		Tags:                 b.Tags,
	}, b.parent)
	return steps.Wrap(err, "create task definition")
}

func (b *builder) containerDefinitions(arns map[string]string, versions map[string]int, repositoryURL, logGroup string,
) (string, error) {
	text, err := json.Marshal(definitions(b.Args, imageReference(repositoryURL, b.ImageTag), logGroup,
		references{arns, versions}))
	if len(text) > definitionLimit {
		return "", fmt.Errorf("the container definitions have %d bytes, ECS accepts %d: shorten appEnvironment",
			len(text), definitionLimit)
	}
	return string(text), steps.Wrap(err, "marshal container definitions")
}
