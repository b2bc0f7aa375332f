// Package adoption passes a plan of threa adopt to the program. Only threa adopt sets the variable, and only previews
// read it: such a preview shows what an up would do once the running resources of the plan are imported. The checks of
// the owner record, which refuse resources of others, do not apply to it. An up always makes them.
package adoption

import (
	"encoding/json"
	"fmt"
	"os"
)

// Variable is the environment variable with the file of a plan.
const Variable = "THREA_ADOPT"

// Plan says what a preview imports.
type Plan struct {
	// Name is the prefix of the AWS names of the deployment. The plan is for no other one.
	Name string `json:"name"`
	// IDs maps Key to the import id.
	IDs map[string]string `json:"ids"`
}

// Key identifies a resource by its type token and its logical name, as the end of a URN does.
func Key(token, name string) string { return token + "::" + name }

// Read returns the plan for the stack with a prefix of AWS names, or nil if there is none. Call it only in a preview:
// an up must make the checks of the owner record.
func Read(name string) (*Plan, error) {
	file := os.Getenv(Variable)
	if file == "" {
		return nil, nil //nolint:nilnil // this is not a preview of threa adopt
	}
	text, err := os.ReadFile(file)
	var plan Plan
	if err == nil {
		err = json.Unmarshal(text, &plan)
	}
	if err != nil {
		return nil, fmt.Errorf("read the plan of threa adopt: %w", err)
	}
	if plan.Name != name {
		return nil, nil //nolint:nilnil // the plan is for another stack
	}
	return &plan, nil
}
