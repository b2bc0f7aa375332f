package control

import (
	"encoding/json"
	"fmt"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// spell writes container definitions in the API's own spelling, without what is not set: the SDK keeps neither.
func spell(definitions []types.ContainerDefinition) (json.RawMessage, error) {
	var all []map[string]any
	for i := range definitions {
		text, err := json.Marshal(definitions[i])
		if err != nil {
			return nil, fmt.Errorf("read a container definition: %w", err)
		}
		var one map[string]any
		if err := json.Unmarshal(text, &one); err != nil {
			return nil, fmt.Errorf("read a container definition: %w", err)
		}
		all = append(all, lower(one).(map[string]any))
	}
	text, err := json.Marshal(all)
	if err != nil {
		return nil, fmt.Errorf("read the container definitions: %w", err)
	}
	return text, nil
}

// free are the objects whose keys are the user's.
var free = map[string]bool{"options": true, "dockerLabels": true}

// lower spells the keys as the API does and leaves out what is empty.
func lower(value any) any {
	switch value := value.(type) {
	case map[string]any:
		out := map[string]any{}
		for key, one := range value {
			key = strings.ToLower(key[:1]) + key[1:]
			if !free[key] {
				one = lower(one)
			}
			if !isUnset(one) {
				out[key] = one
			}
		}
		return out
	case []any:
		for i := range value {
			value[i] = lower(value[i])
		}
	}
	return value
}

// isUnset knows the zero values of the SDK. A false that somebody set is no different from one that nobody did, but for
// essential, where the SDK keeps the difference as a pointer.
func isUnset(value any) bool {
	switch value := value.(type) {
	case nil:
		return true
	case string:
		return value == ""
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	case float64:
		return value == 0
	}
	return false
}
