package deployrole

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/iampolicy"
)

// Size is how long a managed policy may be, in characters, and Policies how many a role may have unless AWS was asked for
// more. Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const (
	Size     = 6144
	Policies = 10
)

// Scope is what the roles are for.
type Scope struct {
	Account, Region string
	Name            string // prefix of the AWS names of one stack
	Bucket          string // of Pulumi's state; empty where the state is elsewhere
	Key             string // ARN of the key that encrypts the secrets in it; empty for a passphrase
}

// Covered are the types and functions that the roles can work with, by their Pulumi tokens.
func Covered() []string { return slices.Sorted(maps.Keys(types)) }

// Deploy is what the role may do that previews, deploys and destroys: as few managed policies as possible, each of them
// short enough.
func Deploy(s Scope) ([]string, error) { return s.policies(func(right) bool { return true }) }

// Preview is what the role may do that only looks.
func Preview(s Scope) ([]string, error) { return s.policies(func(r right) bool { return !r.writes }) }

func (s Scope) policies(wanted func(right) bool) ([]string, error) {
	if s.Account == "" || s.Region == "" || s.Name == "" {
		return nil, errors.New("the roles need an account, a region and the name of a stack")
	}
	all := slices.Concat(flat(types), flat(duties), state)
	return split(s.statements(slices.DeleteFunc(all, func(r right) bool { return !wanted(r) })))
}

func flat(table map[string][]right) []right {
	var all []right
	for _, key := range slices.Sorted(maps.Keys(table)) {
		all = append(all, table[key]...)
	}
	return all
}

// statements grants each action once: first everything that is about the same resource, then everything that is about
// the same set of resources. An action that is granted on everything is granted on nothing else.
func (s Scope) statements(rights []right) []iampolicy.Statement {
	type place struct{ resource, condition string }
	on := map[string]map[place]bool{} // by action
	conditions := map[string]iampolicy.Condition{}
	for _, r := range rights {
		condition := fmt.Sprint(r.condition)
		conditions[condition] = r.condition
		for _, action := range r.actions {
			action = r.service + ":" + action
			if on[action] == nil {
				on[action] = map[place]bool{}
			}
			for _, resource := range s.resources(r) {
				on[action][place{resource, condition}] = true
			}
		}
	}
	byPlaces := map[string][]string{} // actions by the condition and the resources
	for action, places := range on {
		grouped := map[string][]string{}
		for one := range places {
			grouped[one.condition] = append(grouped[one.condition], one.resource)
		}
		for condition, resources := range grouped {
			slices.Sort(resources)
			if resources[0] == "*" {
				resources = resources[:1]
			}
			key := condition + "\n" + strings.Join(resources, "\n")
			byPlaces[key] = append(byPlaces[key], action)
		}
	}
	var all []iampolicy.Statement
	for _, key := range slices.Sorted(maps.Keys(byPlaces)) {
		parts := strings.Split(key, "\n")
		if len(parts) == 1 || parts[1] == "" {
			continue // there is no such resource: no bucket, no key
		}
		slices.Sort(byPlaces[key])
		statement := iampolicy.Allow(parts[1:], byPlaces[key]...)
		statement.Condition = conditions[parts[0]]
		all = append(all, statement)
	}
	return all
}

// resources are the ARNs of a right; none means everything.
func (s Scope) resources(r right) []string {
	if len(r.resources) == 0 {
		return iampolicy.Everything
	}
	var all []string
	for _, resource := range r.resources {
		if strings.Contains(resource, "{bucket}") && s.Bucket == "" || strings.Contains(resource, "{key}") && s.Key == "" {
			continue
		}
		all = append(all, strings.NewReplacer("{region}", s.Region, "{account}", s.Account, "{name}", s.Name,
			"{bucket}", s.Bucket, "{key}", s.Key).Replace(resource))
	}
	return all
}

// split spreads statements over policies in their order. Statements never have to be divided: the longest is far shorter
// than a policy may be.
func split(statements []iampolicy.Statement) ([]string, error) {
	var all []string
	var open []iampolicy.Statement
	for _, statement := range statements {
		text, err := write(append(slices.Clone(open), statement))
		if err != nil {
			return nil, err
		}
		if len(text) > Size && len(open) > 0 {
			full, err := write(open)
			if err != nil {
				return nil, err
			}
			all, open = append(all, full), nil
		}
		open = append(open, statement)
	}
	last, err := write(open)
	if err != nil {
		return nil, err
	}
	all = append(all, last)
	for _, text := range all {
		if len(text) > Size {
			return nil, fmt.Errorf("a statement is longer than the %d characters of a managed policy", Size)
		}
	}
	if len(all) > Policies {
		return nil, fmt.Errorf("%d managed policies are more than the %d that a role may have", len(all), Policies)
	}
	return all, nil
}

func write(statements []iampolicy.Statement) (string, error) {
	text, err := json.Marshal(iampolicy.New(statements...))
	if err != nil {
		return "", fmt.Errorf("write a policy: %w", err)
	}
	return string(text), nil
}

// DeployName and PreviewName are what the roles of a stack are called. The stack's name comes last: a role whose name
// began with it would be one that the stack's own policies let be changed.
func DeployName(stack string) string { return "deploy-" + stack }

// PreviewName is the name of the role that only looks.
func PreviewName(stack string) string { return "preview-" + stack }
