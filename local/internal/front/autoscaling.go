package front

import (
	"encoding/json"
	"maps"
	"sync"
)

// scalingRule keeps the tags of scalable targets, which moto lacks.
type scalingRule struct {
	mu   sync.Mutex
	tags map[string]map[string]string // by ARN
}

func newScalingRule() *scalingRule { return &scalingRule{tags: map[string]map[string]string{}} }

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
	if c.action != "RegisterScalableTarget" {
		return nil
	}
	var in struct{ Tags map[string]string }
	if err := c.decode(&in); err != nil {
		return err
	}
	var out struct{ ScalableTargetARN string }
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tag(out.ScalableTargetARN, in.Tags)
	return nil
}

func (r *scalingRule) tag(arn string, tags map[string]string) {
	if r.tags[arn] == nil {
		r.tags[arn] = map[string]string{}
	}
	maps.Copy(r.tags[arn], tags)
}
