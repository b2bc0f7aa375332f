// Package control is the part of ECS that stands between the AWS API and the agent that runs a task: it reads what a
// service runs, with what the execution role is allowed to read and nothing else.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/internal/awsquery"
)

// Client asks one AWS endpoint.
type Client struct {
	ecs *ecs.Client
	iam *iam.Client
	ssm *ssm.Client
	// query asks the services without an SDK.
	query *awsquery.Client
}

// New returns a client for an AWS that asks for no real credentials.
func New(endpoint, region string) *Client {
	c := aws.Config{
		Region:       region,
		BaseEndpoint: aws.String(endpoint),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
	return &Client{ecs: ecs.NewFromConfig(c), iam: iam.NewFromConfig(c), ssm: ssm.NewFromConfig(c), query: awsquery.New(c)}
}

// Deployment is what a service runs.
type Deployment struct {
	TaskDefinition string // ARN
	DesiredCount   int
	// Containers are the container definitions as the API tells them, JSON in its own spelling, a list.
	Containers json.RawMessage
	Images     []string // each one once
	Volumes    []string
	Secrets    map[string]map[string]string // by container and variable

	securityGroups []string // ids
	targetGroups   []string // ARNs
}

// Read returns what the service's primary deployment is to run. The error lists every reason for which ECS would not
// start the task, in its own words for such: CannotPullContainerError, ResourceInitializationError.
func (c *Client) Read(ctx context.Context, cluster, service string) (*Deployment, error) {
	described, err := c.ecs.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return nil, fmt.Errorf("ask for service %s: %w", service, err)
	}
	if len(described.Services) != 1 || aws.ToString(described.Services[0].Status) != "ACTIVE" {
		return nil, fmt.Errorf("there is no service %s in cluster %s", service, cluster)
	}
	running := described.Services[0]
	answer, err := c.ecs.DescribeTaskDefinition(ctx, &ecs.DescribeTaskDefinitionInput{TaskDefinition: running.TaskDefinition})
	if err != nil {
		return nil, fmt.Errorf("ask for task definition %s: %w", aws.ToString(running.TaskDefinition), err)
	}
	definition := answer.TaskDefinition
	d := &Deployment{TaskDefinition: aws.ToString(definition.TaskDefinitionArn), DesiredCount: int(running.DesiredCount)}
	d.places(running)
	if d.Containers, err = spell(definition.ContainerDefinitions); err != nil {
		return nil, err
	}
	for _, volume := range definition.Volumes {
		if volume.EfsVolumeConfiguration != nil || volume.DockerVolumeConfiguration != nil || volume.Host != nil && volume.Host.SourcePath != nil {
			return nil, fmt.Errorf("volume %s is more than an empty folder, which is all that can be run here", aws.ToString(volume.Name))
		}
		d.Volumes = append(d.Volumes, aws.ToString(volume.Name))
	}
	return d, c.initialize(ctx, cluster, definition, d)
}

// initialize does what ECS does before it starts a container: assume the roles, pull the images, read the secrets.
func (c *Client) initialize(ctx context.Context, cluster string, definition *types.TaskDefinition, d *Deployment) error {
	place, err := placeOf(d.TaskDefinition, cluster)
	if err != nil {
		return err
	}
	execution, err := c.role(ctx, aws.ToString(definition.ExecutionRoleArn), place)
	if err != nil {
		return err
	}
	if definition.TaskRoleArn != nil {
		if _, err := c.role(ctx, *definition.TaskRoleArn, place); err != nil {
			return err
		}
	}
	var refused []error
	seen := map[string]bool{}
	d.Secrets = map[string]map[string]string{}
	for _, container := range definition.ContainerDefinitions {
		if image := aws.ToString(container.Image); !seen[image] {
			seen[image] = true
			d.Images = append(d.Images, image)
			refused = append(refused, execution.mayPull(image))
		}
		refused = append(refused, execution.mayLog(&container, place))
		values, err := c.secrets(ctx, execution, &container, place)
		refused = append(refused, err)
		d.Secrets[aws.ToString(container.Name)] = values
	}
	return errors.Join(refused...)
}
