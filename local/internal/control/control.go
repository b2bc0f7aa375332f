// Package control does what the ECS control plane does before it starts a task: it reads what a service runs, and uses
// the execution role to read the secrets.
package control

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/awsquery"
)

// Client calls the local AWS.
type Client struct {
	ecs   *ecs.Client
	iam   *iam.Client
	ssm   *ssm.Client
	query *awsquery.Client // EC2 and Elastic Load Balancing
}

// New returns a client for the local AWS at an endpoint.
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
	Service *types.Service
	// Task is the primary deployment's task definition. The environment of its containers has the values of their secrets.
	Task *types.TaskDefinition
}

// Read returns what the service's primary deployment runs. Its error has every reason for which ECS would not start the
// task, under ECS's names: CannotPullContainerError and ResourceInitializationError.
func (c *Client) Read(ctx context.Context, cluster, service string) (*Deployment, error) {
	services, err := c.ecs.DescribeServices(ctx,
		&ecs.DescribeServicesInput{Cluster: &cluster, Services: []string{service}})
	if err != nil {
		return nil, fmt.Errorf("describe service %s: %w", service, err)
	}
	if len(services.Services) != 1 || aws.ToString(services.Services[0].Status) != "ACTIVE" {
		return nil, fmt.Errorf("there is no service %s in cluster %s", service, cluster)
	}
	d := &Deployment{Service: &services.Services[0]}
	var answer recorder
	definition, err := c.ecs.DescribeTaskDefinition(ctx,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: d.Service.TaskDefinition},
		func(o *ecs.Options) { answer.client, o.HTTPClient = o.HTTPClient, &answer })
	if err != nil {
		return nil, fmt.Errorf("describe task definition %s: %w", aws.ToString(d.Service.TaskDefinition), err)
	}
	if err := checkKeys(answer.answer); err != nil {
		return nil, err
	}
	d.Task = definition.TaskDefinition
	for _, volume := range d.Task.Volumes {
		if volume.EfsVolumeConfiguration != nil || volume.DockerVolumeConfiguration != nil ||
			volume.Host != nil && volume.Host.SourcePath != nil {
			return nil, fmt.Errorf("volume %s is not an empty directory: the local AWS has no other volumes",
				aws.ToString(volume.Name))
		}
	}
	return d, c.initialize(ctx, cluster, d.Task)
}

// initialize does what ECS does before it starts a container: assume the roles, pull the images, read the secrets.
func (c *Client) initialize(ctx context.Context, cluster string, task *types.TaskDefinition) error {
	s, err := newScope(aws.ToString(task.TaskDefinitionArn), cluster)
	if err != nil {
		return err
	}
	execution, err := c.assumeRole(ctx, aws.ToString(task.ExecutionRoleArn), s)
	if err != nil {
		return err
	}
	if err := c.readPolicies(ctx, execution); err != nil {
		return err
	}
	if task.TaskRoleArn != nil { // the app's own calls do not reach the local AWS, so its policies do not matter
		if _, err := c.assumeRole(ctx, *task.TaskRoleArn, s); err != nil {
			return err
		}
	}
	var failures []error
	pulled := map[string]bool{}
	for i := range task.ContainerDefinitions {
		container := &task.ContainerDefinitions[i]
		if image := aws.ToString(container.Image); !pulled[image] {
			pulled[image] = true
			failures = append(failures, execution.checkPull(image))
		}
		failures = append(failures, execution.checkLogs(container), c.readSecrets(ctx, execution, container))
	}
	return errors.Join(failures...)
}
