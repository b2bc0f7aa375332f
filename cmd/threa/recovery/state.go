package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// properties are the inputs or the outputs of a resource, or an object in them.
type properties map[string]any

// text returns a string, a number or a boolean as text, and "" for anything else.
func (p properties) text(key string) string {
	switch value := p[key].(type) {
	case float64:
		return strconv.FormatFloat(value, 'f', -1, 64) // fmt writes a million as 1e+06
	case string, bool:
		return fmt.Sprint(value)
	}
	return ""
}

func (p properties) object(key string) properties {
	value, _ := p[key].(map[string]any)
	return value
}

// state is an exported stack.
type state struct {
	apitype.DeploymentV3
	exported apitype.UntypedDeployment // before it was changed
}

// parseState reads a deployment. A field that this version of the SDK does not know is an error: importing the state
// would drop it.
func parseState(exported apitype.UntypedDeployment) (*state, error) {
	s := &state{exported: exported}
	decoder := json.NewDecoder(bytes.NewReader(exported.Deployment))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&s.DeploymentV3); err != nil {
		return nil, fmt.Errorf("read the stack's state (if Pulumi is newer than this program, update its SDK: "+
			"go get github.com/pulumi/pulumi/sdk/v3): %w", err)
	}
	return s, nil
}

// parseExport reads the output of "pulumi stack export".
func parseExport(text []byte) (*state, error) {
	var exported apitype.UntypedDeployment
	if err := json.Unmarshal(text, &exported); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	return parseState(exported)
}

// pendingCreates returns the resources whose creation was interrupted.
func (s *state) pendingCreates() []apitype.ResourceV3 {
	var resources []apitype.ResourceV3
	for _, operation := range s.PendingOperations {
		if operation.Type == apitype.OperationTypeCreating {
			resources = append(resources, operation.Resource)
		}
	}
	return resources
}

// interrupted returns the resources whose change or deletion was interrupted.
func (s *state) interrupted() []apitype.ResourceV3 {
	var resources []apitype.ResourceV3
	for _, operation := range s.PendingOperations {
		if operation.Type != apitype.OperationTypeCreating && s.live(operation.Resource.URN) != nil {
			resources = append(resources, operation.Resource)
		}
	}
	return resources
}

// live returns the resource of a URN that is not about to be deleted, or nil. It is valid until resources are added or
// removed.
func (s *state) live(urn resource.URN) *apitype.ResourceV3 {
	for i := range s.Resources {
		if r := &s.Resources[i]; r.URN == urn && !r.Delete {
			return r
		}
	}
	return nil
}

// has returns whether a resource of the type has the id, which may be the ARN in its outputs.
func (s *state) has(kind, id string) bool {
	return slices.ContainsFunc(s.Resources, func(r apitype.ResourceV3) bool {
		return string(r.Type) == kind && (string(r.ID) == id || properties(r.Outputs).text("arn") == id)
	})
}

// hasInputs reports whether a resource of the type has these inputs.
func (s *state) hasInputs(kind string, inputs properties) bool {
	return slices.ContainsFunc(s.Resources, func(r apitype.ResourceV3) bool {
		if string(r.Type) != kind {
			return false
		}
		for key := range inputs {
			if properties(r.Inputs).text(key) != inputs.text(key) {
				return false
			}
		}
		return true
	})
}

// tasksRead reports whether a container of the task definition gets a parameter as a secret.
func (s *state) tasksRead(parameterARN string) bool {
	return slices.ContainsFunc(s.Resources, func(r apitype.ResourceV3) bool {
		return r.Type == taskDefinitions &&
			strings.Contains(properties(r.Outputs).text("containerDefinitions"), `"`+parameterARN+`"`)
	})
}

// hasProvider returns whether the state has a provider, given as "URN::id". Without it no run can have created
// anything.
func (s *state) hasProvider(reference string) bool {
	return reference == "" || slices.ContainsFunc(s.Resources, func(r apitype.ResourceV3) bool {
		return string(r.URN)+"::"+string(r.ID) == reference
	})
}

// dependencies returns the URNs that a resource depends on.
func dependencies(r apitype.ResourceV3) []resource.URN {
	if r.Parent == "" {
		return r.Dependencies
	}
	return append(slices.Clone(r.Dependencies), r.Parent)
}

// importResource adds a resource to the state, with what the engine has read of its candidate. If the state has an
// older resource with the same URN, the next up deletes it.
//
// It keeps inputs that AWS does not return, such as passwords and the settings for a deletion. Without them, the next
// up would show changes that the program does not ask for.
func (s *state) importResource(r, candidate apitype.ResourceV3) {
	if replaced := s.live(r.URN); replaced != nil {
		replaced.Delete = true
	}
	inputs, outputs := map[string]any{}, map[string]any{}
	maps.Copy(inputs, candidate.Inputs)
	maps.Copy(outputs, candidate.Outputs)
	for key, value := range r.Inputs {
		if value == unknownValue || value == HiddenValue || strings.HasPrefix(key, "__") {
			continue
		}
		inputs[key] = value
		if outputs[key] == nil {
			outputs[key] = value
		}
	}
	r.ID, r.Inputs, r.Outputs = candidate.ID, inputs, outputs
	s.Resources = append(s.Resources, r)
}
