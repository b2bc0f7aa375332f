package recovery

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
)

// orphan is a resource in AWS that is not in the state. It has the stack's tags, or is part of a resource that has
// them. No later up or destroy would delete it.
type orphan struct {
	id, noun string
	remove   func(context.Context) error
}

// duplicable are the types of which AWS creates another resource if a call is repeated. A VPC can be deleted only after
// the gateways and route tables in it.
var duplicable = []struct {
	resourceType, noun string
	remove             func(ctx context.Context, a *API, id string) error
}{
	{internetGateways, "internet gateway", deleteEC2(internetGateway)},
	{routeTables, "route table", deleteEC2(routeTable)},
	{vpcs, "VPC", deleteEC2(vpc)},
	{taskDefinitions, "task definition revision", func(ctx context.Context, a *API, arn string) error {
		_, err := a.ecs.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn})
		return err //nolint:wrapcheck // it names the call
	}},
}

func deleteEC2(kind ec2Kind) func(context.Context, *API, string) error {
	return func(ctx context.Context, a *API, id string) error {
		return a.ec2.Query(ctx, "ec2", "Delete"+kind.name, map[string]string{kind.name + "Id": id}, nil)
	}
}

func (o orphan) String() string { return fmt.Sprintf("%s (%s)", o.id, o.noun) }

// deleteOrphans deletes the resources that AWS has too many of.
func (r *Recovery) deleteOrphans(ctx context.Context, known *state) error {
	orphans, err := r.API.orphans(ctx, known)
	if err != nil || len(orphans) == 0 {
		return err
	}
	var lines []string
	for _, o := range orphans {
		lines = append(lines, "delete: "+o.String())
	}
	if !r.Approve(strings.Join(lines, "\n") + "\n" + deleteQuestion) {
		return errDeclined
	}
	for _, o := range orphans {
		if err := o.remove(ctx); err != nil && !isNotFound(err) { // a repeated call finds it deleted
			return fmt.Errorf("delete %s: %w", o, err)
		}
		r.report("Deleted %s.", o)
	}
	return nil
}

// orphans looks for duplicates that repeated calls have created. All other types have names, or places, that can only
// be taken once. AWS refuses to delete what is in use. Rules of the stack's security groups count too, even if they
// were added by hand.
func (a *API) orphans(ctx context.Context, known *state) ([]orphan, error) {
	var list []orphan
	for _, kind := range duplicable {
		for _, r := range known.Resources {
			if string(r.Type) != kind.resourceType {
				continue
			}
			ids, err := a.importIDs(ctx, known, kind.resourceType, r.Inputs)
			if err != nil && !errors.Is(err, errNoTags) {
				return nil, fmt.Errorf("look for %ss: %w", kind.noun, err)
			}
			for _, id := range ids {
				remove := func(ctx context.Context) error { return kind.remove(ctx, a, id) }
				list = append(list, orphan{id, kind.noun, remove})
			}
		}
	}
	rules, err := a.unknownRules(ctx, known)
	return append(list, rules...), err
}

// unknownRules lists the rules of the stack's security groups that are not in its state. They were added by hand, or by
// AWS: new groups allow all outbound traffic until the provider removes that rule. An up does not see them.
func (a *API) unknownRules(ctx context.Context, known *state) ([]orphan, error) {
	var list []orphan
	for _, group := range known.Resources {
		if group.Type != securityGroups {
			continue
		}
		rules, err := a.list(ctx, rule, map[string]string{"group-id": string(group.ID)})
		if err != nil {
			return nil, fmt.Errorf("look for rules of %s: %w", group.URN.Name(), err)
		}
		for _, r := range rules {
			kind, direction, revoke := ingressRules, "in", "RevokeSecurityGroupIngress"
			if r["isEgress"] == "true" {
				kind, direction, revoke = egressRules, "out", "RevokeSecurityGroupEgress"
			}
			id := r[rule.id]
			if known.has(kind, id) {
				continue
			}
			noun := fmt.Sprintf("rule of %s that lets %s%s%s%s %s (protocol %s, ports %s to %s)", group.URN.Name(),
				r["cidrIpv4"], r["cidrIpv6"], r["prefixListId"], r[otherGroup], direction,
				r["ipProtocol"], r["fromPort"], r["toPort"])
			query := map[string]string{"GroupId": string(group.ID), "SecurityGroupRuleId.1": id}
			list = append(list, orphan{id, noun, func(ctx context.Context) error {
				return a.ec2.Query(ctx, "ec2", revoke, query, nil)
			}})
		}
	}
	return list, nil
}

// Unmanaged lists the orphans of a stack without deleting them. A preview does not show them. export is the output of
// "pulumi stack export".
func (a *API) Unmanaged(ctx context.Context, export []byte) ([]string, error) {
	known, err := parseExport(export)
	if err != nil {
		return nil, err
	}
	orphans, err := a.orphans(ctx, known)
	if err != nil {
		return nil, err
	}
	var lines []string
	for _, o := range orphans {
		lines = append(lines, o.id+": a "+o.noun)
	}
	return lines, nil
}
