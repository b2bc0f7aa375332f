package agent

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"
)

// decodeKnown decodes the keys that into has. Keys that hold nothing are left out, as ECS fills many in; those of ignore
// are, too. All others are an error that names them.
func decodeKnown(data []byte, into any, what string, ignore []string) error {
	var given map[string]json.RawMessage
	if err := json.Unmarshal(data, &given); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	known := keys(into)
	maps.DeleteFunc(given, func(key string, value json.RawMessage) bool {
		return !slices.Contains(known, key) && (slices.Contains(ignore, key) || isEmpty(value))
	})
	var unknown []string
	for _, key := range slices.Sorted(maps.Keys(given)) {
		if !slices.Contains(known, key) {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) > 0 {
		return fmt.Errorf("%s has %s, which the local agent cannot run as ECS would: leave it out of the task "+
			"definition, or run the task on AWS", what, strings.Join(unknown, ", "))
	}
	cleaned, err := json.Marshal(given)
	if err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	decoder := json.NewDecoder(bytes.NewReader(cleaned))
	decoder.DisallowUnknownFields() // those of the objects within
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("%s: %w", what, err)
	}
	return nil
}

// keys are the JSON names of a struct's fields.
func keys(of any) []string {
	var names []string
	for _, field := range reflect.VisibleFields(reflect.TypeOf(of).Elem()) {
		name, _, _ := strings.Cut(field.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

func isEmpty(value json.RawMessage) bool {
	return slices.Contains([]string{"null", "[]", "{}", `""`, "0", "false"}, string(bytes.TrimSpace(value)))
}
