// Package asltest executes a state machine in tests, with a JSONata engine in place of Step Functions and a function in
// place of AWS. It knows the states and fields that this project's machine uses and refuses others, and neither repeats
// calls nor checks permissions.
package asltest

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"strings"

	"github.com/blues/jsonata-go"
)

// Machine is the definition of a state machine.
type Machine struct {
	Comment, QueryLanguage, StartAt string
	TimeoutSeconds                  int
	States                          map[string]State
}

// State is one state of any type. Arguments, Output and Assign may hold expressions.
type State struct {
	Comment, Type, Resource, Next, Default string
	Seconds                                int
	Arguments, Assign                      map[string]any
	Output                                 any
	Choices                                []struct{ Condition, Next string }
	Retry                                  []any
}

// Call is a call of an AWS API.
type Call struct {
	Service, Action string
	Arguments       map[string]any
}

// Execution is what a machine did.
type Execution struct {
	Passed        []string // names of states
	Calls         []Call
	WaitedSeconds int
	Output        any
}

// Environment takes the place of AWS.
type Environment struct {
	// AWS answers a call with the names that Step Functions gives to its fields. Required.
	AWS func(Call) (any, error)
	// Waiting is called in place of a wait. Default: nothing.
	Waiting func(seconds int)
}

// Parse reads a definition.
func Parse(definition string) (*Machine, error) {
	m := &Machine{}
	decoder := json.NewDecoder(strings.NewReader(definition))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(m); err != nil {
		return nil, fmt.Errorf("read state machine: %w", err)
	}
	return m, nil
}

// Run executes the machine with an event as its input.
func (m *Machine) Run(event any, env Environment) (*Execution, error) {
	done, variables := &Execution{Output: event}, map[string]any{}
	for name := m.StartAt; name != ""; {
		state, exists := m.States[name]
		if !exists {
			return nil, fmt.Errorf("state %q does not exist", name)
		}
		done.Passed = append(done.Passed, name)
		next, err := state.run(done, variables, env)
		if err != nil {
			return nil, fmt.Errorf("state %s: %w", name, err)
		}
		name = next
	}
	return done, nil
}

func (s *State) run(done *Execution, variables map[string]any, env Environment) (next string, err error) {
	states := map[string]any{"input": done.Output}
	scope := maps.Clone(variables)
	scope["states"] = states
	next = s.Next
	switch s.Type {
	case "Pass", "Succeed":
	case "Wait":
		done.WaitedSeconds += s.Seconds
		if env.Waiting != nil {
			env.Waiting(s.Seconds)
		}
	case "Task":
		result, err := s.call(done, scope, env)
		if err != nil {
			return "", err
		}
		states["result"] = result
		if s.Output == nil {
			done.Output = result
		}
	case "Choice":
		if next, err = s.choose(scope); err != nil {
			return "", err
		}
	default:
		return "", fmt.Errorf("unknown type %q", s.Type)
	}
	if s.Output != nil {
		if done.Output, err = fill(s.Output, scope); err != nil {
			return "", err
		}
	}
	assigned, err := fill(s.Assign, scope)
	if err != nil {
		return "", err
	}
	maps.Copy(variables, assigned.(map[string]any))
	return next, nil
}

func (s *State) call(done *Execution, scope map[string]any, env Environment) (any, error) {
	const prefix = "arn:aws:states:::aws-sdk:"
	service, action, isCall := strings.Cut(strings.TrimPrefix(s.Resource, prefix), ":")
	if !isCall || !strings.HasPrefix(s.Resource, prefix) {
		return nil, fmt.Errorf("%s is not a call of the AWS SDK", s.Resource)
	}
	arguments, err := fill(s.Arguments, scope)
	if err != nil {
		return nil, err
	}
	call := Call{service, action, arguments.(map[string]any)}
	done.Calls = append(done.Calls, call)
	result, err := env.AWS(call)
	if err != nil {
		return nil, err
	}
	return plain(result)
}

func (s *State) choose(scope map[string]any) (next string, err error) {
	for _, choice := range s.Choices {
		holds, err := fill(choice.Condition, scope)
		if err != nil {
			return "", err
		}
		if holds == true {
			return choice.Next, nil
		}
	}
	return s.Default, nil
}

// fill evaluates the expressions of a template.
func fill(template any, scope map[string]any) (any, error) {
	switch t := template.(type) {
	case string:
		expression, isExpression := strings.CutPrefix(t, "{%")
		if !isExpression {
			return t, nil
		}
		return evaluate(strings.TrimSuffix(expression, "%}"), scope)
	case []any:
		list := make([]any, len(t))
		for i, part := range t {
			value, err := fill(part, scope)
			if err != nil {
				return nil, err
			}
			list[i] = value
		}
		return list, nil
	case map[string]any:
		object := map[string]any{}
		for key, part := range t {
			value, err := fill(part, scope)
			if err != nil {
				return nil, err
			}
			object[key] = value
		}
		return object, nil
	}
	return template, nil
}

func evaluate(expression string, scope map[string]any) (any, error) {
	compiled, err := jsonata.Compile(expression)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", expression, err)
	}
	if err := compiled.RegisterVars(scope); err != nil {
		return nil, fmt.Errorf("set variables: %w", err)
	}
	value, err := compiled.Eval(nil)
	if errors.Is(err, jsonata.ErrUndefined) {
		return nil, fmt.Errorf("%s has no value", expression)
	}
	if err != nil {
		return nil, fmt.Errorf("evaluate %s: %w", expression, err)
	}
	return plain(value)
}

// plain turns a value into what encoding/json makes of it.
func plain(value any) (any, error) {
	text, err := json.Marshal(value)
	if err != nil {
		return nil, fmt.Errorf("write value: %w", err)
	}
	var out any
	err = json.Unmarshal(text, &out)
	return out, err
}
