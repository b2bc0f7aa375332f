package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/awsquery"
)

// orphan is a resource in AWS that has the stack's tags, or is part of a resource that has them, but is not in the
// state: nothing would ever delete it.
type orphan struct {
	id, noun string
	remove   func(context.Context) error
}

// duplicable are the EC2 types of which AWS creates another resource if a call is repeated. A VPC can only be deleted
// after the others.
var duplicable = []struct {
	resourceType string
	ec2Kind
}{
	{"aws:ec2/internetGateway:InternetGateway", internetGateway},
	{"aws:ec2/routeTable:RouteTable", routeTable},
	{"aws:ec2/vpc:Vpc", vpc},
}

func (o orphan) String() string { return fmt.Sprintf("%s (%s)", o.id, o.noun) }

// deleteOrphans deletes the resources that AWS has too many of. It returns how many.
func (r *Recovery) deleteOrphans(ctx context.Context, known *state) (int, error) {
	orphans, err := r.API.orphans(ctx, known)
	if err != nil || len(orphans) == 0 {
		return 0, err
	}
	var lines []string
	for _, o := range orphans {
		lines = append(lines, "delete: "+o.String())
	}
	if !r.Approve(strings.Join(lines, "\n") + "\n" + deleteQuestion) {
		return 0, ErrDeclined
	}
	for _, o := range orphans {
		err := o.remove(ctx)
		var refused *awsquery.Error
		alreadyDeleted := errors.As(err, &refused) && strings.HasSuffix(refused.Code, ".NotFound")
		if err != nil && !alreadyDeleted {
			return 0, fmt.Errorf("delete %s: %w", o, err)
		}
		r.Print("Deleted %s.", o)
	}
	return len(orphans), nil
}

// orphans looks for duplicates that repeated calls have created. All other types have names, or places, that can only
// be taken once. AWS refuses to delete what is in use. Rules of the stack's security groups count too, whoever added
// them.
func (a *API) orphans(ctx context.Context, known *state) ([]orphan, error) {
	var list []orphan
	for _, kind := range duplicable {
		for _, inputs := range known.inputsOf(kind.resourceType) {
			tags := inputs.object("tags")
			if tags.text("Name") == "" {
				continue
			}
			ids, err := a.tagged(ctx, kind.ec2Kind, tags)
			if err != nil {
				return nil, fmt.Errorf("look for %ss: %w", kind.noun, err)
			}
			for _, id := range ids {
				if !known.has(kind.resourceType, id) {
					list = append(list, orphan{id, kind.noun, func(ctx context.Context) error {
						return a.ec2.Query(ctx, "ec2", "Delete"+kind.name, map[string]string{kind.name + "Id": id}, nil)
					}})
				}
			}
		}
	}
	for _, inputs := range known.inputsOf(taskDefinitions) {
		arns, err := a.unknownRevisions(ctx, known, inputs)
		if err != nil {
			return nil, fmt.Errorf("look for task definitions: %w", err)
		}
		for _, arn := range arns {
			list = append(list, orphan{arn, "task definition revision", func(ctx context.Context) error {
				_, err := a.ecs.DeregisterTaskDefinition(ctx, &ecs.DeregisterTaskDefinitionInput{TaskDefinition: &arn})
				return err //nolint:wrapcheck // it names the call
			}})
		}
	}
	rules, err := a.unknownRules(ctx, known)
	return append(list, rules...), err
}

// unknownRules lists the rules of the stack's security groups that are not in its state: added by hand, or by AWS,
// whose new groups allow all outbound traffic until the provider removes that rule. An up does not see them.
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
			id := r.text(rule.idElement)
			if known.hasID(id) {
				continue
			}
			direction, revoke := "in", "RevokeSecurityGroupIngress"
			if r.text("isEgress") == "true" {
				direction, revoke = "out", "RevokeSecurityGroupEgress"
			}
			noun := fmt.Sprintf("rule of %s that lets %s%s%s%s %s (protocol %s, ports %s to %s)", group.URN.Name(),
				r.text("cidrIpv4"), r.text("cidrIpv6"), r.text("prefixListId"), r.otherGroup(), direction,
				r.text("ipProtocol"), r.text("fromPort"), r.text("toPort"))
			query := map[string]string{"GroupId": string(group.ID), "SecurityGroupRuleId.1": id}
			list = append(list, orphan{id, noun, func(ctx context.Context) error {
				return a.ec2.Query(ctx, "ec2", revoke, query, nil)
			}})
		}
	}
	return list, nil
}

// Unmanaged lists what has the stack's tags or is part of the stack in AWS, but is not in its state, which is the output
// of "pulumi stack export". A preview does not show it. Nothing is changed.
func (a *API) Unmanaged(ctx context.Context, state []byte) ([]string, error) {
	var exported apitype.UntypedDeployment
	if err := json.Unmarshal(state, &exported); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	known, err := parseState(exported)
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
