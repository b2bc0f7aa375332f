package agent

import (
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// conditionTexts describe the conditions of a dependency:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html.
var conditionTexts = map[types.ContainerCondition]string{
	types.ContainerConditionStart: "has started", types.ContainerConditionComplete: "has ended",
	types.ContainerConditionSuccess: "has ended with exit code 0", types.ContainerConditionHealthy: "is healthy",
}

// isReady tells whether all dependencies of a container are met, or why that is impossible.
func (r *taskRun) isReady(c *containerRun) (isReady bool, impossible string) {
	isReady = true
	for _, d := range c.DependsOn {
		name := aws.ToString(d.ContainerName)
		i := slices.IndexFunc(r.containers, func(c *containerRun) bool { return c.name == name }) // Check has found it
		isMet, reason := r.containers[i].meets(d.Condition)
		if reason != "" {
			return false, fmt.Sprintf("%s cannot start: it waits until %s %s (%s), but %s",
				c.name, name, conditionTexts[d.Condition], d.Condition, reason)
		}
		isReady = isReady && isMet
	}
	return isReady, ""
}

// isNeeded tells whether another container that has not ended depends on the container.
func (r *taskRun) isNeeded(c *containerRun) bool {
	return r.any(func(other *containerRun) bool {
		return other.status != Stopped && slices.ContainsFunc(other.DependsOn, func(d types.ContainerDependency) bool {
			return aws.ToString(d.ContainerName) == c.name
		})
	})
}

// meets tells whether the container meets the condition, or why that is impossible.
func (c *containerRun) meets(condition types.ContainerCondition) (isMet bool, impossible string) {
	isHealthy := condition == types.ContainerConditionHealthy
	switch condition {
	case types.ContainerConditionStart:
		isMet = c.status == Running || c.exitCode != nil
	case types.ContainerConditionComplete:
		isMet = c.exitCode != nil
	case types.ContainerConditionSuccess:
		isMet = c.exitCode != nil && *c.exitCode == 0
	case types.ContainerConditionHealthy:
		isMet = c.status == Running && c.health == types.HealthStatusHealthy
	}
	switch {
	case isMet:
		return true, ""
	case c.status == Stopped && c.exitCode == nil:
		return false, fmt.Sprintf("%s never started: %s", c.name, c.reason)
	case c.status == Stopped:
		return false, fmt.Sprintf("%s ended with exit code %d", c.name, *c.exitCode)
	case isHealthy && c.health == types.HealthStatusUnhealthy:
		return false, fmt.Sprintf("%s is unhealthy: %s", c.name, c.reason)
	case c.isLate:
		return false, fmt.Sprintf("that did not happen within %s's startTimeout of %d seconds",
			c.name, aws.ToInt32(c.StartTimeout))
	}
	return false, ""
}
