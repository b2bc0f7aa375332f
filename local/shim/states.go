package shim

import (
	"encoding/json"
	"net/http"
	"sync"
)

// statesRule adds to moto what it lacks for state machines: their type, and the calls with which the provider checks a
// definition, which takes any. It executes none.
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

type machineInput struct{ Type string }

func (r *statesRule) before(c *call) (*reply, error) {
	body := ""
	switch c.action {
	case "ValidateStateMachineDefinition":
		body = `{"result":"OK","diagnostics":[]}`
	case "ListStateMachineVersions": // moto has no versions, and the program publishes none
		body = `{"stateMachineVersions":[]}`
	default:
		return nil, nil
	}
	return &reply{status: http.StatusOK, contentType: statesJSON, body: []byte(body)}, nil
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
