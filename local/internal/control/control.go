// Package control does what the ECS control plane does before it starts a task: it reads what a service runs, and uses
// the execution role to read the secrets.
package control

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/aws/aws-sdk-go-v2/service/iam"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/smithy-go/middleware"
	smithyhttp "github.com/aws/smithy-go/transport/http"

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
	TaskDefinition string // ARN
	DesiredCount   int
	// Containers is the JSON list of container definitions as the API returns it.
	Containers json.RawMessage
	Images     []string // without duplicates
	Volumes    []string
	Secrets    map[string]map[string]string // by container and variable

	securityGroups []string // ids
	targetGroups   []string // ARNs
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
	described := services.Services[0]
	var raw []byte
	definitions, err := c.ecs.DescribeTaskDefinition(ctx,
		&ecs.DescribeTaskDefinitionInput{TaskDefinition: described.TaskDefinition}, keepBody(&raw))
	if err != nil {
		return nil, fmt.Errorf("describe task definition %s: %w", aws.ToString(described.TaskDefinition), err)
	}
	definition := definitions.TaskDefinition
	d := &Deployment{TaskDefinition: aws.ToString(definition.TaskDefinitionArn), DesiredCount: int(described.DesiredCount)}
	if network := described.NetworkConfiguration; network != nil && network.AwsvpcConfiguration != nil {
		d.securityGroups = network.AwsvpcConfiguration.SecurityGroups
	}
	for _, balancer := range described.LoadBalancers {
		if balancer.TargetGroupArn != nil {
			d.targetGroups = append(d.targetGroups, *balancer.TargetGroupArn)
		}
	}
	var body struct {
		TaskDefinition struct{ ContainerDefinitions json.RawMessage }
	}
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, fmt.Errorf("read task definition %s: %w", d.TaskDefinition, err)
	}
	d.Containers = body.TaskDefinition.ContainerDefinitions
	for _, volume := range definition.Volumes {
		if volume.EfsVolumeConfiguration != nil || volume.DockerVolumeConfiguration != nil ||
			volume.Host != nil && volume.Host.SourcePath != nil {
			return nil, fmt.Errorf("volume %s is not an empty directory: the local AWS has no other volumes",
				aws.ToString(volume.Name))
		}
		d.Volumes = append(d.Volumes, aws.ToString(volume.Name))
	}
	return d, c.initialize(ctx, cluster, definition, d)
}

// keepBody stores the body of an answer. The SDK's types encode to another JSON than that of the API.
func keepBody(body *[]byte) func(*ecs.Options) {
	keep := middleware.DeserializeMiddlewareFunc("KeepBody", func(
		ctx context.Context, in middleware.DeserializeInput, next middleware.DeserializeHandler,
	) (out middleware.DeserializeOutput, metadata middleware.Metadata, err error) {
		out, metadata, err = next.HandleDeserialize(ctx, in)
		if response, ok := out.RawResponse.(*smithyhttp.Response); ok && err == nil {
			*body, err = io.ReadAll(response.Body)
			response.Body = io.NopCloser(bytes.NewReader(*body))
		}
		return out, metadata, err
	})
	return ecs.WithAPIOptions(func(stack *middleware.Stack) error { return stack.Deserialize.Add(keep, middleware.After) })
}

// initialize does what ECS does before it starts a container: assume the roles, pull the images, read the secrets.
func (c *Client) initialize(
	ctx context.Context, cluster string, definition *types.TaskDefinition, d *Deployment,
) error {
	s, err := newScope(d.TaskDefinition, cluster)
	if err != nil {
		return err
	}
	execution, err := c.assumeRole(ctx, aws.ToString(definition.ExecutionRoleArn), s)
	if err != nil {
		return err
	}
	if definition.TaskRoleArn != nil {
		if _, err := c.assumeRole(ctx, *definition.TaskRoleArn, s); err != nil {
			return err
		}
	}
	var failures []error
	seen := map[string]bool{}
	d.Secrets = map[string]map[string]string{}
	for _, container := range definition.ContainerDefinitions {
		if image := aws.ToString(container.Image); !seen[image] {
			seen[image] = true
			d.Images = append(d.Images, image)
			failures = append(failures, execution.checkPull(image))
		}
		values, err := c.readSecrets(ctx, execution, container)
		failures = append(failures, execution.checkLogs(container), err)
		d.Secrets[aws.ToString(container.Name)] = values
	}
	return errors.Join(failures...)
}
