package deployment

import (
	"context"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/logs"
)

// Diagnosis explains why a deployment failed.
type Diagnosis struct {
	Cause
	Task   *types.Task // that failed last; nil if ECS knows none
	Lines  []string    // last log lines of the container
	Events []types.ServiceEvent
}

// Cause is the reason why a task failed.
type Cause struct {
	Container string // that caused the failure; empty if it was none of them
	Why       string // one sentence; empty if the reason is unknown
	Fix       string // what to do about it; empty if that depends on the app
}

const (
	linesShown  = 15
	eventsShown = 5
)

// Diagnose returns why the tasks of the registered revision do not run.
func (a *App) Diagnose(ctx context.Context, s *ServiceState) (*Diagnosis, error) {
	d := &Diagnosis{}
	if s.Service == nil {
		return d, nil
	}
	d.Events = s.Service.Events[:min(eventsShown, len(s.Service.Events))]
	stopped, err := a.listTasks(ctx, types.DesiredStatusStopped)
	if err != nil {
		return nil, err
	}
	d.Task = s.lastFailed(stopped)
	if d.Task == nil {
		d.Cause = s.noTaskCause()
		return d, nil
	}
	d.Cause = FindCause(s.Registered, d.Task)
	if d.Container == "" {
		return d, nil
	}
	stream := logs.StreamName(d.Container, ID(aws.ToString(d.Task.TaskArn)))
	d.Lines, err = logs.LastLines(ctx, a.Logs, s.Registered.LogGroup(), stream, linesShown)
	// Without a list of platforms in its manifest, an image for another platform can be pulled, but not executed.
	wrongPlatform := func(line string) bool { return strings.Contains(line, "exec format error") }
	if slices.ContainsFunc(d.Lines, wrongPlatform) {
		d.Why, d.Fix = explainPlatform(s.Registered)
	}
	return d, err
}

// lastFailed returns the task of the registered revision that failed last. A running task that is unhealthy counts if
// no other task has failed.
func (s *ServiceState) lastFailed(stopped []types.Task) *types.Task {
	failed := slices.DeleteFunc(stopped, func(t types.Task) bool { return !s.isRegistered(t) || scaledIn(t) })
	if len(failed) > 0 {
		newest := slices.MaxFunc(failed, func(a, b types.Task) int {
			return aws.ToTime(a.StoppedAt).Compare(aws.ToTime(b.StoppedAt))
		})
		return &newest
	}
	for i, task := range s.Tasks {
		if s.isRegistered(task) && task.HealthStatus == types.HealthStatusUnhealthy {
			return &s.Tasks[i]
		}
	}
	return nil
}

// scaledIn reports whether ECS stopped a task because of another deployment or a lower desired count. The text of ECS:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
func scaledIn(task types.Task) bool {
	return task.StopCode == types.TaskStopCodeServiceSchedulerInitiated &&
		strings.Contains(aws.ToString(task.StoppedReason), "Scaling activity initiated by")
}

// noTaskCause explains from the service's events why ECS did not start a task.
func (s *ServiceState) noTaskCause() Cause {
	for _, event := range s.Service.Events { // newest first
		message := aws.ToString(event.Message)
		switch {
		case strings.Contains(message, "has reached a steady state"):
			return Cause{}
		case strings.Contains(message, "Capacity is unavailable") && s.usesSpot():
			return Cause{
				Why: "Fargate Spot has no capacity now, so ECS did not start a task.",
				Fix: spotFix,
			}
		case strings.Contains(message, "Capacity is unavailable"):
			return Cause{
				Why: "Fargate has no capacity in these availability zones now, so ECS did not start a task.",
				Fix: "wait, or choose other availabilityZones",
			}
		case strings.Contains(message, "unable to"):
			return Cause{Why: logs.Printable(message)}
		}
	}
	return Cause{}
}

// clock returns the time of day in UTC, as the AWS console and the logs show it.
func clock(t *time.Time) string { return aws.ToTime(t).UTC().Format(time.TimeOnly) }
