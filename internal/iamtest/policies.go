package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policies are the identity policies of one role, which count together.
type Policies struct {
	statements []statement
}

// Request is one call of an AWS API.
type Request struct {
	Action   string            // service:Action, without wildcards
	Resource string            // ARN, or * for an action that is about no resource
	Context  map[string]string // every condition key that the request carries; their names ignore case
}

// Grant is one pair that an Allow statement stands for, as it is written there.
type Grant struct {
	Action, Resource string
	Conditional      bool
}

// Parse reads identity policies. Whatever it does not understand is an error.
func Parse(documents ...string) (*Policies, error) {
	p := &Policies{}
	for i, document := range documents {
		statements, err := read(document, identity)
		if err != nil {
			return nil, fmt.Errorf("read policy %d of %d: %w", i+1, len(documents), err)
		}
		p.statements = slices.Concat(p.statements, statements)
	}
	return p, nil
}

// Allows tells whether the policies allow a call: some statement has to, and none may deny it. A request that is not one
// concrete call is an error.
func (p *Policies) Allows(r Request) (bool, error) {
	if !concreteAction.MatchString(r.Action) {
		return false, fmt.Errorf("%q is no action: write service:Action", r.Action)
	}
	if r.Resource != "*" && (!isARN(r.Resource) || strings.ContainsAny(r.Resource, "*?")) {
		return false, fmt.Errorf("%q is no resource: write the ARN of one, or * for none", r.Resource)
	}
	return judge(p.statements, r.Context, func(s statement) bool {
		return slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, r.Action) }) &&
			slices.ContainsFunc(s.resources, func(pattern string) bool { return resourceMatches(pattern, r.Resource) })
	}), nil
}

// Grants lists what the Allow statements grant, patterns as they are written. Statements that deny are left out.
func (p *Policies) Grants() []Grant {
	var all []Grant
	for _, s := range p.statements {
		if s.deny {
			continue
		}
		for _, action := range s.actions {
			for _, resource := range s.resources {
				all = append(all, Grant{Action: action, Resource: resource, Conditional: len(s.conditions) > 0})
			}
		}
	}
	return all
}

// Trusts tells whether a trust policy lets an AWS service, such as ecs-tasks.amazonaws.com, assume the role in a context.
func Trusts(document, service string, context map[string]string) (bool, error) {
	if service == "" {
		return false, errors.New("the service has no name")
	}
	statements, err := read(document, trust)
	if err != nil {
		return false, fmt.Errorf("read trust policy: %w", err)
	}
	return judge(statements, context, func(s statement) bool {
		return slices.Contains(s.principals, service) &&
			slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, "sts:AssumeRole") })
	}), nil
}

// Federates tells whether a trust policy lets an identity provider, by its ARN, hand out the role in a context: what its
// token says.
func Federates(document, provider string, context map[string]string) (bool, error) {
	if !isARN(provider) || strings.ContainsAny(provider, "*?") {
		return false, fmt.Errorf("%q is no identity provider: write its ARN", provider)
	}
	statements, err := read(document, federation)
	if err != nil {
		return false, fmt.Errorf("read trust policy: %w", err)
	}
	return judge(statements, context, func(s statement) bool {
		return slices.Contains(s.principals, provider) &&
			slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, "sts:AssumeRoleWithWebIdentity") })
	}), nil
}

// SourceRegion is the region for whose resources alone a service may take a role, as the condition aws:SourceArn of its
// trust policy says. It is "" when the policy names none, or several, or is not understood.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_condition-keys.html#condition-keys-sourcearn
func SourceRegion(document string) string {
	statements, err := read(document, trust)
	if err != nil {
		return ""
	}
	region := statements[0].sourceRegion()
	if slices.ContainsFunc(statements, func(s statement) bool { return s.sourceRegion() != region }) {
		return ""
	}
	return region
}

// sourceRegion is that of a statement's only aws:SourceArn.
func (s statement) sourceRegion() string {
	var arns []string
	for _, c := range s.conditions {
		if strings.EqualFold(c.key, "aws:SourceArn") {
			arns = append(arns, c.values...)
		}
	}
	if len(arns) != 1 || !isARN(arns[0]) {
		return ""
	}
	region := strings.SplitN(arns[0], ":", arnParts)[3]
	if strings.ContainsAny(region, "*?") {
		return ""
	}
	return region
}

// judge looks at the statements that are about a request. One that denies wins over all that allow.
func judge(statements []statement, context map[string]string, about func(statement) bool) bool {
	allowed := false
	for _, s := range statements {
		if !about(s) || !holds(s.conditions, context) {
			continue
		}
		if s.deny {
			return false
		}
		allowed = true
	}
	return allowed
}
