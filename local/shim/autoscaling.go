package shim

import (
	"encoding/json"
	"maps"
	"strings"
	"sync"
)

// scalingRule makes up for scalable targets of which moto loses the tags and the role, and which it leaves outside of
// their bounds.
type scalingRule struct {
	upstream *upstream
	mu       sync.Mutex
	tags     map[string]map[string]string // by ARN
}

func newScalingRule(up *upstream) *scalingRule {
	return &scalingRule{upstream: up, tags: map[string]map[string]string{}}
}

// scalingRole is the service-linked role that AWS takes whatever role it is given. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
const scalingRole = "arn:aws:iam::123456789012:role/aws-service-role/ecs.application-autoscaling.amazonaws.com/AWSServiceRoleForApplicationAutoScaling_ECSService"

func (r *scalingRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.tags)
}

func (r *scalingRule) before(c *call) (*reply, error) {
	var in struct {
		ResourceARN string
		Tags        map[string]string
		TagKeys     []string
	}
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.action {
	case "ListTagsForResource":
		tags := map[string]string{}
		maps.Copy(tags, r.tags[in.ResourceARN])
		return c.jsonReply(map[string]any{"Tags": tags})
	case "TagResource":
		r.tag(in.ResourceARN, in.Tags)
		return c.jsonReply(map[string]any{})
	case "UntagResource":
		for _, key := range in.TagKeys {
			delete(r.tags[in.ResourceARN], key)
		}
		return c.jsonReply(map[string]any{})
	}
	return nil, nil
}

func (r *scalingRule) after(c *call, answer *reply) error {
	switch c.action {
	case "RegisterScalableTarget":
		return r.registered(c, answer)
	case "DescribeScalableTargets":
		var out struct {
			ScalableTargets []map[string]any
			NextToken       string `json:",omitempty"`
		}
		if err := decodeJSON(answer.body, &out); err != nil {
			return err
		}
		for _, target := range out.ScalableTargets {
			target["RoleARN"] = scalingRole
		}
		var err error
		answer.body, err = json.Marshal(out)
		return err
	}
	return nil
}

// registered keeps the tags of a target and brings it within its bounds, as every registration does. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (r *scalingRule) registered(c *call, answer *reply) error {
	var in struct {
		Tags       map[string]string
		ResourceID string
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	var out struct{ ScalableTargetARN string }
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return err
	}
	r.mu.Lock()
	r.tag(out.ScalableTargetARN, in.Tags)
	r.mu.Unlock()
	return r.clamp(c, in.ResourceID)
}

// clamp changes the number of tasks of service/<cluster>/<service> when it is outside of the bounds of its target.
func (r *scalingRule) clamp(c *call, resource string) error {
	parts := strings.Split(resource, "/")
	if len(parts) != 3 {
		return nil
	}
	var targets struct {
		ScalableTargets []struct{ MinCapacity, MaxCapacity int }
	}
	which := map[string]any{"ServiceNamespace": "ecs", "ResourceIds": []string{resource}}
	if err := r.upstream.json(c, "DescribeScalableTargets", which, &targets); err != nil {
		return err
	}
	var services struct {
		Services []struct{ DesiredCount int }
	}
	which = map[string]any{"cluster": parts[1], "services": []string{parts[2]}}
	found, err := r.upstream.jsonOf(c, "ecs", ecsTarget+"DescribeServices", which, &services)
	if err != nil || !found || len(services.Services) == 0 || len(targets.ScalableTargets) == 0 {
		return err
	}
	bounds, count := targets.ScalableTargets[0], services.Services[0].DesiredCount
	within := min(max(count, bounds.MinCapacity), bounds.MaxCapacity)
	if within == count {
		return nil
	}
	_, err = r.upstream.jsonOf(c, "ecs", ecsTarget+"UpdateService",
		map[string]any{"cluster": parts[1], "service": parts[2], "desiredCount": within}, &struct{}{})
	return err
}

func (r *scalingRule) tag(arn string, tags map[string]string) {
	if r.tags[arn] == nil {
		r.tags[arn] = map[string]string{}
	}
	maps.Copy(r.tags[arn], tags)
}
