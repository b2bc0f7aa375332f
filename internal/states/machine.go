package states

import (
	"encoding/json"
	"fmt"
	"strings"
)

// JSONata is the one query language of these machines.
const JSONata = "JSONata"

// The types of states.
const (
	Task    = "Task"    // calls an AWS API
	Choice  = "Choice"  // goes on where the first condition holds
	Pass    = "Pass"    // calculates
	Wait    = "Wait"    // lets time pass
	Succeed = "Succeed" // ends well
	Fail    = "Fail"    // ends with an error
)

// Machine is the definition of a state machine.
type Machine struct {
	Comment        string           `json:"Comment,omitempty"`
	QueryLanguage  string           `json:"QueryLanguage"`
	StartAt        string           `json:"StartAt"`
	TimeoutSeconds int              `json:"TimeoutSeconds,omitempty"` // of a whole execution
	States         map[string]State `json:"States"`
}

// State is one state of any type; the fields that a type does not have stay empty. A value of Arguments, Output, Assign,
// Seconds, Error and Cause may be, or hold, expressions: strings that Expression has written.
type State struct {
	Comment string `json:"Comment,omitempty"`
	Type    string `json:"Type"`
	Next    string `json:"Next,omitempty"`
	End     bool   `json:"End,omitempty"`

	Output any            `json:"Output,omitempty"`
	Assign map[string]any `json:"Assign,omitempty"` // variables, which every later state sees

	Resource       string    `json:"Resource,omitempty"`
	Arguments      any       `json:"Arguments,omitempty"`
	TimeoutSeconds int       `json:"TimeoutSeconds,omitempty"`
	Retry          []Retrier `json:"Retry,omitempty"`
	Catch          []Catcher `json:"Catch,omitempty"`

	Choices []Rule `json:"Choices,omitempty"`
	Default string `json:"Default,omitempty"`

	Seconds any `json:"Seconds,omitempty"`

	Error string `json:"Error,omitempty"`
	Cause string `json:"Cause,omitempty"`
}

// Rule is one way out of a choice.
type Rule struct {
	Condition string         `json:"Condition"`
	Next      string         `json:"Next"`
	Output    any            `json:"Output,omitempty"`
	Assign    map[string]any `json:"Assign,omitempty"`
}

// Retrier repeats a call that failed with one of some errors. Where a number is zero Step Functions takes 1 second,
// 3 attempts and the factor 2.
type Retrier struct {
	ErrorEquals     []string `json:"ErrorEquals"`
	IntervalSeconds int      `json:"IntervalSeconds,omitempty"`
	MaxAttempts     int      `json:"MaxAttempts,omitempty"`
	BackoffRate     float64  `json:"BackoffRate,omitempty"`
	MaxDelaySeconds int      `json:"MaxDelaySeconds,omitempty"`
}

// Catcher goes on elsewhere after a call that failed with one of some errors.
type Catcher struct {
	ErrorEquals []string       `json:"ErrorEquals"`
	Next        string         `json:"Next"`
	Output      any            `json:"Output,omitempty"`
	Assign      map[string]any `json:"Assign,omitempty"`
}

// Errors that stand for others.
const (
	AnyError   = "States.ALL"
	TaskFailed = "States.TaskFailed" // any of a call but that it took too long
	TimedOut   = "States.Timeout"
)

// Expression writes JSONata where a definition may hold it.
func Expression(jsonata string) string { return "{% " + jsonata + " %}" }

// SDK is the resource of a call of the AWS SDK, such as SDK("ecs", "describeServices"). Arguments and answers then have
// the names of the SDK for Java with a capital letter: DesiredCount, DbInstanceIdentifier. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/supported-services-awssdk.html
func SDK(service, action string) string { return sdkPrefix + service + ":" + action }

const sdkPrefix = "arn:aws:states:::aws-sdk:"

// Call takes the resource of a call apart. Any other resource is an error.
func Call(resource string) (service, action string, err error) {
	service, action, found := strings.Cut(strings.TrimPrefix(resource, sdkPrefix), ":")
	if !found || !strings.HasPrefix(resource, sdkPrefix) || strings.ContainsAny(action, ":.") {
		return "", "", fmt.Errorf("%s is no plain call of the AWS SDK", resource)
	}
	return service, action, nil
}

// Definition writes a machine, the same from run to run. A machine that Step Functions would refuse is an error.
func (m Machine) Definition() (string, error) {
	if err := m.Validate(); err != nil {
		return "", err
	}
	text, err := json.Marshal(m)
	if err != nil {
		return "", fmt.Errorf("write state machine: %w", err)
	}
	return string(text), nil
}
