package scaling

// definition is a state machine whose expressions are JSONata, each between {% and %}. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/statemachine-structure.html
type definition struct {
	Comment       string           `json:"Comment"`
	QueryLanguage string           `json:"QueryLanguage"`
	StartAt       string           `json:"StartAt"`
	States        map[string]state `json:"States"`
}

// state is one state; its kind decides which fields it has. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/workflow-states.html
type state struct {
	Type string `json:"Type"`

	// Task
	Resource  string         `json:"Resource,omitempty"`
	Arguments map[string]any `json:"Arguments,omitempty"`
	Retry     []retry        `json:"Retry,omitempty"`
	Catch     []catch        `json:"Catch,omitempty"`
	// Task and Pass
	Assign map[string]any `json:"Assign,omitempty"`
	Output any            `json:"Output,omitempty"`
	// Choice
	Choices []choice `json:"Choices,omitempty"`
	Default string   `json:"Default,omitempty"`
	// Wait
	Seconds int `json:"Seconds,omitempty"`
	// Fail
	Error string `json:"Error,omitempty"`
	Cause string `json:"Cause,omitempty"`

	Next string `json:"Next,omitempty"`
	End  bool   `json:"End,omitempty"`
}

type choice struct {
	Condition string `json:"Condition"`
	Next      string `json:"Next"`
}

// retry repeats a task that failed with one of these errors. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/concepts-error-handling.html
type retry struct {
	ErrorEquals     []string `json:"ErrorEquals"`
	IntervalSeconds int      `json:"IntervalSeconds"`
	MaxAttempts     int      `json:"MaxAttempts"`
	BackoffRate     float64  `json:"BackoffRate"`
}

type catch struct {
	ErrorEquals []string `json:"ErrorEquals"`
	Next        string   `json:"Next"`
}

func machineOf(comment, startAt string, states map[string]state) definition {
	return definition{Comment: comment, QueryLanguage: "JSONata", StartAt: startAt, States: states}
}

// task calls an action of an AWS API. The service and the action are spelt as in the AWS SDK for Java, arguments with a
// capital letter. Source: https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
func task(service, action string, arguments map[string]any, next string) state {
	s := state{Type: "Task", Resource: "arn:aws:states:::aws-sdk:" + service + ":" + action, Arguments: arguments, Next: next}
	if next == "" {
		s.End = true
	}
	return s
}

// choose goes on where the first condition holds, otherwise to the state that is named last.
func choose(otherwise string, choices ...choice) state {
	return state{Type: "Choice", Choices: choices, Default: otherwise}
}

// wait is in seconds.
func wait(seconds int, next string) state {
	return state{Type: "Wait", Seconds: seconds, Next: next}
}

// expression is JSONata where AWS expects a value.
func expression(jsonata string) string { return "{% " + jsonata + " %}" }
