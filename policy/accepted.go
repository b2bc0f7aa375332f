package policy

import (
	"errors"
	"fmt"
	"os"
	"path"
	"slices"
	"strings"

	"threa-infra/internal/resources"
)

// Finding is a violation that a rule reports.
type Finding struct {
	Rule     string
	Resource string // its logical name in the program
	Message  string
}

// Accepted lists findings of a tool that stay open on purpose: each of the rules on each of the resources. Both are
// patterns of path.Match.
type Accepted struct {
	Tool      string
	Rules     []string
	Resources []string
	Reason    string
}

// ReadAccepted reads a file with a list of accepted findings.
func ReadAccepted(file string) ([]Accepted, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read accepted findings: %w", err)
	}
	var accepted []Accepted
	if err := resources.Decode(text, &accepted); err != nil {
		return nil, fmt.Errorf("read %s: %w", file, err)
	}
	for i, entry := range accepted {
		if entry.Tool == "" || len(entry.Rules) == 0 || len(entry.Resources) == 0 || entry.Reason == "" {
			return nil, fmt.Errorf("read %s: entry %d needs tool, rules, resources and reason", file, i+1)
		}
		for _, pattern := range slices.Concat(entry.Rules, entry.Resources) {
			if _, err := path.Match(pattern, ""); err != nil {
				return nil, fmt.Errorf("read %s: entry %d: %q: %w", file, i+1, pattern, err)
			}
		}
	}
	return accepted, nil
}

// Check compares the findings of a tool with the accepted ones. Its error lists the findings that are not accepted, and
// the accepted findings that the tool does not report.
func Check(accepted []Accepted, tool string, findings []Finding) error {
	var problems []string
	for _, f := range findings {
		if !slices.ContainsFunc(accepted, func(a Accepted) bool { return a.Tool == tool && a.covers(f) }) {
			problems = append(problems, fmt.Sprintf(
				"%s: %s on %s: %s: fix it, or accept it in policy/accepted.yaml with a reason", tool, f.Rule, f.Resource,
				f.Message))
		}
	}
	for _, single := range singles(accepted, tool) {
		if !slices.ContainsFunc(findings, single.covers) {
			problems = append(problems, fmt.Sprintf("%s: %s on %s is no longer reported: remove it from policy/accepted.yaml",
				tool, single.Rules[0], single.Resources[0]))
		}
	}
	slices.Sort(problems)
	var errs []error
	for _, problem := range slices.Compact(problems) {
		errs = append(errs, errors.New(problem))
	}
	return errors.Join(errs...)
}

// singles splits the accepted findings of a tool into single pairs of a rule and a resource.
func singles(accepted []Accepted, tool string) []Accepted {
	var split []Accepted
	for _, a := range accepted {
		if a.Tool != tool {
			continue
		}
		for _, rule := range a.Rules {
			for _, resource := range a.Resources {
				split = append(split, Accepted{Rules: []string{rule}, Resources: []string{resource}})
			}
		}
	}
	return split
}

func (a Accepted) covers(f Finding) bool {
	return slices.ContainsFunc(a.Rules, func(pattern string) bool { return matches(pattern, f.Rule) }) &&
		slices.ContainsFunc(a.Resources, func(pattern string) bool { return matches(pattern, f.Resource) })
}

// matches takes a pattern that ReadAccepted has checked. Unlike in a path, * also matches slashes.
func matches(pattern, text string) bool {
	ok, err := path.Match(strings.ReplaceAll(pattern, "/", "|"), strings.ReplaceAll(text, "/", "|"))
	return ok && err == nil
}
