// Package deployment reads the state of a deployed app: what Pulumi registered last, what ECS runs and why a deployment
// failed. It finds the app's address and the releases for a rollback, and runs one-off commands in separate tasks.
package deployment

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/internal/resources"
)

// ErrNotDeployed means that the stack has no app yet.
var ErrNotDeployed = errors.New("not deployed")

// Stack is what Pulumi's state says about the app.
type Stack struct {
	Region  string
	Cluster string // name
	Service string // name; empty if the last up failed before it created the service
	// FallbackService is the name of the service that runs tasks on demand while Spot has no capacity. It is empty
	// without Spot.
	FallbackService string
	// TaskDefinition is the ARN of the revision that was registered last. The stack output of this name would be out
	// of date after a failed up, which sets no outputs.
	TaskDefinition    string
	ExecEnabled       bool   // whether ECS Exec is on
	URL               string // output url; empty if the app has no fixed address
	DatabaseParameter string // name of the SSM parameter that holds DATABASE_URL
	MasterParameter   string // name of the SSM parameter with the URL for the database's master user
}

// App combines the stack with clients for its region.
type App struct {
	*Stack
	Config aws.Config
	ECS    *ecs.Client
	Logs   *cloudwatchlogs.Client
	ECR    *ecr.Client
	SSM    *ssm.Client
	EC2    *awsquery.Client
}

// Connect reads the stack's state and creates AWS clients. The error is ErrNotDeployed if the state has no task
// definition.
func Connect(ctx context.Context, pulumi pulumicli.Command) (*App, error) {
	stack, err := readStack(ctx, pulumi)
	if err != nil {
		return nil, err
	}
	settings, err := pulumi.AWSConfig(ctx)
	if err != nil {
		return nil, err
	}
	return NewApp(stack, settings), nil
}

// NewApp creates AWS clients for the stack's region.
func NewApp(stack *Stack, settings aws.Config) *App {
	settings.Region = stack.Region
	return &App{
		Stack: stack, Config: settings,
		ECS: ecs.NewFromConfig(settings), Logs: cloudwatchlogs.NewFromConfig(settings),
		ECR: ecr.NewFromConfig(settings), SSM: ssm.NewFromConfig(settings), EC2: awsquery.New(settings),
	}
}

const serviceType = resources.Service

// output returns an output that is a text.
func output(r apitype.ResourceV3, key string) string {
	value, _ := r.Outputs[key].(string)
	return value
}

// RepositoryURL returns the URL of the stack's image repository. It is empty before the first deployment. It is an
// error if the state has a service but no such URL: the stack looks new, but its app may be running.
func RepositoryURL(ctx context.Context, pulumi pulumicli.Command) (string, error) {
	deployed, err := pulumi.Resources(ctx)
	if err != nil {
		return "", err
	}
	damaged := false
	for _, r := range deployed {
		if url := output(r, "repositoryUrl"); r.Type == resources.Repository && url != "" && !r.Delete {
			return url, nil
		}
		damaged = damaged || !r.Delete && (r.Type == resources.Repository || r.Type == serviceType)
	}
	if damaged {
		return "", errors.New("the stack's state lacks the URL of its image repository. Repair it:\n" +
			"    go run ./cmd/threa recover\n" +
			"    If the repository was deleted, create it again. The app stops until you deploy an image:\n" +
			"    pulumi config rm imageTag && pulumi up --refresh")
	}
	return "", nil
}

// RegisteredRevision returns the ARN of the task definition that the stack registered last. It is empty before the
// first deployment.
func RegisteredRevision(ctx context.Context, pulumi pulumicli.Command) (string, error) {
	stack, err := readStack(ctx, pulumi)
	switch {
	case errors.Is(err, ErrNotDeployed):
		return "", nil
	case err != nil:
		return "", err
	}
	return stack.TaskDefinition, nil
}

// readStack reads the app's resources in the stack's state.
func readStack(ctx context.Context, pulumi pulumicli.Command) (*Stack, error) {
	deployed, err := pulumi.Resources(ctx)
	if err != nil {
		return nil, err
	}
	s := &Stack{}
	for _, r := range deployed {
		if r.Delete || len(r.Outputs) == 0 {
			continue // it was replaced, or threa recover was killed before it read the resource
		}
		switch r.Type {
		case "pulumi:pulumi:Stack":
			s.URL, s.MasterParameter = output(r, "url"), output(r, "databaseUrlParameter")
			// Earlier versions of the program had no user for the app.
			s.DatabaseParameter = cmp.Or(output(r, "databaseAppUrlParameter"), s.MasterParameter)
		case resources.TaskDefinition:
			s.TaskDefinition = output(r, "arn")
		case serviceType:
			s.Cluster = ID(output(r, "cluster"))
			if output(r, "name") != s.Cluster { // the main service has the cluster's name
				s.FallbackService = output(r, "name")
				continue
			}
			s.Service, s.ExecEnabled = s.Cluster, r.Outputs["enableExecuteCommand"] == true
		}
	}
	if s.TaskDefinition == "" {
		return nil, fmt.Errorf("%w: the stack has no task definition. Deploy it: pulumi up", ErrNotDeployed)
	}
	definition, err := arn.Parse(s.TaskDefinition)
	if err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	s.Region = definition.Region
	return s, nil
}

// services returns the names of the services that run the app.
func (s *Stack) services() []string {
	if s.FallbackService == "" {
		return []string{s.Service}
	}
	return []string{s.Service, s.FallbackService}
}

// Restart makes ECS replace the tasks without another change, so that they read their secrets again. It returns false
// if the services want no task.
func (a *App) Restart(ctx context.Context) (restarted bool, err error) {
	answer, err := a.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &a.Cluster, Services: a.services()})
	if err != nil {
		return false, fmt.Errorf("describe service %s: %w", a.Service, err)
	}
	for _, service := range answer.Services {
		if service.DesiredCount == 0 {
			continue
		}
		_, err := a.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: &a.Cluster, Service: service.ServiceName, ForceNewDeployment: true,
		})
		if err != nil {
			return restarted, fmt.Errorf("restart the tasks of %s: %w", aws.ToString(service.ServiceName), err)
		}
		restarted = true
	}
	return restarted, nil
}

// ID returns the part of an ARN after the last slash: a name, an ID or family:revision.
func ID(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
