package walk

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"threa-infra/internal/states"
)

// AWS answers calls of the AWS SDK, with the names that Step Functions gives to arguments and answers. What AWS refuses is
// a *Failure; any other error ends the walk itself.
type AWS interface {
	Call(ctx context.Context, service, action string, arguments map[string]any) (any, error)
}

// Answers are a function that stands for AWS.
type Answers func(service, action string, arguments map[string]any) (any, error)

// Call asks the function.
func (f Answers) Call(_ context.Context, service, action string, arguments map[string]any) (any, error) {
	return f(service, action, arguments)
}

// Failure is an error as state machines see it, such as Ecs.ClusterNotFoundException.
type Failure struct{ Name, Cause string }

func (f *Failure) Error() string { return f.Name + ": " + f.Cause }

// Call is one that a machine made.
type Call struct {
	Service, Action string
	Arguments       map[string]any
}

// Execution is what one run of a machine did.
type Execution struct {
	Output  any
	Passed  []string // states, in their order
	Calls   []Call   // with every repetition
	Elapsed time.Duration
}

// Walker executes machines.
type Walker struct {
	Evaluator *Evaluator
	AWS       AWS
	Start     time.Time
	// Waiting, when set, is told of every wait, so that a test can change the world meanwhile.
	Waiting func(time.Duration)
}

// stepLimit bounds an execution. Step Functions ends one after 25,000 events, of which a state has five or so. Source:
// https://docs.aws.amazon.com/step-functions/latest/dg/service-quotas.html
const stepLimit = 5000

// run is one execution under way.
type run struct {
	*Walker
	Execution
	machine   states.Machine
	variables map[string]any
	given     any // the input of the execution
}

// Run executes a machine. The error is a *Failure when the execution failed; the execution then tells how far it came.
func (w *Walker) Run(ctx context.Context, machine states.Machine, input any) (*Execution, error) {
	if err := machine.Validate(); err != nil {
		return nil, fmt.Errorf("state machine: %w", err)
	}
	r := &run{Walker: w, machine: machine, variables: map[string]any{}, given: input}
	err := r.walk(ctx, input)
	return &r.Execution, err
}

func (r *run) walk(ctx context.Context, input any) error {
	for name := r.machine.StartAt; name != ""; {
		if len(r.Passed) == stepLimit {
			return fmt.Errorf("the machine has passed %d states and does not end", stepLimit)
		}
		r.Passed = append(r.Passed, name)
		next, output, err := r.step(ctx, name, input)
		if err != nil {
			return fmt.Errorf("state %s: %w", name, err)
		}
		if limit := time.Duration(r.machine.TimeoutSeconds) * time.Second; limit > 0 && r.Elapsed > limit {
			return &Failure{Name: states.TimedOut, Cause: fmt.Sprintf("the execution takes more than %v", limit)}
		}
		name, input = next, output
	}
	r.Output = input
	return nil
}

// step executes a state and tells the next, none at the end.
func (r *run) step(ctx context.Context, name string, input any) (next string, output any, err error) {
	state := r.machine.States[name]
	scope := r.scope(name, input)
	switch state.Type {
	case states.Task:
		return r.task(ctx, state, scope)
	case states.Choice:
		return r.choose(state, scope)
	case states.Wait:
		if err := r.wait(state, scope); err != nil {
			return "", nil, err
		}
	case states.Fail:
		return "", nil, r.fail(state, scope)
	}
	output, err = r.leave(state.Output, state.Assign, scope, input)
	return state.Next, output, err
}

// scope is what the reserved variable $states holds in a state.
func (r *run) scope(name string, input any) map[string]any {
	return map[string]any{"input": input, "context": map[string]any{
		"Execution": map[string]any{"Input": r.given, "StartTime": r.Start.UTC().Format(time.RFC3339)},
		"State":     map[string]any{"Name": name, "EnteredTime": r.now().UTC().Format(time.RFC3339)},
	}}
}

func (r *run) now() time.Time { return r.Start.Add(r.Elapsed) }

func (r *run) fill(template any, scope map[string]any) (any, error) {
	all := maps.Clone(r.variables)
	all["states"] = scope
	return r.Evaluator.fill(template, all, r.now())
}

// leave calculates what a state hands on, otherwise when nothing is said, and then sets its variables, which the output
// does not see yet.
func (r *run) leave(output any, assign map[string]any, scope map[string]any, otherwise any) (any, error) {
	var err error
	if output != nil {
		if otherwise, err = r.fill(output, scope); err != nil {
			return nil, fmt.Errorf("output: %w", err)
		}
	}
	if assign == nil {
		return otherwise, nil
	}
	values, err := r.fill(assign, scope)
	if err != nil {
		return nil, fmt.Errorf("assign: %w", err)
	}
	maps.Copy(r.variables, values.(map[string]any))
	return otherwise, nil
}

func (r *run) choose(state states.State, scope map[string]any) (next string, output any, err error) {
	for i, rule := range state.Choices {
		holds, err := r.fill(rule.Condition, scope)
		if err != nil {
			return "", nil, fmt.Errorf("choice %d: %w", i+1, err)
		}
		yes, is := holds.(bool)
		if !is {
			return "", nil, &Failure{Name: "States.QueryEvaluationError", Cause: fmt.Sprintf("choice %d is %v, neither true nor false", i+1, holds)}
		}
		if yes {
			output, err := r.leave(rule.Output, rule.Assign, scope, scope["input"])
			return rule.Next, output, err
		}
	}
	if state.Default == "" {
		return "", nil, &Failure{Name: "States.NoChoiceMatched", Cause: "no condition holds"}
	}
	output, err = r.leave(state.Output, state.Assign, scope, scope["input"])
	return state.Default, output, err
}

func (r *run) wait(state states.State, scope map[string]any) error {
	value, err := r.fill(state.Seconds, scope)
	if err != nil {
		return fmt.Errorf("seconds: %w", err)
	}
	seconds, is := value.(float64)
	if !is || seconds < 0 || seconds != float64(int64(seconds)) {
		return &Failure{Name: "States.QueryEvaluationError", Cause: fmt.Sprintf("%v is no number of seconds", value)}
	}
	r.pass(time.Duration(seconds) * time.Second)
	return nil
}

// pass moves the clock.
func (r *run) pass(d time.Duration) {
	r.Elapsed += d
	if r.Waiting != nil {
		r.Waiting(d)
	}
}

func (r *run) fail(state states.State, scope map[string]any) error {
	text, err := r.fill([]any{state.Error, state.Cause}, scope)
	if err != nil {
		return err
	}
	parts := text.([]any)
	return &Failure{Name: fmt.Sprint(parts[0]), Cause: fmt.Sprint(parts[1])}
}

// failure finds what a state machine can catch.
func failure(err error) (*Failure, bool) {
	var f *Failure
	return f, errors.As(err, &f)
}
