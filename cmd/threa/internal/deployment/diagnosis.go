package deployment

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
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
	Container string // that caused the failure; empty if no container did
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
	d.Cause = findCause(s.Registered, d.Task)
	if d.Container == "" {
		return d, nil
	}
	stream := logs.StreamName(d.Container, ID(aws.ToString(d.Task.TaskArn)))
	d.Lines, err = logs.LastLines(ctx, a.Logs, s.Registered.LogGroup(), stream, linesShown)
	// Without a list of platforms in its manifest, an image for another platform can be pulled, but not executed.
	const notExecutable = "exec format error"
	if strings.Contains(strings.Join(d.Lines, "\n"), notExecutable) {
		cause := s.Registered.explain(notExecutable)
		d.Why, d.Fix = cause.Why, cause.Fix
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
	providers := ""
	for _, item := range s.Service.CapacityProviderStrategy {
		providers += aws.ToString(item.CapacityProvider) + " "
	}
	for _, event := range s.Service.Events { // newest first
		message := aws.ToString(event.Message)
		if strings.Contains(message, "has reached a steady state") {
			break
		}
		if cause := s.Registered.explain(providers + message); cause.Why != "" {
			return cause
		}
		if strings.Contains(message, "unable to") {
			return Cause{Why: logs.Printable(message)}
		}
	}
	return Cause{}
}

// String describes the cause, the task, its last log lines and the service's last events.
func (d *Diagnosis) String() string {
	var b strings.Builder
	if d.Why != "" {
		fmt.Fprintf(&b, "\nWhy: %s\n", d.Why)
	}
	if d.Fix != "" {
		fmt.Fprintf(&b, "Fix: %s\n", d.Fix)
	}
	if d.Task != nil {
		writeTask(&b, d.Task)
	}
	if len(d.Lines) > 0 {
		fmt.Fprintf(&b, "\nLast log lines of %s:\n", d.Container)
		for _, line := range d.Lines {
			fmt.Fprintf(&b, "  | %s\n", line)
		}
	} else if d.Container != "" {
		fmt.Fprintf(&b, "\n%s wrote no log lines.\n", d.Container)
	}
	if len(d.Events) > 0 {
		b.WriteString("\nLast events of the service:\n")
		for _, event := range d.Events {
			fmt.Fprintf(&b, "  %s  %s\n", clock(event.CreatedAt), logs.Printable(aws.ToString(event.Message)))
		}
	}
	return b.String()
}

func writeTask(b *strings.Builder, task *types.Task) {
	fmt.Fprintf(b, "\nTask %s", ID(aws.ToString(task.TaskArn)))
	if task.StoppedAt != nil {
		fmt.Fprintf(b, " stopped at %s UTC, %s: %s\n",
			clock(task.StoppedAt), task.StopCode, logs.Printable(aws.ToString(task.StoppedReason)))
	} else {
		fmt.Fprintf(b, " is %s\n", aws.ToString(task.LastStatus))
	}
	table := tabwriter.NewWriter(b, 0, 0, 2, ' ', 0)
	for _, c := range task.Containers {
		_, _ = fmt.Fprintf(table, "  %s\t%s\n", aws.ToString(c.Name), containerStatus(&c))
	}
	_ = table.Flush() // a strings.Builder cannot fail
}

// containerStatus describes how a container ended, or its status.
func containerStatus(c *types.Container) string {
	text := "not started"
	switch {
	case c.ExitCode != nil && !neverStarted(c):
		text = fmt.Sprintf("exit code %d", *c.ExitCode)
	case aws.ToString(c.LastStatus) == "RUNNING":
		text = "running"
	}
	if c.HealthStatus == types.HealthStatusUnhealthy || c.HealthStatus == types.HealthStatusHealthy {
		text += ", " + string(c.HealthStatus)
	}
	if reason := aws.ToString(c.Reason); reason != "" {
		text += ": " + logs.Printable(reason)
	}
	return text
}

// clock returns the time of day in UTC, as the AWS console and the logs show it.
func clock(t *time.Time) string { return aws.ToTime(t).UTC().Format(time.TimeOnly) }
