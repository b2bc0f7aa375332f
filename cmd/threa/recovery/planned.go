package recovery

import (
	"context"
	"fmt"
)

// What a preview shows in place of a value: of one that only an up makes known, and of a secret. Source:
// sdk/go/common/resource/plugin (UnknownStringValue) and pkg/backend/display of Pulumi.
const (
	unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	hiddenValue  = "[secret]"
)

// planned lists the resources that a preview would create.
func (r *Recovery) planned(ctx context.Context) ([]object, error) {
	text, err := r.Pulumi(ctx, nil, "preview", "--json", "--non-interactive")
	if err != nil {
		return nil, fmt.Errorf("preview what is missing: %w", err)
	}
	preview, err := parseState(text)
	if err != nil {
		return nil, err
	}
	var all []object
	steps, _ := preview.export["steps"].([]any)
	for _, step := range steps {
		one, ok := step.(map[string]any)
		if !ok || one["op"] != "create" {
			continue
		}
		resource := object(one).object("newState")
		if _, aws := finders[resource.text("type")]; aws {
			all = append(all, wanted(resource))
		}
	}
	return all, nil
}

// wanted leaves out of a planned resource what a state cannot hold.
func wanted(resource object) object {
	clean := object{}
	for key, value := range resource {
		clean[key] = value
	}
	delete(clean, "outputs")
	inputs := object{}
	for key, value := range resource.object("inputs") {
		if !hides(value) {
			inputs[key] = value
		}
	}
	clean["inputs"] = map[string]any(inputs)
	return clean
}

// hides tells whether a value, or anything in it, is not shown.
func hides(value any) bool {
	switch value := value.(type) {
	case string:
		return value == unknownValue || value == hiddenValue
	case []any:
		for _, one := range value {
			if hides(one) {
				return true
			}
		}
	case map[string]any:
		for _, one := range value {
			if hides(one) {
				return true
			}
		}
	}
	return false
}
