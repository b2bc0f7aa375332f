package deployment

import (
	"fmt"
	"strings"
	"text/tabwriter"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/cmd/threa/internal/logs"
)

// Progress returns one line about a deployment in progress.
func (s *ServiceState) Progress() string {
	if s.Service == nil || s.primary() == nil {
		return "no deployment"
	}
	primary := s.primary()
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
	case c.ExitCode != nil && !NeverStarted(c):
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
