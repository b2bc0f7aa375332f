package shim

import (
	"encoding/json"
	"net/http"
	"sync"

	"threa-infra/internal/states"
)

// statesRule makes up for state machines that moto takes whatever they say, and whose type it forgets. It runs none.
type statesRule struct {
	mu    sync.Mutex
	types map[string]string // by ARN, where it is not moto's own
}

func newStatesRule() *statesRule { return &statesRule{types: map[string]string{}} }

func (r *statesRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.types)
}

const statesJSON = "application/x-amz-json-1.0"

type machineInput struct {
	Type       string
	Definition string
}

func (r *statesRule) before(c *call) (*reply, error) {
	var in machineInput
	switch c.action {
	case "ValidateStateMachineDefinition":
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		return judged(in.Definition)
	case "ListStateMachineVersions": // moto lists none, and nobody here publishes any
		return &reply{status: http.StatusOK, contentType: statesJSON, body: []byte(`{"stateMachineVersions":[]}`)}, nil
	case "CreateStateMachine", "UpdateStateMachine":
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		if in.Definition == "" { // an update of something else
			return nil, nil
		}
		if _, err := states.Parse(in.Definition); err != nil {
			return nil, badRequest("InvalidDefinition", "Invalid State Machine Definition: %v", err)
		}
	}
	return nil, nil
}

type diagnostic struct {
	Severity string `json:"severity"`
	Code     string `json:"code"`
	Message  string `json:"message"`
}

// judged is what AWS says of a definition without making anything of it.
func judged(definition string) (*reply, error) {
	out := struct {
		Result      string       `json:"result"`
		Diagnostics []diagnostic `json:"diagnostics"`
	}{"OK", []diagnostic{}}
	if _, err := states.Parse(definition); err != nil {
		out.Result, out.Diagnostics = "FAIL", []diagnostic{{"ERROR", "SCHEMA_VALIDATION_FAILED", err.Error()}}
	}
	body, err := json.Marshal(out)
	return &reply{status: http.StatusOK, contentType: statesJSON, body: body}, err
}

func (r *statesRule) after(c *call, answer *reply) error {
	switch c.action {
	case "CreateStateMachine":
		var in machineInput
		var out struct{ StateMachineArn string }
		if err := c.decode(&in); err != nil {
			return err
		}
		if err := decodeJSON(answer.body, &out); err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		delete(r.types, out.StateMachineArn)
		if in.Type != "" {
			r.types[out.StateMachineArn] = in.Type
		}
	case "DescribeStateMachine":
		var out map[string]any
		if err := decodeJSON(answer.body, &out); err != nil {
			return err
		}
		r.mu.Lock()
		defer r.mu.Unlock()
		arn, _ := out["stateMachineArn"].(string)
		if kind, known := r.types[arn]; known {
			out["type"] = kind
		}
		var err error
		answer.body, err = json.Marshal(out)
		return err
	}
	return nil
}
