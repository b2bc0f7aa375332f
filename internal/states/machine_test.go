package states

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func machine(change func(map[string]State)) Machine {
	all := map[string]State{
		"Ask":    {Type: Task, Resource: SDK("ecs", "describeServices"), Next: "Enough"},
		"Enough": {Type: Choice, Choices: []Rule{{Condition: Expression("$states.input.n > 1"), Next: "Done"}}, Default: "Rest"},
		"Rest":   {Type: Wait, Seconds: 30, Next: "Ask"},
		"Done":   {Type: Succeed},
	}
	if change != nil {
		change(all)
	}
	return Machine{QueryLanguage: JSONata, StartAt: "Ask", States: all}
}

func TestAMachineReadsBackAsItWasWritten(t *testing.T) {
	text, err := machine(nil).Definition()
	require.NoError(t, err)
	back, err := Parse(text)
	require.NoError(t, err)
	again, err := back.Definition()
	require.NoError(t, err)
	assert.Equal(t, text, again)
	assert.Contains(t, text, `"Condition":"{% $states.input.n \u003e 1 %}"`)
}

func TestAMachineThatStepFunctionsWouldRefuseIsNotWritten(t *testing.T) {
	for problem, change := range map[string]func(map[string]State){
		`there is no state "Nowhere" to go to`:    func(s map[string]State) { s["Rest"] = State{Type: Wait, Seconds: 1, Next: "Nowhere"} },
		"state Lost: nothing leads to it":         func(s map[string]State) { s["Lost"] = State{Type: Succeed} },
		"Wait states have no Arguments":           func(s map[string]State) { s["Rest"] = State{Type: Wait, Seconds: 1, Arguments: 1, Next: "Ask"} },
		"state Rest: it needs either End or Next": func(s map[string]State) { s["Rest"] = State{Type: Wait, Seconds: 1} },
		"it does not say how many seconds":        func(s map[string]State) { s["Rest"] = State{Type: Wait, Next: "Ask"} },
		`the type "Parallel" is not known here`:   func(s map[string]State) { s["Done"] = State{Type: "Parallel"} },
		"is no plain call of the AWS SDK": func(s map[string]State) {
			s["Ask"] = State{Type: Task, Resource: "arn:aws:states:::ecs:runTask.sync", Next: "Enough"}
		},
		"it names errors, or States.ALL alone": func(s map[string]State) {
			s["Ask"] = State{Type: Task, Resource: SDK("ecs", "x"), Next: "Enough", Retry: []Retrier{{}}}
		},
		"state Enough: it has no choices": func(s map[string]State) {
			s["Enough"] = State{Type: Choice, Default: "Rest"}
			s["Ask"] = State{Type: Pass, Next: "Done"}
			s["Done"] = State{Type: Pass, Next: "Enough"}
		},
	} {
		_, err := machine(change).Definition()
		assert.ErrorContains(t, err, problem)
	}
	paths := machine(nil)
	paths.QueryLanguage = "JSONPath"
	require.ErrorContains(t, paths.Validate(), `QueryLanguage is "JSONPath"`)
}

func TestADefinitionWithAFieldThatNobodyKnowsIsNotRead(t *testing.T) {
	text, err := machine(nil).Definition()
	require.NoError(t, err)
	_, err = Parse(strings.Replace(text, `"Seconds"`, `"SecondsPath"`, 1))
	require.ErrorContains(t, err, "SecondsPath")
}
