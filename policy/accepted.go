package policy

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path"
	"slices"

	"gopkg.in/yaml.v3"
)

// Finding is what a rule says about a resource.
type Finding struct {
	Rule     string
	Resource string // its name in the program
	Message  string
}

// Accepted are the findings of a tool that stay open on purpose. Each of the rules has something to say about each of the
// resources; both are patterns of path.Match, in which * stands for any characters but a slash.
type Accepted struct {
	Tool      string
	Rules     []string
	Resources []string
	Reason    string
}

// Read reads a file with a list of accepted findings.
func Read(file string) ([]Accepted, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read the accepted findings: %w", err)
	}
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	var all []Accepted
	if err := decoder.Decode(&all); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	for i, one := range all {
		if one.Tool == "" || len(one.Rules) == 0 || len(one.Resources) == 0 || one.Reason == "" {
			return nil, fmt.Errorf("read %s: entry %d needs tool, rules, resources and reason", file, i+1)
		}
		for _, pattern := range slices.Concat(one.Rules, one.Resources) {
			if _, err := path.Match(pattern, ""); err != nil {
				return nil, fmt.Errorf("read %s: entry %d: %q: %w", file, i+1, pattern, err)
			}
		}
	}
	return all, nil
}

// Judge holds the findings of a tool against those that are accepted. Both a finding that is not accepted and an
// acceptance that nothing needs any more are errors; all of them are reported at once.
func Judge(accepted []Accepted, tool string, findings []Finding) error {
	accepted = slices.DeleteFunc(slices.Clone(accepted), func(a Accepted) bool { return a.Tool != tool })
	reported := map[string]error{}
	for _, f := range findings {
		if !slices.ContainsFunc(accepted, func(a Accepted) bool { return a.covers(f) }) {
			key := f.Rule + " " + f.Resource
			reported[key] = fmt.Errorf("%s: %s on %s: %s: mend it, or accept it in policy/accepted.yaml with the reason",
				tool, f.Rule, f.Resource, f.Message)
		}
	}
	for _, a := range accepted {
		for _, rule := range a.Rules {
			for _, resource := range a.Resources {
				one := Accepted{Rules: []string{rule}, Resources: []string{resource}}
				if !slices.ContainsFunc(findings, one.covers) {
					reported[rule+" "+resource] = fmt.Errorf("%s: %s on %s is not found any more: take it out of policy/accepted.yaml",
						tool, rule, resource)
				}
			}
		}
	}
	return joined(reported)
}

func (a Accepted) covers(f Finding) bool {
	return slices.ContainsFunc(a.Rules, func(p string) bool { return matches(p, f.Rule) }) &&
		slices.ContainsFunc(a.Resources, func(p string) bool { return matches(p, f.Resource) })
}

// matches takes a pattern that Read has checked.
func matches(pattern, text string) bool {
	ok, err := path.Match(pattern, text)
	return ok && err == nil
}

func joined(reported map[string]error) error {
	var all []error
	for _, key := range sortedKeys(reported) {
		all = append(all, reported[key])
	}
	return errors.Join(all...)
}
