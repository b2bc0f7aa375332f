package ecs

import (
	"encoding/json"
	"fmt"
	"strings"

	"threa-infra/local/ecs/agent"
	"threa-infra/local/internal/control"
)

// Wiring says in words how users reach the tasks, by what the AWS API tells: through which container or target group, by
// which rules, and how that ends when a task stops.
func Wiring(d *control.Deployment, ways *control.Ingress) ([]string, error) {
	var containers []agent.Container
	if err := json.Unmarshal(d.Containers, &containers); err != nil {
		return nil, fmt.Errorf("task definition %s: %w", d.TaskDefinition, err)
	}
	var lines []string
	tunnel := connectorOf(containers)
	if tunnel != nil {
		lines = append(lines, tunnelLines(tunnel)...)
	}
	stop := "30 seconds (ECS's default)"
	for _, c := range containers {
		if len(c.PortMappings) > 0 && c.StopTimeout > 0 {
			stop = fmt.Sprintf("%d seconds", c.StopTimeout)
		}
	}
	for _, group := range ways.TargetGroups {
		lines = append(lines, targetGroupLine(group, stop))
	}
	for _, group := range ways.SecurityGroups {
		lets := "has no inbound rule, so that nobody can dial in"
		if len(group.Inbound) > 0 {
			lets = "lets in " + strings.Join(group.Inbound, ", ")
		}
		lines = append(lines, fmt.Sprintf("Security group of the tasks: %s %s", group.ID, lets))
	}
	return lines, nil
}

func tunnelLines(c *agent.Container) []string {
	lines := []string{fmt.Sprintf("Tunnel: container %s of %s; a stand-in runs here, which joins nothing", c.Name, c.Image)}
	for _, s := range c.Secrets {
		_, parameter, _ := strings.Cut(s.ValueFrom, ":parameter")
		lines = append(lines, fmt.Sprintf("Tunnel: %s comes from the SSM parameter %s and is not shown", s.Name, parameter))
	}
	for _, d := range c.DependsOn {
		lines = append(lines, fmt.Sprintf("Tunnel: it joins once %s is %s; when the task stops, it leaves first and has %d seconds, then %s is told to",
			d.ContainerName, d.Condition, c.StopTimeout, d.ContainerName))
	}
	return lines
}

func targetGroupLine(group control.TargetGroup, stop string) string {
	sticky := "not sticky"
	if group.Attributes["stickiness.enabled"] == "true" {
		kind := group.Attributes["stickiness.type"]
		sticky = fmt.Sprintf("sticky by %s for %s seconds", kind, group.Attributes["stickiness."+kind+".duration_seconds"])
	}
	return fmt.Sprintf("Target group %s: %s; a task that stops gets nothing new for %s seconds (deregistration delay), then SIGTERM, and SIGKILL after %s",
		group.Name, sticky, group.Attributes["deregistration_delay.timeout_seconds"], stop)
}
