// Package iamtest evaluates IAM policies: whether they allow a call, and who may assume a role.
//
// It supports the part of the policy language that this project writes. Any other element, operator or pattern is an
// error. IAM's own simulator needs an AWS account. Sources:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html and
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
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

// Grant is a pair of an action and a resource in an Allow statement, as written there.
type Grant struct {
	Action, Resource string
}

// Parse reads identity policies.
func Parse(documents ...string) (*Policies, error) {
	p := &Policies{}
	for i, document := range documents {
		statements, err := read(document, identity)
		if err != nil {
			return nil, fmt.Errorf("read policy %d of %d: %w", i+1, len(documents), err)
		}
		p.statements = append(p.statements, statements...)
	}
	return p, nil
}

// Allows reports whether the policies allow a call: a statement allows it, and none denies it. A request with wildcards
// is an error.
func (p *Policies) Allows(r Request) (bool, error) {
	if !concreteAction.MatchString(r.Action) {
		return false, fmt.Errorf("%q is not an action: write service:Action", r.Action)
	}
	if r.Resource != "*" && (!isARN(r.Resource) || strings.ContainsAny(r.Resource, "*?")) {
		return false, fmt.Errorf("%q is not a resource: write its ARN, or * for none", r.Resource)
	}
	return evaluate(p.statements, r.Context, func(s statement) bool {
		return s.covers(r.Action) && s.reaches(r.Resource)
	}), nil
}

// Grants returns what the Allow statements grant, with patterns as written. It ignores Deny statements.
func (p *Policies) Grants() []Grant {
	var grants []Grant
	for _, s := range p.statements {
		if s.Effect == "Deny" {
			continue
		}
		for _, action := range s.Action {
			for _, resource := range s.Resource {
				grants = append(grants, Grant{Action: action, Resource: resource})
			}
		}
	}
	return grants
}

// Denies reports whether a bucket's policy denies a call to every principal. A policy that allows something is an
// error, because Policies does not consider it.
func Denies(document string, r Request) (bool, error) {
	statements, err := read(document, awsPrincipal)
	if err != nil {
		return false, fmt.Errorf("read bucket policy: %w", err)
	}
	for i, s := range statements {
		if s.Effect != "Deny" || !slices.Equal(s.Principal[string(awsPrincipal)], texts{"*"}) {
			return false, fmt.Errorf("statement %d of the bucket policy does not deny something to every principal", i+1)
		}
	}
	return slices.ContainsFunc(statements, func(s statement) bool {
		return s.covers(r.Action) && s.reaches(r.Resource) && s.holds(r.Context)
	}), nil
}

// Trusts reports whether a trust policy lets an AWS service, such as ecs-tasks.amazonaws.com, assume the role.
func Trusts(document, principal string, context map[string]string) (bool, error) {
	if principal == "" {
		return false, errors.New("the service has no name")
	}
	return assumes(document, service, principal, Request{Action: "sts:AssumeRole", Context: context})
}

// Federates reports whether a trust policy lets an identity provider, by its ARN, assume the role with a token. context
// has the claims of the token.
func Federates(document, provider string, context map[string]string) (bool, error) {
	if !isARN(provider) || strings.ContainsAny(provider, "*?") {
		return false, fmt.Errorf("%q is not an identity provider: write its ARN", provider)
	}
	return assumes(document, federation, provider,
		Request{Action: "sts:AssumeRoleWithWebIdentity", Context: context})
}

func assumes(document string, k kind, principal string, r Request) (bool, error) {
	statements, err := read(document, k)
	if err != nil {
		return false, fmt.Errorf("read trust policy: %w", err)
	}
	return evaluate(statements, r.Context, func(s statement) bool {
		return slices.Contains(s.Principal[string(k)], principal) && s.covers(r.Action)
	}), nil
}
