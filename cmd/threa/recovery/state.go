package recovery

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// object is a JSON object whose numbers stay as they were written.
type object map[string]any

func (o object) text(key string) string {
	switch value := o[key].(type) {
	case string:
		return value
	case json.Number:
		return value.String()
	}
	return ""
}

func (o object) object(key string) object {
	switch value := o[key].(type) {
	case object:
		return value
	case map[string]any:
		return value
	}
	return nil
}

// state is an exported stack. What is not understood here is passed on.
type state struct {
	export object
}

func parseState(text []byte) (*state, error) {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	s := &state{}
	if err := decoder.Decode(&s.export); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	return s, nil
}

func (s *state) encode() ([]byte, error) {
	text, err := json.Marshal(s.export)
	if err != nil {
		return nil, fmt.Errorf("write the stack's state: %w", err)
	}
	return text, nil
}

func (s *state) deployment() object { return s.export.object("deployment") }

func (s *state) list(key string) []object {
	var all []object
	items, _ := s.deployment()[key].([]any)
	for _, item := range items {
		if one, ok := item.(map[string]any); ok {
			all = append(all, one)
		}
	}
	return all
}

func (s *state) setList(key string, all []object) {
	items := make([]any, 0, len(all))
	for _, one := range all {
		items = append(items, map[string]any(one))
	}
	if deployment := s.deployment(); deployment != nil {
		deployment[key] = items
	}
}

func (s *state) resources() []object { return s.list("resources") }

// pendingCreates are the resources whose creation was under way when a run ended.
func (s *state) pendingCreates() []object {
	var all []object
	for _, operation := range s.list("pending_operations") {
		if operation.text("type") == "creating" {
			all = append(all, operation.object("resource"))
		}
	}
	return all
}

// interrupted are the resources whose change or deletion was under way when a run ended.
func (s *state) interrupted() []object {
	var all []object
	for _, operation := range s.list("pending_operations") {
		if operation.text("type") != "creating" && s.live(operation.object("resource").text("urn")) != nil {
			all = append(all, operation.object("resource"))
		}
	}
	return all
}

// setPendingCreates replaces the pending creations; other operations stay for the engine to judge.
func (s *state) setPendingCreates(resources []object) {
	operations := slices.DeleteFunc(s.list("pending_operations"), func(o object) bool { return o.text("type") == "creating" })
	for _, resource := range resources {
		operations = append(operations, object{"type": "creating", "resource": map[string]any(resource)})
	}
	s.setList("pending_operations", operations)
}

// live is the resource of a URN that is not about to be deleted, nil for none.
func (s *state) live(urn string) object {
	for _, one := range s.resources() {
		if one.text("urn") == urn && one["delete"] != true {
			return one
		}
	}
	return nil
}

// has tells whether any resource of a type has one of the ids, which may be an ARN in the outputs.
func (s *state) has(kind, id string) bool {
	return slices.ContainsFunc(s.resources(), func(one object) bool {
		return one.text("type") == kind && (one.text("id") == id || one.object("outputs").text("arn") == id)
	})
}

// remove drops a resource, and every mention of it unless another of its URN stays.
func (s *state) remove(gone object) {
	urn := gone.text("urn")
	all := slices.DeleteFunc(s.resources(), func(one object) bool {
		return one.text("urn") == urn && one["delete"] == gone["delete"] && one.text("id") == gone.text("id")
	})
	s.setList("resources", all)
	if slices.ContainsFunc(all, func(one object) bool { return one.text("urn") == urn }) {
		return
	}
	without := func(list any) any {
		urns, _ := list.([]any)
		return slices.DeleteFunc(urns, func(one any) bool { return one == urn })
	}
	for _, one := range all {
		if one["dependencies"] != nil {
			one["dependencies"] = without(one["dependencies"])
		}
		of := one.object("propertyDependencies")
		for property := range of {
			of[property] = without(of[property])
		}
	}
}

// dependencies are the URNs that a resource depends on.
func dependencies(resource object) []string {
	var urns []string
	list, _ := resource["dependencies"].([]any)
	for _, one := range list {
		if urn, ok := one.(string); ok {
			urns = append(urns, urn)
		}
	}
	if parent := resource.text("parent"); parent != "" {
		urns = append(urns, parent)
	}
	return urns
}

// name is the logical name of a resource, the last part of its URN.
func name(one object) string { return resource.URN(one.text("urn")).Name() }
