package mocks

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Describe returns every registration with its options and inputs, a value on each line, for a golden file. JSON in a
// text is spread over lines like the other values.
func (r *Recording) Describe() []string {
	var lines []string
	for _, registered := range r.All() {
		lines = append(lines, fmt.Sprintf("%s %s < %s", registered.Type, registered.Name, registered.Parent()))
		lines = append(lines, registered.options()...)
		for _, key := range slices.Sorted(maps.Keys(registered.Inputs)) {
			lines = append(lines, describe("  "+string(key), registered.Inputs[key])...)
		}
	}
	return lines
}

// options returns the resource options that are set.
func (r Resource) options() (lines []string) {
	var dependencies []string
	for _, urn := range r.Request.GetDependencies() {
		dependencies = append(dependencies, resource.URN(urn).Name())
	}
	slices.Sort(dependencies)
	dependencies = slices.Compact(dependencies)
	if r.Request.GetProtect() {
		lines = append(lines, "  (protect)")
	}
	if r.Request.GetRetainOnDelete() {
		lines = append(lines, "  (retainOnDelete)")
	}
	if r.Request.GetDeleteBeforeReplace() {
		lines = append(lines, "  (deleteBeforeReplace)")
	}
	if timeouts := r.Request.GetCustomTimeouts(); timeouts.GetCreate()+timeouts.GetUpdate()+timeouts.GetDelete() != "" {
		lines = append(lines, fmt.Sprintf("  (timeouts) create %s, update %s", timeouts.GetCreate(), timeouts.GetUpdate()))
	}
	for _, option := range []struct {
		name   string
		values []string
	}{
		{"dependsOn", dependencies},
		{"ignoreChanges", r.Request.GetIgnoreChanges()},
		{"replaceOnChanges", r.Request.GetReplaceOnChanges()},
		{"additionalSecretOutputs", r.Request.GetAdditionalSecretOutputs()},
	} {
		if len(option.values) > 0 {
			lines = append(lines, fmt.Sprintf("  (%s) %s", option.name, strings.Join(option.values, ", ")))
		}
	}
	return lines
}

// random matches what may be another value in each run.
var random = regexp.MustCompile(`\b[0-9a-f]{16,}\b`)

func describe(path string, value resource.PropertyValue) (lines []string) {
	switch {
	case value.IsSecret():
		return describe(path+" (secret)", value.SecretValue().Element)
	case value.IsObject() && len(value.ObjectValue()) > 0:
		for _, key := range slices.Sorted(maps.Keys(value.ObjectValue())) {
			lines = append(lines, describe(path+"."+string(key), value.ObjectValue()[key])...)
		}
		return lines
	case value.IsArray() && len(value.ArrayValue()) > 0:
		for i, element := range value.ArrayValue() {
			lines = append(lines, describe(fmt.Sprintf("%s[%d]", path, i), element)...)
		}
		return lines
	case !value.IsString():
		return []string{fmt.Sprintf("%s: %v", path, value.V)}
	}
	text := value.StringValue()
	var parsed any
	if strings.ContainsAny(text, "{[") && json.Unmarshal([]byte(text), &parsed) == nil {
		return describe(path+" (JSON)", resource.NewPropertyValue(parsed))
	}
	return []string{fmt.Sprintf("%s: %q", path, random.ReplaceAllString(text, "(random)"))}
}
