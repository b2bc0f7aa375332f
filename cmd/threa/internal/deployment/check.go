package deployment

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/poll"
)

// Status is the outcome of a deployment check.
type Status int

// The outcomes of a deployment check.
const (
	InProgress Status = iota // can still become Succeeded or Failed
	Succeeded                // every task runs the registered revision
	Failed
)

// Result is the result of a deployment check.
type Result struct {
	Status Status
	Text   string // one sentence
}

// Check compares what the stack registered with what ECS runs. The service's stability alone would not do: a service
// that was rolled back to the old revision is stable, too.
func (s *ServiceState) Check() Result {
	if s.Service == nil {
		return Result{Failed, "The ECS service does not exist any more. Create it again: pulumi up --refresh"}
	}
	if s.Primary == nil {
		return Result{InProgress, "The service has no deployment yet."}
	}
	name := fmt.Sprintf("%s (%s)", ID(s.Registered.ARN), s.Registered.image().Name())
	current, reason := aws.ToString(s.Primary.TaskDefinition), aws.ToString(s.Primary.RolloutStateReason)
	switch {
	case current != s.Registered.ARN && s.rolledBack():
		text := name + " is not running: ECS rolled back to " + ID(current) + ", which serves users."
		// "deployment failed: alarm detected", while the load balancer's errors are too many
		if s.hasEvent("alarm", s.Registered.Registered) {
			text += " An alarm on errors of the app went off."
		}
		return Result{Failed, text}
	case current != s.Registered.ARN:
		return Result{Failed, name + " is not running: the service uses " + ID(current) + ". The last pulumi up did not " +
			"update it, or something else has deployed since. Deploy it again: pulumi up --refresh"}
	// A restart of the same revision failed. A later deployment would have another ID.
	case s.hasEvent("rolling back to deployment "+aws.ToString(s.Primary.Id), time.Time{}):
		return Result{Failed, name + " is running, but its last deployment failed: ECS kept the old tasks with the " +
			"secrets that they read when they started."}
	case s.Primary.RolloutState == types.DeploymentRolloutStateFailed:
		return Result{Failed, name + " is not running, and there is no earlier revision to roll back to: " + reason}
	}
	return s.checkDesiredCount(name)
}

// checkDesiredCount compares the number of healthy tasks with the desired count.
func (s *ServiceState) checkDesiredCount(name string) Result {
	desired, healthy := int(s.Service.DesiredCount), s.healthyTasks()
	onlyRegistered := !slices.ContainsFunc(s.Tasks, func(t types.Task) bool { return !s.isRegistered(t) })
	switch {
	case desired > 0 && s.FallbackTasks > 0 && onlyRegistered && healthy == desired:
		return Result{Succeeded, fmt.Sprintf("%s is running: %s healthy, %d of them on demand because Spot has no "+
			"capacity.", name, taskCount(desired), s.FallbackTasks)}
	case s.Primary.RolloutState == types.DeploymentRolloutStateInProgress || len(s.Service.Deployments) > 1:
		return Result{InProgress, name + " is being deployed."}
	case desired == 0:
		return Result{Succeeded, name + " is deployed. No task is running because the desired count is 0."}
	case healthy < desired:
		return Result{InProgress, fmt.Sprintf("%s is deployed, but %d of %s is healthy.", name, healthy, taskCount(desired))}
	case len(s.Tasks) > desired:
		return Result{InProgress, name + " is running, and ECS is stopping the tasks above the desired count."}
	}
	return Result{Succeeded, fmt.Sprintf("%s is running: %s healthy.", name, taskCount(desired))}
}

// rolledBack reports whether ECS rolled back after the stack had registered its last revision. The texts of ECS:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (s *ServiceState) rolledBack() bool {
	failed := slices.ContainsFunc(s.Service.Deployments, func(d types.Deployment) bool {
		return aws.ToString(d.TaskDefinition) == s.Registered.ARN && d.RolloutState == types.DeploymentRolloutStateFailed
	})
	return failed || s.hasEvent("rolling back to", s.Registered.Registered) ||
		strings.Contains(aws.ToString(s.Primary.RolloutStateReason), "rolling back")
}

// Wait checks the deployment until it has succeeded or failed, or ctx ends, and reports its progress. After the
// deadline of ctx the result is InProgress. If ctx is canceled, the error is the context's.
func (a *App) Wait(
	ctx context.Context, s *ServiceState, interval time.Duration, report func(line string),
) (Result, error) {
	result, reported := s.Check(), ""
	err := poll.Until(ctx, interval, func() (bool, error) {
		if reported != "" { // at first the state is new
			next, err := a.describeServices(ctx, s.Registered)
			if err != nil {
				return false, err
			}
			*s = *next
			result = s.Check()
		}
		if line := s.Progress(); line != reported {
			report(line)
			reported = line
		}
		return result.Status != InProgress, nil
	})
	if errors.Is(ctx.Err(), context.DeadlineExceeded) {
		err = nil
	}
	return result, err
}

// Progress returns one line about a deployment in progress.
func (s *ServiceState) Progress() string {
	primary := s.Primary
	if primary == nil {
		return "no deployment"
	}
	line := fmt.Sprintf("%s: %s desired, %d pending, %d running, %d healthy", ID(aws.ToString(primary.TaskDefinition)),
		taskCount(int(s.Service.DesiredCount)), primary.PendingCount, primary.RunningCount, s.healthyTasks())
	if primary.FailedTasks > 0 {
		line += fmt.Sprintf(", %d failed", primary.FailedTasks)
	}
	for _, other := range s.Service.Deployments {
		if other.Id != primary.Id && other.RunningCount > 0 {
			line += fmt.Sprintf("; %s: %d running", ID(aws.ToString(other.TaskDefinition)), other.RunningCount)
		}
	}
	return line
}

func taskCount(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}
