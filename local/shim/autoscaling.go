package shim

import (
	"encoding/json"
	"maps"
	"strings"
)

// moto loses the tags and the role of scalable targets, and does not bring services within their bounds.

// scalingRole is the service-linked role that AWS uses whatever role it is given. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
const scalingRole = "arn:aws:iam::" + accountID + ":role/aws-service-role/ecs.application-autoscaling.amazonaws.com/" +
	"AWSServiceRoleForApplicationAutoScaling_ECSService"

func (a *account) addTargetTags(arn string, added tags) {
	if a.targetTags[arn] == nil {
		a.targetTags[arn] = tags{}
	}
	maps.Copy(a.targetTags[arn], added)
}

// targetTagCall changes the tags of a scalable target, if the call says so, and answers with all of them.
func (a *account) targetTagCall(c *call) (*reply, error) {
	var in struct {
		ResourceARN string
		Tags        tags
		TagKeys     []string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	a.addTargetTags(in.ResourceARN, in.Tags)
	for _, key := range in.TagKeys {
		delete(a.targetTags[in.ResourceARN], key)
	}
	return c.jsonReply(map[string]any{"Tags": a.targetTags[in.ResourceARN]})
}

func addScalingRole(_ *call, answer *reply) error {
	return answer.editJSON(func(out map[string]any) error {
		targets, _ := out["ScalableTargets"].([]any)
		for _, item := range targets {
			if target, ok := item.(map[string]any); ok {
				target["RoleARN"] = scalingRole
			}
		}
		return nil
	})
}

// targetRegistered keeps the tags of a scalable target and brings its service within its bounds. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (a *account) targetRegistered(c *call, answer *reply) error {
	var in struct {
		Tags       tags
		ResourceID string // service/<cluster>/<service>
	}
	var out struct{ ScalableTargetARN string }
	if err := c.decode(&in); err != nil {
		return err
	}
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return err
	}
	a.addTargetTags(out.ScalableTargetARN, in.Tags)
	parts := strings.Split(in.ResourceID, "/")
	if len(parts) != 3 {
		return nil
	}
	var targets struct {
		ScalableTargets []struct{ MinCapacity, MaxCapacity int }
	}
	query := map[string]any{"ServiceNamespace": "ecs", "ResourceIds": []string{in.ResourceID}}
	if err := a.upstream.json(c, "DescribeScalableTargets", query, &targets); err != nil {
		return err
	}
	var services struct {
		Services []struct{ DesiredCount int }
	}
	query = map[string]any{"cluster": parts[1], "services": []string{parts[2]}}
	found, err := a.upstream.jsonOf(c, "ecs", ecsTarget+"DescribeServices", query, &services)
	if err != nil || !found || len(services.Services) == 0 || len(targets.ScalableTargets) == 0 {
		return err
	}
	bounds, count := targets.ScalableTargets[0], services.Services[0].DesiredCount
	bounded := min(max(count, bounds.MinCapacity), bounds.MaxCapacity)
	if bounded == count {
		return nil
	}
	update := map[string]any{"cluster": parts[1], "service": parts[2], "desiredCount": bounded}
	_, err = a.upstream.jsonOf(c, "ecs", ecsTarget+"UpdateService", update, nil)
	return err
}
