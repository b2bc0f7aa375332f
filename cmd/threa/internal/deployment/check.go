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
	InProgress Status = iota // can still become either of the others
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
	primary := s.primary()
	if primary == nil {
		return Result{InProgress, "The service has no deployment yet."}
	}
	name := fmt.Sprintf("%s (%s)", ID(s.Registered.ARN), s.Registered.image().Name())
	if failure := s.checkTaskDefinition(name, primary); failure != "" {
		return Result{Failed, failure}
	}
	return s.checkDesiredCount(name, primary)
}

// checkTaskDefinition returns why the current deployment is not the registered revision, or an empty string.
func (s *ServiceState) checkTaskDefinition(name string, primary *types.Deployment) string {
	current, reason := aws.ToString(primary.TaskDefinition), aws.ToString(primary.RolloutStateReason)
	switch {
	case current != s.Registered.ARN && s.rolledBack(primary):
		return fmt.Sprintf("%s is not running: ECS rolled back to %s, which serves users.", name, ID(current))
	case current != s.Registered.ARN:
		return fmt.Sprintf("%s is not running: the service uses %s. The last pulumi up did not update it, or something "+
			"else has deployed since. Deploy it again: pulumi up --refresh", name, ID(current))
	// A restart of the same revision failed. A later deployment would have another ID.
	case s.hasEvent("rolling back to deployment "+aws.ToString(primary.Id), time.Time{}):
		return name + " is running, but its last deployment failed: ECS kept the old tasks with the secrets that they " +
			"read when they started."
	case primary.RolloutState == types.DeploymentRolloutStateFailed:
		return name + " is not running, and there is no earlier revision to roll back to: " + reason
	}
	return ""
}

// checkDesiredCount compares the number of healthy tasks with the desired count.
func (s *ServiceState) checkDesiredCount(name string, primary *types.Deployment) Result {
	desired, healthy, fallback := int(s.Service.DesiredCount), s.healthyTasks(), s.fallbackTasks()
	onlyRegistered := !slices.ContainsFunc(s.Tasks, func(t types.Task) bool { return !s.isRegistered(t) })
	switch {
	case desired > 0 && fallback > 0 && onlyRegistered && healthy == desired:
		return Result{Succeeded, fmt.Sprintf("%s is running: %s healthy, %d of them on demand because Spot has no "+
			"capacity.", name, taskCount(desired), fallback)}
	case primary.RolloutState == types.DeploymentRolloutStateInProgress || len(s.Service.Deployments) > 1:
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
func (s *ServiceState) rolledBack(primary *types.Deployment) bool {
	failed := slices.ContainsFunc(s.Service.Deployments, func(d types.Deployment) bool {
		return aws.ToString(d.TaskDefinition) == s.Registered.ARN && d.RolloutState == types.DeploymentRolloutStateFailed
	})
	return failed || s.hasEvent("rolling back to", s.Registered.Registered) ||
		strings.Contains(aws.ToString(primary.RolloutStateReason), "rolling back")
}

// Wait checks the deployment until it has succeeded or failed, or ctx ends, and reports its progress. After the
// deadline of ctx the result is InProgress. If ctx is canceled, the error is the context's.
func (a *App) Wait(
	ctx context.Context, s *ServiceState, interval time.Duration, report func(line string),
) (Result, error) {
	result, reported := s.Check(), ""
	first := true
	err := poll.Until(ctx, interval, func() (bool, error) {
		if !first {
			next := *s
			if err := a.refresh(ctx, &next); err != nil {
				return false, err
			}
			*s = next
			result = s.Check()
		}
		first = false
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

func taskCount(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}
