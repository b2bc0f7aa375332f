package states

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
)

// Parse reads a definition. A field that this package does not know is an error, as is everything that Validate refuses.
func Parse(definition string) (Machine, error) {
	var m Machine
	decoder := json.NewDecoder(bytes.NewReader([]byte(definition)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&m); err != nil {
		return Machine{}, fmt.Errorf("read state machine: %w", err)
	}
	return m, m.Validate()
}

// fields are what each type of state may have besides comment and type.
var fields = map[string][]string{
	Task:    {"Next", "End", "Output", "Assign", "Resource", "Arguments", "TimeoutSeconds", "Retry", "Catch"},
	Choice:  {"Output", "Assign", "Choices", "Default"},
	Pass:    {"Next", "End", "Output", "Assign"},
	Wait:    {"Next", "End", "Output", "Assign", "Seconds"},
	Succeed: {"Output"},
	Fail:    {"Error", "Cause"},
}

// Validate tells everything that is wrong with a machine: states that nothing leads to or that are missing, fields that a
// type does not have, a way that does not end.
func (m Machine) Validate() error {
	var problems []error
	if m.QueryLanguage != JSONata {
		problems = append(problems, fmt.Errorf("QueryLanguage is %q, not %s", m.QueryLanguage, JSONata))
	}
	reached := []string{m.StartAt}
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		state := m.States[name]
		reached = append(reached, state.successors()...)
		for _, err := range state.problems() {
			problems = append(problems, fmt.Errorf("state %s: %w", name, err))
		}
	}
	for _, name := range reached {
		if _, there := m.States[name]; !there {
			problems = append(problems, fmt.Errorf("there is no state %q to go to", name))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(m.States)) {
		if !slices.Contains(reached, name) {
			problems = append(problems, fmt.Errorf("state %s: nothing leads to it", name))
		}
	}
	return errors.Join(problems...)
}

func (s State) successors() []string {
	var all []string
	for _, name := range []string{s.Next, s.Default} {
		if name != "" {
			all = append(all, name)
		}
	}
	for _, rule := range s.Choices {
		all = append(all, rule.Next)
	}
	for _, catcher := range s.Catch {
		all = append(all, catcher.Next)
	}
	return all
}

func (s State) problems() []error {
	allowed, known := fields[s.Type]
	if !known {
		return []error{fmt.Errorf("the type %q is not known here", s.Type)}
	}
	var problems []error
	for _, field := range s.fields() {
		if !slices.Contains(allowed, field) {
			problems = append(problems, fmt.Errorf("%s states have no %s", s.Type, field))
		}
	}
	if slices.Contains(allowed, "End") && s.End == (s.Next != "") {
		problems = append(problems, errors.New("it needs either End or Next"))
	}
	switch s.Type {
	case Task:
		if _, _, err := Call(s.Resource); err != nil {
			problems = append(problems, err)
		}
		for _, retrier := range s.Retry {
			problems = append(problems, errorNames(retrier.ErrorEquals)...)
		}
		for _, catcher := range s.Catch {
			problems = append(problems, errorNames(catcher.ErrorEquals)...)
		}
	case Choice:
		if len(s.Choices) == 0 {
			problems = append(problems, errors.New("it has no choices"))
		}
	case Wait:
		if s.Seconds == nil {
			problems = append(problems, errors.New("it does not say how many seconds"))
		}
	}
	return problems
}

func errorNames(names []string) []error {
	if len(names) == 0 || slices.Contains(names, AnyError) && len(names) > 1 {
		return []error{fmt.Errorf("ErrorEquals is %q: it names errors, or %s alone", names, AnyError)}
	}
	return nil
}

// fields are the names of those that are set, as a definition spells them.
func (s State) fields() []string {
	text, err := json.Marshal(s)
	var set map[string]any
	if err == nil {
		err = json.Unmarshal(text, &set)
	}
	if err != nil {
		return nil // what cannot be written is an error where it is written
	}
	delete(set, "Type")
	delete(set, "Comment")
	return slices.Sorted(maps.Keys(set))
}
