package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/naming"
)

// ErrNoTask means that no task of the service is running.
var ErrNoTask = errors.New("no task is running")

// ServiceState is what ECS reports about the app's services at one moment.
type ServiceState struct {
	Registered *Definition       // revision that the stack registered last
	Service    *types.Service    // nil if ECS has none
	Primary    *types.Deployment // the service's current deployment, or nil
	Tasks      []types.Task      // running or starting
	// FallbackTasks is the number of on-demand tasks that run because Spot has no capacity.
	FallbackTasks int
}

// LookUp asks ECS for the services and their tasks.
func (a *App) LookUp(ctx context.Context) (*ServiceState, error) {
	registered, err := a.DescribeDefinition(ctx, a.TaskDefinition)
	if err != nil {
		return nil, err
	}
	if registered.image().Tag == naming.NoImage {
		return nil, fmt.Errorf("%w: the stack has no image yet. Deploy one: go run ./cmd/threa deploy", ErrNotDeployed)
	}
	if a.Service == "" {
		return nil, fmt.Errorf("%w: the last pulumi up failed before it created the service. Run it again: pulumi up",
			ErrNotDeployed)
	}
	return a.describeServices(ctx, registered)
}

// describeServices returns the present state of the services and their tasks.
func (a *App) describeServices(ctx context.Context, registered *Definition) (*ServiceState, error) {
	answer, err := a.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &a.Cluster, Services: a.services()})
	if err != nil {
		return nil, fmt.Errorf("describe service %s: %w", a.Service, err)
	}
	s := &ServiceState{Registered: registered}
	for i, service := range answer.Services {
		switch name := aws.ToString(service.ServiceName); {
		case aws.ToString(service.Status) == "INACTIVE":
		case name == a.Service:
			s.Service = &answer.Services[i]
		case name == a.FallbackService:
			s.FallbackTasks = int(service.RunningCount)
		}
	}
	if s.Service == nil {
		return s, nil
	}
	for i, deployment := range s.Service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			s.Primary = &s.Service.Deployments[i]
		}
	}
	s.Tasks, err = a.listTasks(ctx, types.DesiredStatusRunning)
	return s, err
}

// listTasks returns the tasks of the services with a desired status. ECS keeps stopped tasks for about an hour.
func (a *App) listTasks(ctx context.Context, desired types.DesiredStatus) ([]types.Task, error) {
	var tasks []types.Task
	for _, service := range a.services() {
		pages := ecs.NewListTasksPaginator(a.ECS, &ecs.ListTasksInput{
			Cluster: &a.Cluster, ServiceName: &service, DesiredStatus: desired,
		})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx) // has at most 100 tasks, the number that DescribeTasks accepts
			if err != nil {
				return nil, fmt.Errorf("list tasks of %s: %w", service, err)
			}
			if len(page.TaskArns) == 0 {
				continue
			}
			answer, err := a.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &a.Cluster, Tasks: page.TaskArns})
			if err != nil {
				return nil, fmt.Errorf("describe tasks of %s: %w", service, err)
			}
			tasks = append(tasks, answer.Tasks...)
		}
	}
	return tasks, nil
}

// RunningTask returns a running task, a healthy one if there is one.
func (a *App) RunningTask(ctx context.Context) (*types.Task, error) {
	tasks, err := a.listTasks(ctx, types.DesiredStatusRunning)
	if err != nil {
		return nil, err
	}
	tasks = slices.DeleteFunc(tasks, func(t types.Task) bool { return aws.ToString(t.LastStatus) != "RUNNING" })
	if len(tasks) == 0 {
		return nil, fmt.Errorf("%w. See why: go run ./cmd/threa deploy-status", ErrNoTask)
	}
	healthy := slices.IndexFunc(tasks, func(t types.Task) bool { return t.HealthStatus == types.HealthStatusHealthy })
	return &tasks[max(0, healthy)], nil
}

// FindContainer returns the container of a task with a name, or nil.
func FindContainer(task *types.Task, name string) *types.Container {
	for i, c := range task.Containers {
		if aws.ToString(c.Name) == name {
			return &task.Containers[i]
		}
	}
	return nil
}

// isRegistered reports whether a task runs the revision that the stack registered last.
func (s *ServiceState) isRegistered(task types.Task) bool {
	return aws.ToString(task.TaskDefinitionArn) == s.Registered.ARN
}

// healthyTasks returns the number of tasks that run the registered revision and pass the container's health check.
func (s *ServiceState) healthyTasks() int {
	n := 0
	for _, task := range s.Tasks {
		healthy := s.Registered.App.HealthCheck == nil || task.HealthStatus == types.HealthStatusHealthy
		if s.isRegistered(task) && aws.ToString(task.LastStatus) == "RUNNING" && healthy {
			n++
		}
	}
	return n
}

// hasEvent reports whether a service event after a time contains a text.
func (s *ServiceState) hasEvent(text string, after time.Time) bool {
	return slices.ContainsFunc(s.Service.Events, func(event types.ServiceEvent) bool {
		return strings.Contains(aws.ToString(event.Message), text) && aws.ToTime(event.CreatedAt).After(after)
	})
}

// DeployedAt returns when the current deployment began. It is zero if no task is running.
func (s *ServiceState) DeployedAt() time.Time {
	if s.Primary == nil || len(s.Tasks) == 0 {
		return time.Time{}
	}
	return aws.ToTime(s.Primary.CreatedAt)
}
