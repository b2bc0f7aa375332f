package deployment

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Snapshot is what ECS says of the service at one moment.
type Snapshot struct {
	Wanted  *Definition    // what the stack registered last
	Service *types.Service // nil when ECS has none
	Standby *types.Service // nil without one
	Tasks   []types.Task   // running, or on their way there
}

// describeLimit is how many tasks DescribeTasks takes. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_DescribeTasks.html
const describeLimit = 100

// Look asks ECS for the service and its tasks.
func (a *App) Look(ctx context.Context) (*Snapshot, error) {
	wanted, err := a.Definition(ctx, a.TaskDefinition)
	if err != nil {
		return nil, err
	}
	if parseImage(aws.ToString(wanted.App.Image)).missing() {
		return nil, fmt.Errorf("%w: no image is deployed yet, so that no task runs; pulumi stack output nextSteps says how to push one", ErrNotDeployed)
	}
	if a.Service == "" {
		return nil, fmt.Errorf("%w: the stack has no service yet, because the last pulumi up did not come that far; run it again", ErrNotDeployed)
	}
	s := &Snapshot{Wanted: wanted}
	return s, a.refresh(ctx, s)
}

// refresh asks again for what changes.
func (a *App) refresh(ctx context.Context, s *Snapshot) error {
	answer, err := a.ECS.DescribeServices(ctx, &ecs.DescribeServicesInput{Cluster: &a.Cluster, Services: a.services()})
	if err != nil {
		return fmt.Errorf("ask for the service %s: %w", a.Service, err)
	}
	s.Service, s.Standby, s.Tasks = nil, nil, nil
	for i, one := range answer.Services {
		switch name := aws.ToString(one.ServiceName); {
		case aws.ToString(one.Status) == "INACTIVE":
		case name == a.Service:
			s.Service = &answer.Services[i]
		case name == a.Standby:
			s.Standby = &answer.Services[i]
		}
	}
	if s.Service == nil {
		return nil
	}
	s.Tasks, err = a.tasks(ctx, types.DesiredStatusRunning)
	return err
}

// services are the names of those that run the app.
func (a *App) services() []string {
	if a.Standby == "" {
		return []string{a.Service}
	}
	return []string{a.Service, a.Standby}
}

// tasks are those of the services that ECS wants to run, or the ones that it stopped within about an hour.
func (a *App) tasks(ctx context.Context, desired types.DesiredStatus) ([]types.Task, error) {
	var arns []string
	for _, service := range a.services() {
		pages := ecs.NewListTasksPaginator(a.ECS, &ecs.ListTasksInput{Cluster: &a.Cluster, ServiceName: &service, DesiredStatus: desired})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return nil, fmt.Errorf("list the tasks of %s: %w", service, err)
			}
			arns = append(arns, page.TaskArns...)
		}
	}
	var all []types.Task
	for some := range slices.Chunk(arns, describeLimit) {
		answer, err := a.ECS.DescribeTasks(ctx, &ecs.DescribeTasksInput{Cluster: &a.Cluster, Tasks: some})
		if err != nil {
			return nil, fmt.Errorf("ask for the tasks of %s: %w", a.Service, err)
		}
		all = append(all, answer.Tasks...)
	}
	return all, nil
}

// primary is the deployment that the service is at, or has completed.
func (s *Snapshot) primary() *types.Deployment {
	for i, deployment := range s.Service.Deployments {
		if aws.ToString(deployment.Status) == "PRIMARY" {
			return &s.Service.Deployments[i]
		}
	}
	return nil
}

// failed tells whether ECS still shows a failed deployment of what the stack registered beside the primary one.
func (s *Snapshot) failed() bool {
	return slices.ContainsFunc(s.Service.Deployments, func(d types.Deployment) bool {
		return aws.ToString(d.TaskDefinition) == s.Wanted.ARN && d.RolloutState == types.DeploymentRolloutStateFailed
	})
}

// healthy counts the tasks that run what the stack registered and pass the app's health check.
func (s *Snapshot) healthy() int {
	n := 0
	for _, task := range s.Tasks {
		checked := s.Wanted.App.HealthCheck == nil || task.HealthStatus == types.HealthStatusHealthy
		if aws.ToString(task.TaskDefinitionArn) == s.Wanted.ARN && aws.ToString(task.LastStatus) == "RUNNING" && checked {
			n++
		}
	}
	return n
}

// standIns are the tasks on demand that stand in for those that Spot has no capacity for.
func (s *Snapshot) standIns() int {
	if s.Standby == nil {
		return 0
	}
	return int(s.Standby.RunningCount)
}

// onlyWanted tells whether no task runs anything but what the stack registered.
func (s *Snapshot) onlyWanted() bool {
	return !slices.ContainsFunc(s.Tasks, func(task types.Task) bool { return aws.ToString(task.TaskDefinitionArn) != s.Wanted.ARN })
}

// Since is when the deployment began whose tasks run, zero when there is none.
func (s *Snapshot) Since() time.Time {
	if s.Service == nil || s.primary() == nil || len(s.Tasks) == 0 {
		return time.Time{}
	}
	return aws.ToTime(s.primary().CreatedAt)
}
