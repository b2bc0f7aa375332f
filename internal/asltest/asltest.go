// Package asltest executes a state machine in tests. A JSONata engine replaces Step Functions, and a function replaces
// AWS. The package supports only the states and fields of scaling/fallback.asl.json. It neither repeats calls nor
// checks permissions.
package asltest

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/blues/jsonata-go"
	"github.com/stretchr/testify/require"
)

// Object is a JSON object.
type Object = map[string]any

// Machine is the definition of a state machine.
type Machine struct {
	Comment, QueryLanguage, StartAt string
	TimeoutSeconds                  int
	States                          map[string]struct {
		Comment, Type, Resource, Next, Default string
		Seconds                                int
		Arguments, Assign                      Object
		Output                                 any
		Choices                                []struct{ Condition, Next string }
		Retry                                  []any
	}
}

// Call is a call of the AWS SDK. Action is such as ecs:updateService.
type Call struct {
	Action    string
	Arguments Object
}

// Execution is what a machine did.
type Execution struct {
	States []string
	Output any
}

// Parse reads a definition.
func Parse(t *testing.T, definition string) *Machine {
	t.Helper()
	m := &Machine{}
	decoder := json.NewDecoder(strings.NewReader(definition))
	decoder.DisallowUnknownFields()
	require.NoError(t, decoder.Decode(m))
	return m
}

// Run executes the machine with an event as its input. It calls wait, which may be nil, instead of waiting.
func (m *Machine) Run(t *testing.T, event any, aws func(Call) any, wait func(seconds int)) Execution {
	t.Helper()
	done, variables := Execution{Output: event}, Object{}
	for name := m.StartAt; name != ""; {
		s, exists := m.States[name]
		require.True(t, exists, name)
		done.States = append(done.States, name)
		states := Object{"input": done.Output}
		scope := maps.Clone(variables)
		scope["states"] = states
		name = s.Next
		switch s.Type {
		case "Wait":
			if wait != nil {
				wait(s.Seconds)
			}
		case "Task":
			call := Call{strings.TrimPrefix(s.Resource, "arn:aws:states:::aws-sdk:"), fill(t, s.Arguments, scope).(Object)}
			done.Output = plain(t, aws(call))
			states["result"] = done.Output
		case "Choice":
			name = s.Default
			for _, choice := range slices.Backward(s.Choices) {
				if fill(t, choice.Condition, scope) == true {
					name = choice.Next
				}
			}
		default:
			require.Contains(t, []string{"Pass", "Succeed"}, s.Type)
		}
		if s.Output != nil {
			done.Output = fill(t, s.Output, scope)
		}
		maps.Copy(variables, fill(t, s.Assign, scope).(Object))
	}
	return done
}

// fill evaluates the expressions of a template.
func fill(t *testing.T, template any, scope Object) any {
	t.Helper()
	switch value := template.(type) {
	case string:
		expression, isExpression := strings.CutPrefix(value, "{%")
		if !isExpression {
			return value
		}
		compiled, err := jsonata.Compile(strings.TrimSuffix(expression, "%}"))
		require.NoError(t, err, value)
		require.NoError(t, compiled.RegisterVars(scope))
		result, err := compiled.Eval(nil)
		require.NoError(t, err, value)
		return plain(t, result)
	case []any:
		list := make([]any, len(value))
		for i := range value {
			list[i] = fill(t, value[i], scope)
		}
		return list
	case Object:
		filled := Object{}
		for key := range value {
			filled[key] = fill(t, value[key], scope)
		}
		return filled
	}
	return template
}

// plain returns what encoding/json makes of a value.
func plain(t *testing.T, value any) (decoded any) {
	t.Helper()
	text, err := json.Marshal(value)
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &decoded))
	return decoded
}
