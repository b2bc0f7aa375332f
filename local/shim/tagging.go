package shim

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// taggingRule adds to the answers of the tagging API what moto does not know: the nodes of the front's caches.
type taggingRule struct {
	caches *cacheRule
}

type tagMapping struct {
	ResourceARN string `json:"ResourceARN"`
	Tags        []tag  `json:"Tags"`
}

type tagFilter struct {
	Key    string
	Values []string
}

func (t tagFilter) matches(tags map[string]string) bool {
	value, has := tags[t.Key]
	return has && (len(t.Values) == 0 || slices.Contains(t.Values, value))
}

func (r *taggingRule) before(*call) (*reply, error) { return nil, nil }

func (r *taggingRule) after(c *call, answer *reply) error {
	if c.action != "GetResources" {
		return nil
	}
	var in struct {
		ResourceTypeFilters []string
		TagFilters          []tagFilter
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	types := in.ResourceTypeFilters
	if len(types) > 0 && !slices.Contains(types, "elasticache") && !slices.Contains(types, "elasticache:cluster") {
		return nil
	}
	var out map[string]json.RawMessage
	if err := json.Unmarshal(answer.body, &out); err != nil {
		return fmt.Errorf("read the answer to %s: %w", c.name(), err)
	}
	var listed []json.RawMessage
	if err := json.Unmarshal(out["ResourceTagMappingList"], &listed); err != nil {
		return fmt.Errorf("read the answer to %s: %w", c.name(), err)
	}
	for _, node := range r.caches.taggedNodes(c.region, in.TagFilters) {
		text, err := json.Marshal(node)
		if err != nil {
			return fmt.Errorf("encode the answer to %s: %w", c.name(), err)
		}
		listed = append(listed, text)
	}
	var err error
	if out["ResourceTagMappingList"], err = json.Marshal(listed); err != nil {
		return fmt.Errorf("encode the answer to %s: %w", c.name(), err)
	}
	answer.body, err = json.Marshal(out)
	return err
}

func (r *taggingRule) forget() {}

// taggedNodes lists the nodes of the replication groups that have all the tags. A node has the tags of its group.
func (r *cacheRule) taggedNodes(region string, filters []tagFilter) []tagMapping {
	r.mu.Lock()
	defer r.mu.Unlock()
	nodes := []tagMapping{}
	for _, id := range inRegion(r.groups, region) {
		tags := r.tags[cacheARN(region, "replicationgroup", id)]
		if slices.ContainsFunc(filters, func(filter tagFilter) bool { return !filter.matches(tags) }) {
			continue
		}
		var list []tag
		for _, key := range slices.Sorted(maps.Keys(tags)) {
			list = append(list, tag{key, tags[key]})
		}
		group := r.groups[regional{region, id}]
		for n := range group.nodes {
			nodes = append(nodes, tagMapping{cacheARN(region, "cluster", strings.ToLower(group.member(n))), list})
		}
	}
	return nodes
}
