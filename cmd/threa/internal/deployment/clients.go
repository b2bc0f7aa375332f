package deployment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/internal/awsquery"
)

// App is the app of a stack, in AWS.
type App struct {
	*Stack
	ECS   *ecs.Client
	Logs  *cloudwatchlogs.Client
	ECR   *ecr.Client
	SSM   *ssm.Client
	Query *awsquery.Client // of EC2
}

// NewApp connects a stack with AWS. The settings' region is that of the stack.
func NewApp(stack *Stack, settings aws.Config) *App {
	settings.Region = stack.Region
	return &App{
		Stack: stack,
		ECS:   ecs.NewFromConfig(settings), Logs: cloudwatchlogs.NewFromConfig(settings),
		ECR: ecr.NewFromConfig(settings), SSM: ssm.NewFromConfig(settings), Query: awsquery.New(settings),
	}
}

// Definition is a revision of the task definition.
type Definition struct {
	ARN        string
	Registered time.Time
	Containers []types.ContainerDefinition
	App        types.ContainerDefinition // the one that is named like the family
}

// Short is family:revision.
func (d *Definition) Short() string { return last(d.ARN) }

// Definition asks for a revision. ECS tells of those that are not in use any more, too.
func (a *App) Definition(ctx context.Context, arn string) (*Definition, error) {
	answer, err := a.ECS.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: &arn})
	if err != nil {
		return nil, fmt.Errorf("ask for the task definition %s: %w", last(arn), err)
	}
	d := &Definition{
		ARN: arn, Registered: aws.ToTime(answer.TaskDefinition.RegisteredAt), Containers: answer.TaskDefinition.ContainerDefinitions,
	}
	for _, container := range d.Containers {
		if aws.ToString(container.Name) == aws.ToString(answer.TaskDefinition.Family) {
			d.App = container
			return d, nil
		}
	}
	return nil, fmt.Errorf("the task definition %s has no container %s", last(arn), aws.ToString(answer.TaskDefinition.Family))
}

// Port is the app's TCP port.
func (d *Definition) Port() int {
	for _, mapping := range d.App.PortMappings {
		return int(aws.ToInt32(mapping.ContainerPort))
	}
	return 0
}

// LogGroup is where the app's lines go.
func (d *Definition) LogGroup() string {
	if d.App.LogConfiguration == nil {
		return ""
	}
	return d.App.LogConfiguration.Options["awslogs-group"]
}

// tunnelled tells whether the task opens no port, because it reaches out to Cloudflare itself.
func (d *Definition) tunnelled() bool {
	return slices.ContainsFunc(d.Containers, func(c types.ContainerDefinition) bool { return aws.ToString(c.Name) == "cloudflared" })
}
