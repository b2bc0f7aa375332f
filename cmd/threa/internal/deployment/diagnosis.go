package deployment

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// Diagnosis is why a deployment does not run, in one screen.
type Diagnosis struct {
	Why    string      // one sentence; "" when nothing explains it
	Mend   string      // what to do about it
	Task   *types.Task // the last one that failed; nil when ECS knows none any more
	Blamed string      // the container whose fault it is; "" when it is none's
	Lines  []string    // the last that it said
	Events []types.ServiceEvent
}

const (
	linesShown  = 15
	eventsShown = 5
)

// Diagnose finds out why what the stack registered does not run.
func (a *App) Diagnose(ctx context.Context, s *Snapshot) (*Diagnosis, error) {
	d := &Diagnosis{}
	if s.Service == nil {
		return d, nil
	}
	d.Events = s.Service.Events[:min(eventsShown, len(s.Service.Events))]
	stopped, err := a.tasks(ctx, types.DesiredStatusStopped)
	if err != nil {
		return nil, err
	}
	d.Task = lastFailed(s, stopped)
	if d.Task == nil {
		d.Why, d.Mend = capacity(s)
		return d, nil
	}
	d.Blamed, d.Why, d.Mend = explain(s.Wanted, d.Task)
	if d.Blamed != "" {
		d.Lines, err = a.lastLines(ctx, s.Wanted.LogGroup(), stream(d.Blamed, aws.ToString(d.Task.TaskArn)), linesShown)
	}
	// An image that is no list of platforms is pulled whatever it was built for, and nothing in it runs.
	if slices.ContainsFunc(d.Lines, func(line string) bool { return strings.Contains(line, "exec format error") }) {
		d.Why, d.Mend = wrongPlatform(s.Wanted)
	}
	return d, err
}

// lastFailed is the task of the wanted revision that failed last. Those that ECS stopped because it had too many of them
// did not fail; one that is running but not healthy has nearly.
func lastFailed(s *Snapshot, stopped []types.Task) *types.Task {
	var failed []types.Task
	for _, task := range stopped {
		if aws.ToString(task.TaskDefinitionArn) == s.Wanted.ARN && !scaledIn(&task) {
			failed = append(failed, task)
		}
	}
	if len(failed) > 0 {
		newest := slices.MaxFunc(failed, func(a, b types.Task) int { return aws.ToTime(a.StoppedAt).Compare(aws.ToTime(b.StoppedAt)) })
		return &newest
	}
	for i, task := range s.Tasks {
		if aws.ToString(task.TaskDefinitionArn) == s.Wanted.ARN && task.HealthStatus == types.HealthStatusUnhealthy {
			return &s.Tasks[i]
		}
	}
	return nil
}

// scaledIn tells whether ECS stopped a task because another deployment or a lower count took its place. Source of the
// words: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
func scaledIn(task *types.Task) bool {
	return task.StopCode == types.TaskStopCodeServiceSchedulerInitiated &&
		strings.Contains(aws.ToString(task.StoppedReason), "Scaling activity initiated by")
}

// capacity explains why no task was even started.
func capacity(s *Snapshot) (why, mend string) {
	for _, event := range s.Service.Events {
		message := aws.ToString(event.Message)
		if strings.Contains(message, "has reached a steady state") {
			break // what is older is over
		}
		if strings.Contains(message, "Capacity is unavailable") {
			if s.spot() {
				return "Fargate Spot has no capacity now, so no task was started.",
					"wait, or run on demand: pulumi config set useSpot false && pulumi up"
			}
			return "Fargate has no capacity in these zones now, so no task was started.", "wait, or choose other availabilityZones"
		}
		if strings.Contains(message, "unable to") {
			return Printable(message), ""
		}
	}
	return "", ""
}

func (s *Snapshot) spot() bool {
	return slices.ContainsFunc(s.Service.CapacityProviderStrategy, func(item types.CapacityProviderStrategyItem) bool {
		return aws.ToString(item.CapacityProvider) == "FARGATE_SPOT"
	})
}

// explain says whose fault it is that a task ended, why in a sentence, and what to do. Source of ECS's words:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
func explain(wanted *Definition, task *types.Task) (container, why, mend string) {
	reason := aws.ToString(task.StoppedReason)
	for _, c := range task.Containers { // the container's own words say more than the task's
		if own := aws.ToString(c.Reason); strings.Contains(own, "CannotPull") {
			reason = own
		}
	}
	has := func(words string) bool { return strings.Contains(reason, words) }
	const secrets = "unable to pull secrets or registry auth" // begins every message of that step, whatever went wrong
	switch {
	case has("CannotPull") && has("platform"):
		why, mend = wrongPlatform(wanted)
		return "", why, mend
	case has("validate logger args"):
		return "", fmt.Sprintf("the log group %s is gone, or the task cannot reach CloudWatch.", wanted.LogGroup()), "pulumi up --refresh makes it again"
	case has("task network configuration"), has("i/o timeout"), has("context deadline exceeded"):
		return "", "the task cannot reach AWS.", "pulumi up --refresh puts back what was changed by hand; in a VPC of your own its subnets need a way out"
	case has("CannotPull"):
		image := parseImage(aws.ToString(wanted.App.Image))
		return "", fmt.Sprintf("the image %s cannot be pulled from the repository %s.", image.Name(), image.Repository), "push it, or deploy one that is there: pulumi config set imageTag <tag> && pulumi up"
	case has("ResourceInitializationError") && strings.Contains(strings.Replace(reason, secrets, "", 1), "secret"), has("invalid ssm parameters"):
		return "", "a secret cannot be read.", "see which one is missing: go run ./cmd/threa secrets"
	case has("ResourceInitializationError"):
		return "", "the task could not be prepared.", ""
	case task.StopCode == types.TaskStopCodeSpotInterruption, has("Spot Task was interrupted"):
		return "", "AWS took the Spot task's capacity back.", "wait, or run on demand: pulumi config set useSpot false && pulumi up"
	}
	if failed := failing(wanted, task); failed != nil {
		return aws.ToString(failed.Name), sentence(wanted, task, failed), ""
	}
	if has("health checks") || task.HealthStatus == types.HealthStatusUnhealthy {
		return aws.ToString(wanted.App.Name), unhealthy(wanted, has("ELB health checks")), "see what it said until then: go run ./cmd/threa logs"
	}
	return "", "", ""
}

func wrongPlatform(wanted *Definition) (why, mend string) {
	return fmt.Sprintf("the image %s is not built for the stack's cpuArchitecture.", parseImage(aws.ToString(wanted.App.Image)).Name()),
		"build it for that platform, push it, and deploy it: pulumi config set imageTag <tag> && pulumi up"
}

// failing is the container that ended with an exit code other than 0 by itself: one that the app waits for, the app, or
// any other. What ECS has stopped, for its health or because another one had ended, did not end by itself.
func failing(wanted *Definition, task *types.Task) *types.Container {
	if strings.Contains(aws.ToString(task.StoppedReason), "health checks") {
		return nil
	}
	var order []string
	for _, dependency := range wanted.App.DependsOn {
		order = append(order, aws.ToString(dependency.ContainerName))
	}
	order = append(order, aws.ToString(wanted.App.Name))
	for _, defined := range wanted.Containers {
		order = append(order, aws.ToString(defined.Name))
	}
	for _, signalled := range []bool{false, true} {
		for _, name := range order {
			c := containerOf(task, name)
			if c == nil || aws.ToInt32(c.ExitCode) == 0 {
				continue
			}
			const killed, terminated = 137, 143
			if code := *c.ExitCode; signalled || code != killed && code != terminated || strings.Contains(aws.ToString(c.Reason), "OutOfMemory") {
				return c
			}
		}
	}
	return nil
}

func containerOf(task *types.Task, name string) *types.Container {
	for i, c := range task.Containers {
		if aws.ToString(c.Name) == name {
			return &task.Containers[i]
		}
	}
	return nil
}

func sentence(wanted *Definition, task *types.Task, failed *types.Container) string {
	app := aws.ToString(wanted.App.Name)
	text := fmt.Sprintf("container %s ended with exit code %d", aws.ToString(failed.Name), *failed.ExitCode)
	if strings.Contains(aws.ToString(failed.Reason), "OutOfMemory") {
		text += " because it needs more memory than containerMemory"
	}
	if c := containerOf(task, app); c != nil && c != failed && (c.ExitCode == nil || waitedInVain(c)) {
		text += fmt.Sprintf(", so that %s was not started", app)
	}
	return text + "."
}

// waitedInVain tells whether a container was not started because one that it depends on had failed. ECS gives it an exit
// code all the same. Source: https://github.com/aws/amazon-ecs-agent/pull/3218
func waitedInVain(c *types.Container) bool {
	return strings.Contains(aws.ToString(c.Reason), "container ordering dependency")
}

func unhealthy(wanted *Definition, forLoadBalancer bool) string {
	app := aws.ToString(wanted.App.Name)
	check := wanted.App.HealthCheck
	if check == nil || forLoadBalancer {
		return fmt.Sprintf("%s does not pass the load balancer's health check.", app)
	}
	interval := time.Duration(cmp.Or(aws.ToInt32(check.Interval), 30)) * time.Second
	return fmt.Sprintf("the health check of %s failed %d times in a row, every %s: its /health did not answer 200 in time.",
		app, cmp.Or(aws.ToInt32(check.Retries), 3), interval)
}
