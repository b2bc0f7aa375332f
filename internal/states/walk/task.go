package walk

import (
	"context"
	"fmt"
	"slices"
	"time"

	"threa-infra/internal/states"
)

// task calls AWS, repeats what may be repeated, and goes where the state says when that does not help.
func (r *run) task(ctx context.Context, state states.State, scope map[string]any) (next string, output any, err error) {
	tried := make([]int, len(state.Retry))
	for {
		next, output, err = r.attempt(ctx, state, scope)
		f, is := failure(err)
		if !is {
			return next, output, err
		}
		if i := slices.IndexFunc(state.Retry, func(one states.Retrier) bool { return matches(one.ErrorEquals, f) }); i >= 0 && tried[i] < attempts(state.Retry[i]) {
			r.pass(interval(state.Retry[i], tried[i]))
			tried[i]++
			continue
		}
		i := slices.IndexFunc(state.Catch, func(one states.Catcher) bool { return matches(one.ErrorEquals, f) })
		if i < 0 {
			return "", nil, err
		}
		scope["errorOutput"] = map[string]any{"Error": f.Name, "Cause": f.Cause}
		catcher := state.Catch[i]
		output, err = r.leave(catcher.Output, catcher.Assign, scope, scope["errorOutput"])
		return catcher.Next, output, err
	}
}

func (r *run) attempt(ctx context.Context, state states.State, scope map[string]any) (next string, output any, err error) {
	arguments := map[string]any{}
	if state.Arguments != nil {
		filled, err := r.fill(state.Arguments, scope)
		if err != nil {
			return "", nil, fmt.Errorf("arguments: %w", err)
		}
		var is bool
		if arguments, is = filled.(map[string]any); !is {
			return "", nil, fmt.Errorf("the arguments are %v, no object", filled)
		}
	}
	service, action, err := states.Call(state.Resource)
	if err != nil {
		return "", nil, err
	}
	r.Calls = append(r.Calls, Call{service, action, arguments})
	result, err := r.AWS.Call(ctx, service, action, arguments)
	if err != nil {
		return "", nil, err
	}
	scope["result"] = result
	output, err = r.leave(state.Output, state.Assign, scope, result)
	return state.Next, output, err
}

func matches(names []string, f *Failure) bool {
	return slices.Contains(names, f.Name) || slices.Contains(names, states.AnyError) ||
		slices.Contains(names, states.TaskFailed) && f.Name != states.TimedOut
}

func attempts(r states.Retrier) int {
	if r.MaxAttempts == 0 {
		return 3
	}
	return r.MaxAttempts
}

// interval is how long Step Functions waits before it repeats a call that has been repeated some times already.
func interval(r states.Retrier, repeated int) time.Duration {
	seconds, factor := float64(max(r.IntervalSeconds, 1)), r.BackoffRate
	if factor == 0 {
		factor = 2
	}
	for range repeated {
		seconds *= factor
	}
	if most := float64(r.MaxDelaySeconds); most > 0 {
		seconds = min(seconds, most)
	}
	return time.Duration(seconds * float64(time.Second))
}
