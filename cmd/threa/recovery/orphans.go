package recovery

import (
	"context"
	"fmt"
)

// orphan is a resource in AWS that has the stack's tags, or is part of a resource that has them, but is not in the
// state: nothing would ever delete it.
type orphan struct {
	id, noun string
	remove   func(context.Context) error
}

func (o orphan) String() string { return fmt.Sprintf("%s (%s)", o.id, o.noun) }

// orphans looks for what repeated calls have made twice: kinds for which AWS makes another one when asked again. All
// other kinds have names, or places, that can only be taken once. What is in use AWS refuses to delete. Rules of the
// stack's security groups count too, whoever has made them.
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
						return a.Query(ctx, "ec2", kind.remove, map[string]string{kind.id: id}, nil)
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
				return a.ECS(ctx, "DeregisterTaskDefinition", map[string]any{"taskDefinition": arn}, &ignored)
			}})
		}
	}
	rules, err := a.unknownRules(ctx, known)
	return append(all, rules...), err
}

// unknownRules lists rules of the stack's security groups that are not in its state: opened by hand, or put there by
// AWS, which lets a new group send anything anywhere until the provider has taken that out. An up does not see them.
func (a *API) unknownRules(ctx context.Context, known *state) ([]orphan, error) {
	var all []orphan
	for _, group := range known.resources() {
		if group.text("type") != securityGroups {
			continue
		}
		rules, err := a.list(ctx, "DescribeSecurityGroupRules", map[string]string{"group-id": group.text("id")})
		if err != nil {
			return nil, fmt.Errorf("look for rules of %s: %w", name(group), err)
		}
		for _, rule := range rules {
			if known.has(ingressRules, rule.RuleID) || known.has(egressRules, rule.RuleID) {
				continue
			}
			direction, revoke := "in", "RevokeSecurityGroupIngress"
			if rule.Egress {
				direction, revoke = "out", "RevokeSecurityGroupEgress"
			}
			noun := fmt.Sprintf("rule of %s that lets %s%s%s%s %s (protocol %s, ports %s to %s)", name(group),
				rule.IPv4, rule.IPv6, rule.PrefixList, rule.OtherGroup, direction, rule.Protocol, rule.FromPort, rule.ToPort)
			all = append(all, orphan{rule.RuleID, noun, func(ctx context.Context) error {
				return a.Query(ctx, "ec2", revoke, map[string]string{"GroupId": group.text("id"), "SecurityGroupRuleId.1": rule.RuleID}, nil)
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

// Unmanaged lists what has the stack's tags or is part of the stack in AWS, but is not in its state. A preview does not
// show it. Nothing is changed.
func (r *Recovery) Unmanaged(ctx context.Context) ([]string, error) {
	known, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	orphans, err := r.API.orphans(ctx, known)
	if err != nil {
		return nil, err
	}
	var all []string
	for _, one := range orphans {
		all = append(all, one.id+": a "+one.noun)
	}
	return all, nil
}
