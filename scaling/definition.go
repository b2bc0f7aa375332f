package scaling

import "threa-infra/internal/states"

// The parts of a state machine, by their short names.
type (
	definition = states.Machine
	state      = states.State
	choice     = states.Rule
	retry      = states.Retrier
	catch      = states.Catcher
)

func machineOf(comment, startAt string, all map[string]state) definition {
	return definition{Comment: comment, QueryLanguage: states.JSONata, StartAt: startAt, States: all}
}

// task calls an action of an AWS API, and goes on to a state or, without one, ends there.
func task(service, action string, arguments map[string]any, next string) state {
	return state{Type: states.Task, Resource: states.SDK(service, action), Arguments: arguments, Next: next, End: next == ""}
}

// choose goes on where the first condition holds, otherwise to the state that is named last.
func choose(otherwise string, choices ...choice) state {
	return state{Type: states.Choice, Choices: choices, Default: otherwise}
}

// wait is in seconds.
func wait(seconds int, next string) state {
	return state{Type: states.Wait, Seconds: seconds, Next: next}
}

// expression is JSONata where AWS expects a value.
func expression(jsonata string) string { return states.Expression(jsonata) }
