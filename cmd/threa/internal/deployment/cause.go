package deployment

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

const spotFix = "wait, or run on demand: pulumi config set useSpot false && pulumi up"

// findCause returns why a task failed. The texts of ECS:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/stopped-task-error-codes.html
func findCause(definition *Definition, task *types.Task) Cause {
	reason := aws.ToString(task.StoppedReason)
	for _, c := range task.Containers { // a container's reason is more precise than the task's
		if own := aws.ToString(c.Reason); strings.Contains(own, "CannotPull") {
			reason = own
		}
	}
	if cause := explainStart(definition, reason); cause.Why != "" {
		return cause
	}
	if task.StopCode == types.TaskStopCodeSpotInterruption || strings.Contains(reason, "Spot Task was interrupted") {
		return Cause{Why: "AWS took the Spot task's capacity back.", Fix: spotFix}
	}
	if c := failedContainer(definition, task); c != nil {
		return Cause{Container: aws.ToString(c.Name), Why: explainExit(definition, task, c)}
	}
	if strings.Contains(reason, "health checks") || task.HealthStatus == types.HealthStatusUnhealthy {
		return Cause{
			Container: definition.appName(),
			Why:       explainHealth(definition, strings.Contains(reason, "ELB health checks")),
			Fix:       "see its log: go run ./cmd/threa logs",
		}
	}
	return Cause{}
}

// explainStart explains the reason of ECS why a task's containers could not be started.
func explainStart(definition *Definition, reason string) Cause {
	has := func(text string) bool { return strings.Contains(reason, text) }
	const secrets = "unable to pull secrets or registry auth" // begins every message of that step
	image := definition.image()
	switch {
	case has("CannotPull") && has("platform"):
		return wrongPlatform(definition)
	case has("validate logger args"):
		return Cause{
			Why: "the log group " + definition.LogGroup() + " does not exist, or the task cannot reach CloudWatch.",
			Fix: "create it again: pulumi up --refresh",
		}
	case has("task network configuration"), has("i/o timeout"), has("context deadline exceeded"):
		return Cause{
			Why: "the task cannot reach AWS.",
			Fix: "undo manual changes: pulumi up --refresh. In an existing VPC the task's subnets need a route to the internet",
		}
	case has("CannotPull"):
		return Cause{
			Why: "the image " + image.Name() + " cannot be pulled from the repository " + image.Repository + ".",
			Fix: "push it, or deploy an existing image: pulumi config set imageTag <tag> && pulumi up",
		}
	case has("ResourceInitializationError") && strings.Contains(strings.Replace(reason, secrets, "", 1), "secret"),
		has("invalid ssm parameters"):
		return Cause{Why: "a secret cannot be read.", Fix: "see which one is missing: go run ./cmd/threa secrets"}
	case has("ResourceInitializationError"):
		return Cause{Why: "ECS could not prepare the task."}
	}
	return Cause{}
}

func wrongPlatform(definition *Definition) Cause {
	return Cause{
		Why: "the image " + definition.image().Name() + " is not built for the stack's cpuArchitecture.",
		Fix: "build it for that platform, push it, and deploy it: pulumi config set imageTag <tag> && pulumi up",
	}
}

// failedContainer returns the first container that ended by itself with an exit code other than 0. The task definition
// lists the dependencies of a container before it. Containers that ECS stopped with a signal come last.
func failedContainer(definition *Definition, task *types.Task) *types.Container {
	if strings.Contains(aws.ToString(task.StoppedReason), "health checks") {
		return nil
	}
	var stopped *types.Container
	for _, container := range definition.Containers {
		c := FindContainer(task, aws.ToString(container.Name))
		switch {
		case c == nil || aws.ToInt32(c.ExitCode) == 0:
		case !stoppedByECS(c):
			return c
		case stopped == nil:
			stopped = c
		}
	}
	return stopped
}

// stoppedByECS reports whether a container ended with one of the signals that ECS sends.
func stoppedByECS(c *types.Container) bool {
	const killed, terminated = 137, 143
	code := aws.ToInt32(c.ExitCode)
	return (code == killed || code == terminated) && !outOfMemory(c)
}

func outOfMemory(c *types.Container) bool {
	return strings.Contains(aws.ToString(c.Reason), "OutOfMemory")
}

func explainExit(definition *Definition, task *types.Task, failed *types.Container) string {
	text := fmt.Sprintf("container %s exited with code %d", aws.ToString(failed.Name), *failed.ExitCode)
	if outOfMemory(failed) {
		text += " because it needs more memory than containerMemory"
	}
	app := FindContainer(task, definition.appName())
	if app != nil && app != failed && (app.ExitCode == nil || neverStarted(app)) {
		text += fmt.Sprintf(", so ECS did not start %s", definition.appName())
	}
	return text + "."
}

// neverStarted reports whether ECS did not start a container because one of its dependencies had failed. Such a
// container has an exit code all the same: https://github.com/aws/amazon-ecs-agent/pull/3218
func neverStarted(c *types.Container) bool {
	return strings.Contains(aws.ToString(c.Reason), "container ordering dependency")
}

func explainHealth(definition *Definition, byLoadBalancer bool) string {
	check := definition.App.HealthCheck
	if check == nil || byLoadBalancer {
		return fmt.Sprintf("%s does not pass the load balancer's health check.", definition.appName())
	}
	interval := time.Duration(cmp.Or(aws.ToInt32(check.Interval), 30)) * time.Second
	return fmt.Sprintf("the health check of %s failed %d times in a row, every %s: /health did not answer 200 in time.",
		definition.appName(), cmp.Or(aws.ToInt32(check.Retries), 3), interval)
}
