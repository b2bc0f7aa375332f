package compute

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecr"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// definitionLimit is in bytes. Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const definitionLimit = 64 << 10

func newTaskDefinition(ctx *pulumi.Context, name string, args *Args, repository *ecr.Repository, r *roles,
	parent pulumi.ResourceOption,
) (*ecs.TaskDefinition, error) {
	containers := pulumi.All(repository.RepositoryUrl, args.LogGroupName, pulumi.StringMap(inputs(args.Secrets)), args.Tunnel.tokenARN()).
		ApplyT(func(parts []any) (string, error) {
			image := imageReference(parts[0].(string), args.ImageTag)
			all := definitions(args, image, parts[1].(string), parts[2].(map[string]string))
			if args.Tunnel != nil {
				all = append(all, connector(args, all[len(all)-1], parts[3].(string)))
			}
			text, err := marshal(all)
			if len(text) > definitionLimit {
				return "", fmt.Errorf("the container definitions have %d bytes, ECS takes %d: shorten appEnvironment",
					len(text), definitionLimit)
			}
			return text, err
		}).(pulumi.StringOutput)

	task, err := ecs.NewTaskDefinition(ctx, name+"-task", &ecs.TaskDefinitionArgs{
		Family:                  pulumi.String(args.Name),
		Cpu:                     pulumi.String(strconv.Itoa(args.CPU)),
		Memory:                  pulumi.String(strconv.Itoa(args.Memory)),
		NetworkMode:             pulumi.String("awsvpc"),
		RequiresCompatibilities: pulumi.ToStringArray([]string{"FARGATE"}),
		RuntimePlatform: &ecs.TaskDefinitionRuntimePlatformArgs{
			CpuArchitecture:       pulumi.String(strings.ToUpper(args.Architecture)),
			OperatingSystemFamily: pulumi.String("LINUX"),
		},
		ExecutionRoleArn:     r.execution.Arn,
		TaskRoleArn:          r.task.Arn,
		Volumes:              ecs.TaskDefinitionVolumeArray{ecs.TaskDefinitionVolumeArgs{Name: pulumi.String(caVolume)}},
		ContainerDefinitions: containers,
		Tags:                 args.Tags,
	}, parent)
	if err != nil {
		return nil, fmt.Errorf("create task definition: %w", err)
	}
	return task, nil
}

// inputs turns a map of outputs into the kind of map that Pulumi resolves as a whole.
func inputs(outputs map[string]pulumi.StringOutput) map[string]pulumi.StringInput {
	all := make(map[string]pulumi.StringInput, len(outputs))
	for key, output := range outputs {
		all[key] = output
	}
	return all
}
