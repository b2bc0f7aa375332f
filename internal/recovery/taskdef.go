package recovery

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
)

const taskDefinitions = "aws:ecs/taskDefinition:TaskDefinition"

// maxRevisions bounds how many revisions are looked at, newest first. A run registers one; calls repeated after faults
// may have registered a few more.
const maxRevisions = 20

// findTaskDefinition takes the newest active revision that carries the resource's tags and that the state does not
// know.
func findTaskDefinition(ctx context.Context, api *API, known *state, inputs object) (string, error) {
	unknown, err := api.unknownRevisions(ctx, known, inputs)
	if err != nil || len(unknown) == 0 {
		return "", err
	}
	return unknown[0], nil
}

// unknownRevisions lists revisions of a family that carry the stack's tags but are not in its state, newest first.
// Revisions that something else registered do not carry them and are not touched.
func (a *API) unknownRevisions(ctx context.Context, known *state, inputs object) ([]string, error) {
	family := inputs.text("family")
	if family == "" {
		return nil, errors.New("it has no family to be found by")
	}
	var listed struct {
		ARNs []string `json:"taskDefinitionArns"`
	}
	err := a.ecs(ctx, "ListTaskDefinitions", map[string]any{
		"familyPrefix": family, "status": "ACTIVE", "sort": "DESC", "maxResults": maxRevisions,
	}, &listed)
	if err != nil {
		return nil, err
	}
	var unknown []string
	for _, arn := range listed.ARNs {
		if known.has(taskDefinitions, arn) {
			continue
		}
		var described struct {
			Tags []struct{ Key, Value string } `json:"tags"`
		}
		err := a.ecs(ctx, "DescribeTaskDefinition", map[string]any{"taskDefinition": arn, "include": []string{"TAGS"}}, &described)
		if err != nil {
			return nil, err
		}
		tags := map[string]string{}
		for _, tag := range described.Tags {
			tags[tag.Key] = tag.Value
		}
		if sameTags(tags, inputs.object("tags")) {
			unknown = append(unknown, arn)
		}
	}
	return unknown, nil
}

// sameTags tells whether what AWS has carries every tag of ours.
func sameTags(actual map[string]string, ours object) bool {
	for _, key := range slices.Sorted(maps.Keys(ours)) {
		if actual[key] != ours.text(key) {
			return false
		}
	}
	return len(ours) > 0
}

// orphan is something in AWS that carries the stack's tags, but that the stack does not know: it would be paid for and
// never deleted.
type orphan struct {
	id, noun string
	remove   func(context.Context) error
}

// orphans looks for what repeated calls have made twice: kinds for which AWS makes another one when asked again. All
// other kinds have names, or places, that can only be taken once. What is in use AWS refuses to delete.
func (a *API) orphans(ctx context.Context, known *state) ([]orphan, error) {
	var all []orphan
	for _, kind := range []kindOfEC2{gateways, routeTables, vpcs} {
		for _, tags := range known.distinct(kind.token, "tags") {
			ids, err := a.tagged(ctx, kind, tags)
			if err != nil {
				return nil, fmt.Errorf("look for %ss: %w", kind.noun, err)
			}
			for _, id := range ids {
				if !known.has(kind.token, id) {
					all = append(all, orphan{id, kind.noun, func(ctx context.Context) error {
						return a.query(ctx, "ec2", kind.remove, map[string]string{kind.id: id}, nil)
					}})
				}
			}
		}
	}
	for _, inputs := range known.distinct(taskDefinitions, "") {
		arns, err := a.unknownRevisions(ctx, known, inputs)
		if err != nil {
			return nil, fmt.Errorf("look for task definitions: %w", err)
		}
		for _, arn := range arns {
			all = append(all, orphan{arn, "task definition revision", func(ctx context.Context) error {
				var ignored struct{}
				return a.ecs(ctx, "DeregisterTaskDefinition", map[string]any{"taskDefinition": arn}, &ignored)
			}})
		}
	}
	return all, nil
}

// distinct lists the inputs, or one object in them, of all resources of a type. Without a Name tag nothing would tell
// one of the stack's VPCs from another's.
func (s *state) distinct(kind, key string) []object {
	var all []object
	for _, one := range s.resources() {
		if one.text("type") != kind {
			continue
		}
		found := one.object("inputs")
		if key != "" {
			if found = found.object(key); found.text("Name") == "" {
				continue
			}
		}
		all = append(all, found)
	}
	return all
}

// closeGroup takes the rule from a new security group that AWS puts in and that the provider takes out as the second
// half of the creation: anything may leave. Rules of the program carry tags.
func (a *API) closeGroup(ctx context.Context, id string) error {
	rules, err := a.list(ctx, "DescribeSecurityGroupRules", map[string]string{"group-id": id})
	if err != nil {
		return err
	}
	for _, rule := range rules {
		if !rule.Egress || rule.Protocol != "-1" || rule.IPv4 != "0.0.0.0/0" || len(rule.Tags) > 0 || rule.Description != "" {
			continue
		}
		err := a.query(ctx, "ec2", "RevokeSecurityGroupEgress",
			map[string]string{"GroupId": id, "SecurityGroupRuleId.1": rule.RuleID}, nil)
		if err != nil {
			return fmt.Errorf("close the new group: %w", err)
		}
	}
	return nil
}
