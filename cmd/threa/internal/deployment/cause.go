package deployment

import (
	"cmp"
	_ "embed"
	"fmt"
	"regexp"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/resources"
)

//go:embed causes.yaml
var causesFile []byte

// causes are the rows of causes.yaml.
var causes = resources.MustDecode[[]struct{ Text, Why, Fix string }]("causes.yaml", causesFile)

// explain returns what a text of ECS means, or no cause if the text is unknown.
func (d *Definition) explain(text string) Cause {
	image := d.image()
	names := strings.NewReplacer("IMAGE", image.Name(), "REPOSITORY", image.Repository, "LOG_GROUP", d.LogGroup())
	for _, row := range causes {
		if regexp.MustCompile("(?s)" + row.Text).MatchString(text) {
			return Cause{Why: names.Replace(row.Why), Fix: row.Fix}
		}
	}
	return Cause{}
}

// findCause returns why a task failed.
func findCause(definition *Definition, task *types.Task) Cause {
	reason := aws.ToString(task.StoppedReason)
	for _, c := range task.Containers { // a container's reason is more precise than the task's
		if own := aws.ToString(c.Reason); strings.Contains(own, "CannotPull") {
			reason = own
		}
	}
	if cause := definition.explain(string(task.StopCode) + ": " + reason); cause.Why != "" {
		return cause
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

// neverStarted reports whether ECS did not start a container because one of its dependencies had failed. ECS reports an
// exit code for such a container, too: https://github.com/aws/amazon-ecs-agent/pull/3218
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
