// Package deployment reads the state of a deployed app: what Pulumi registered last, what ECS runs, why a deployment
// failed, where the app answers and which releases it can be rolled back to.
package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/cloudwatchlogs"
	"github.com/aws/aws-sdk-go-v2/service/ecr"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/awsquery"
	"threa-infra/cmd/threa/internal/pulumicli"
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
	stack, err := Load(ctx, pulumi)
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

// resource is an entry of Pulumi's state.
type resource struct {
	Type    string
	Delete  bool // replaced, and to be deleted
	Outputs json.RawMessage
}

// Load reads the stack's state. The error is ErrNotDeployed if it has no task definition.
func Load(ctx context.Context, pulumi pulumicli.Command) (*Stack, error) {
	text, err := pulumi.State(ctx)
	if err != nil {
		return nil, err
	}
	var state struct {
		Deployment struct{ Resources []resource }
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	s := &Stack{}
	for _, r := range state.Deployment.Resources {
		if err := s.read(r); err != nil {
			return nil, err
		}
	}
	if s.TaskDefinition == "" {
		return nil, fmt.Errorf("%w: the stack has no task definition. Deploy it: pulumi up", ErrNotDeployed)
	}
	parts := strings.Split(s.TaskDefinition, ":")
	const region = 3 // arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION
	if len(parts) <= region {
		return nil, fmt.Errorf("read the stack's state: %q is not the ARN of a task definition", s.TaskDefinition)
	}
	s.Region = parts[region]
	return s, nil
}

// read takes over the outputs of the stack, the task definition and the services. Outputs of other types may have any
// shape.
func (s *Stack) read(r resource) error {
	const stack, definition, service = "pulumi:pulumi:Stack", "aws:ecs/taskDefinition:TaskDefinition",
		"aws:ecs/service:Service"
	if r.Delete || r.Outputs == nil || !slices.Contains([]string{stack, definition, service}, r.Type) {
		return nil
	}
	var outputs struct {
		ARN, Name, URL, DatabaseURLParameter string
		Cluster                              string // ARN
		EnableExecuteCommand                 bool
	}
	if err := json.Unmarshal(r.Outputs, &outputs); err != nil {
		return fmt.Errorf("read %s of the stack's state: %w", r.Type, err)
	}
	switch r.Type {
	case stack:
		s.URL, s.DatabaseParameter = outputs.URL, outputs.DatabaseURLParameter
	case definition:
		s.TaskDefinition = outputs.ARN
	case service:
		s.Cluster = ID(outputs.Cluster)
		if outputs.Name != s.Cluster { // the main service has the cluster's name
			s.FallbackService = outputs.Name
			return nil
		}
		s.Service, s.ExecEnabled = outputs.Name, outputs.EnableExecuteCommand
	}
	return nil
}

// services returns the names of the services that run the app.
func (s *Stack) services() []string {
	if s.FallbackService == "" {
		return []string{s.Service}
	}
	return []string{s.Service, s.FallbackService}
}

// Restart makes ECS replace the tasks without another change, so that they read their secrets again.
func (a *App) Restart(ctx context.Context) error {
	for _, service := range a.services() {
		_, err := a.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{
			Cluster: &a.Cluster, Service: &service, ForceNewDeployment: true,
		})
		if err != nil {
			return fmt.Errorf("restart the tasks of %s: %w", service, err)
		}
	}
	return nil
}

// ID returns the part of an ARN after the last slash: a name, an ID or family:revision.
func ID(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
