package iamtest

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Policies are the identity policies of a role. They apply together.
type Policies struct {
	statements []statement
}

// Request is a call of an AWS API.
type Request struct {
	Action   string            // service:Action, without wildcards
	Resource string            // ARN, or * for an action without a resource
	Context  map[string]string // all condition keys of the request; case-insensitive
}

// Grant is a pair of an action and a resource that an Allow statement has, as written there.
type Grant struct {
	Action, Resource string
	Conditional      bool
}

// Parse reads identity policies. Anything that it does not support is an error.
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

// Allows reports whether the policies allow a call: a statement allows it, and none denies it. A request with wildcards is
// an error.
func (p *Policies) Allows(r Request) (bool, error) {
	if !concreteAction.MatchString(r.Action) {
		return false, fmt.Errorf("%q is not an action: write service:Action", r.Action)
	}
	if r.Resource != "*" && (!isARN(r.Resource) || strings.ContainsAny(r.Resource, "*?")) {
		return false, fmt.Errorf("%q is not a resource: write its ARN, or * for none", r.Resource)
	}
	return evaluate(p.statements, r.Context, func(s statement) bool {
		return slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, r.Action) }) &&
			slices.ContainsFunc(s.resources, func(pattern string) bool { return resourceMatches(pattern, r.Resource) })
	}), nil
}

// Grants returns what the Allow statements grant, with patterns as written. It ignores Deny statements.
func (p *Policies) Grants() []Grant {
	var grants []Grant
	for _, s := range p.statements {
		if s.deny {
			continue
		}
		for _, action := range s.actions {
			for _, resource := range s.resources {
				grants = append(grants, Grant{Action: action, Resource: resource, Conditional: len(s.conditions) > 0})
			}
		}
	}
	return grants
}

// Trusts reports whether a trust policy lets an AWS service, such as ecs-tasks.amazonaws.com, assume the role in a context.
func Trusts(document, service string, context map[string]string) (bool, error) {
	if service == "" {
		return false, errors.New("the service has no name")
	}
	statements, err := read(document, trust)
	if err != nil {
		return false, fmt.Errorf("read trust policy: %w", err)
	}
	return evaluate(statements, context, func(s statement) bool {
		return slices.Contains(s.principals, service) &&
			slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, "sts:AssumeRole") })
	}), nil
}

// Federates reports whether a trust policy lets an identity provider, by its ARN, assume the role with a token. context has
// the claims of the token.
func Federates(document, provider string, context map[string]string) (bool, error) {
	if !isARN(provider) || strings.ContainsAny(provider, "*?") {
		return false, fmt.Errorf("%q is not an identity provider: write its ARN", provider)
	}
	statements, err := read(document, federation)
	if err != nil {
		return false, fmt.Errorf("read trust policy: %w", err)
	}
	return evaluate(statements, context, func(s statement) bool {
		return slices.Contains(s.principals, provider) &&
			slices.ContainsFunc(s.actions, func(pattern string) bool { return actionMatches(pattern, "sts:AssumeRoleWithWebIdentity") })
	}), nil
}

// evaluate applies the statements that match a request. One that denies overrides all that allow.
func evaluate(statements []statement, context map[string]string, matches func(statement) bool) bool {
	allowed := false
	for _, s := range statements {
		if !matches(s) || !holds(s.conditions, context) {
			continue
		}
		if s.deny {
			return false
		}
		allowed = true
	}
	return allowed
}
