package toggles

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Step is one operation of the engine on one resource.
type Step struct {
	Op         string   // create, update, delete or replace
	Kind       string   // the type without provider and class, such as rds/instance
	Name       string   // the logical name
	Properties []string `json:",omitempty"` // that an update changes
}

// NewStep reads an operation of the engine; it is nil for one on a component or a provider, and for one that does nothing.
// The several operations of a replacement are one.
func NewStep(op, urn string, properties []string) *Step {
	of := resource.URN(urn)
	kind, aws := strings.CutPrefix(string(of.Type()), "aws:")
	if !aws || op == "same" || op == "read" {
		return nil
	}
	if strings.Contains(op, "replace") {
		op = "replace"
	}
	if op != "update" {
		properties = nil
	}
	return &Step{op, kind[:strings.LastIndex(kind, ":")], of.Name(), slices.Sorted(slices.Values(properties))}
}

// Outcome is what came of a move.
type Outcome struct {
	Refused bool   `json:",omitempty"` // unless confirmReplacement says otherwise, if there are steps
	Steps   []Step `json:",omitempty"`
}

// Words say what happens, and what is away meanwhile, as two cells of the table. A step that no rule knows is an error.
func (o Outcome) Words() (string, error) {
	var does, away []string
	for _, step := range o.Steps {
		effects, err := step.effects()
		if err != nil {
			return "", err
		}
		for _, effect := range effects {
			does, away = add(does, effect.Does), add(away, effect.Away)
		}
	}
	slices.Sort(does)
	slices.Sort(away)
	cells := cell(does, "in place") + " | " + cell(away, "–")
	switch {
	case o.Refused && len(o.Steps) == 0:
		return "refused | –", nil
	case o.Refused:
		return "refused; with `confirmReplacement`: " + cells, nil
	case len(o.Steps) == 0:
		return "nothing: it concerns what comes later | –", nil
	}
	return cells, nil
}

func cell(list []string, otherwise string) string {
	if len(list) == 0 {
		return otherwise
	}
	return strings.Join(list, "; ")
}

func add(list []string, text string) []string {
	if text == "" || slices.Contains(list, text) {
		return list
	}
	return append(list, text)
}

func (s Step) effects() ([]Effect, error) {
	if s.Op != "update" {
		for _, key := range []string{s.Op + " " + s.Name, s.Op + " " + s.Kind} {
			if effect, known := others[key]; known {
				return []Effect{effect}, nil
			}
		}
		if slices.Contains(small, s.Kind) && s.Op != "replace" {
			return nil, nil
		}
		return nil, fmt.Errorf("no rule says what it does to %s %s (%s): add one to effects.go", s.Op, s.Kind, s.Name)
	}
	var all []Effect
	for _, property := range s.Properties {
		effect, known := updates[s.Kind][property]
		if !known {
			effect, known = updates[s.Kind]["*"]
		}
		if !known {
			return nil, fmt.Errorf("no rule says what a change of %s of %s (%s) does: add one to effects.go", property, s.Kind, s.Name)
		}
		all = append(all, effect)
	}
	return all, nil
}
