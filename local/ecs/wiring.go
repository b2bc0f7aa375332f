//go:build linux

package ecs

import (
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/local/internal/control"
)

// Wiring describes how users reach the tasks, as the AWS API reports it: through which container or target group, by
// which security group rules, and what happens when a task stops.
func Wiring(d *control.Deployment, ingress *control.Ingress) (lines []string) {
	if connector := findConnector(d.Task); connector != nil {
		lines = append(lines, describeTunnel(connector)...)
	}
	stopTimeout := "30 seconds (ECS's default)"
	for _, c := range d.Task.ContainerDefinitions {
		if timeout := aws.ToInt32(c.StopTimeout); len(c.PortMappings) > 0 && timeout > 0 {
			stopTimeout = fmt.Sprintf("%d seconds", timeout)
		}
	}
	for _, group := range ingress.TargetGroups {
		sticky := "not sticky"
		if group.Attributes["stickiness.enabled"] == "true" {
			kind := group.Attributes["stickiness.type"]
			sticky = fmt.Sprintf("sticky by %s for %s seconds", kind, group.Attributes["stickiness."+kind+".duration_seconds"])
		}
		lines = append(lines, fmt.Sprintf("Target group %s: %s; a task that stops gets no new requests for %s seconds "+
			"(deregistration delay), then SIGTERM, and SIGKILL after %s",
			group.Name, sticky, group.Attributes["deregistration_delay.timeout_seconds"], stopTimeout))
	}
	for _, group := range ingress.SecurityGroups {
		rules := "has no inbound rule: no connection is accepted"
		if len(group.Inbound) > 0 {
			rules = "accepts " + strings.Join(group.Inbound, ", ")
		}
		lines = append(lines, fmt.Sprintf("Security group of the tasks: %s %s", group.ID, rules))
	}
	return lines
}

// describeTunnel never shows the token.
func describeTunnel(c *types.ContainerDefinition) []string {
	lines := []string{fmt.Sprintf("Tunnel: container %s (%s) is replaced by a local connector that joins no tunnel",
		aws.ToString(c.Name), aws.ToString(c.Image))}
	for _, s := range c.Secrets {
		_, parameter, _ := strings.Cut(aws.ToString(s.ValueFrom), ":parameter")
		lines = append(lines, fmt.Sprintf("Tunnel: %s comes from the SSM parameter %s", aws.ToString(s.Name), parameter))
	}
	for _, d := range c.DependsOn {
		app := aws.ToString(d.ContainerName)
		lines = append(lines, fmt.Sprintf("Tunnel: it connects once %s is %s. When the task stops, it disconnects "+
			"first and has %d seconds, then %s gets SIGTERM", app, d.Condition, aws.ToInt32(c.StopTimeout), app))
	}
	return lines
}
