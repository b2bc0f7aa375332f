package deployment

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// clock is the time of day in UTC, as the AWS console and the logs have it.
func clock(t *time.Time) string { return aws.ToTime(t).UTC().Format(time.TimeOnly) }

// Progress is one line about a deployment that is under way.
func (s *Snapshot) Progress() string {
	if s.Service == nil || s.primary() == nil {
		return "no deployment"
	}
	primary := s.primary()
	line := fmt.Sprintf("%s: %s wanted, %d pending, %d running, %d healthy", last(aws.ToString(primary.TaskDefinition)),
		tasks(int(s.Service.DesiredCount)), primary.PendingCount, primary.RunningCount, s.healthy())
	if primary.FailedTasks > 0 {
		line += fmt.Sprintf(", %d failed", primary.FailedTasks)
	}
	for _, other := range s.Service.Deployments {
		if other.Id != primary.Id && other.RunningCount > 0 {
			line += fmt.Sprintf("; %s: %d running", last(aws.ToString(other.TaskDefinition)), other.RunningCount)
		}
	}
	return line
}

// Write shows why a deployment does not run.
func (d *Diagnosis) Write(out io.Writer) error {
	var b strings.Builder
	if d.Why != "" {
		fmt.Fprintf(&b, "\nWhy: %s\n", d.Why)
	}
	if d.Mend != "" {
		fmt.Fprintf(&b, "Mend: %s\n", d.Mend)
	}
	if d.Task != nil {
		d.writeTask(&b)
	}
	if len(d.Lines) > 0 {
		fmt.Fprintf(&b, "\nThe last lines of %s:\n", d.Blamed)
		for _, line := range d.Lines {
			fmt.Fprintf(&b, "  | %s\n", line)
		}
	} else if d.Blamed != "" {
		fmt.Fprintf(&b, "\n%s said nothing.\n", d.Blamed)
	}
	if len(d.Events) > 0 {
		b.WriteString("\nThe last events of the service:\n")
		for _, event := range d.Events {
			fmt.Fprintf(&b, "  %s  %s\n", clock(event.CreatedAt), Printable(aws.ToString(event.Message)))
		}
	}
	if _, err := io.WriteString(out, b.String()); err != nil {
		return fmt.Errorf("write the diagnosis: %w", err)
	}
	return nil
}

func (d *Diagnosis) writeTask(b *strings.Builder) {
	fmt.Fprintf(b, "\nTask %s", last(aws.ToString(d.Task.TaskArn)))
	if d.Task.StoppedAt != nil {
		fmt.Fprintf(b, " stopped at %s UTC, %s: %s\n", clock(d.Task.StoppedAt), d.Task.StopCode, Printable(aws.ToString(d.Task.StoppedReason)))
	} else {
		fmt.Fprintf(b, " is %s\n", aws.ToString(d.Task.LastStatus))
	}
	width := 0
	for _, c := range d.Task.Containers {
		width = max(width, len(aws.ToString(c.Name)))
	}
	for _, c := range d.Task.Containers {
		fmt.Fprintf(b, "  %-*s  %s\n", width, aws.ToString(c.Name), fate(&c))
	}
}

// fate is what became of a container.
func fate(c *types.Container) string {
	text := "not started"
	switch {
	case c.ExitCode != nil && !waitedInVain(c):
		text = fmt.Sprintf("exit code %d", *c.ExitCode)
	case aws.ToString(c.LastStatus) == "RUNNING":
		text = "running"
	}
	if c.HealthStatus == types.HealthStatusUnhealthy || c.HealthStatus == types.HealthStatusHealthy {
		text += ", " + string(c.HealthStatus)
	}
	if reason := aws.ToString(c.Reason); reason != "" {
		text += ": " + Printable(reason)
	}
	return text
}
