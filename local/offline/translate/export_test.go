package translate

import (
	"maps"
	"slices"
)

// Tokens returns every pulumi-aws token of the registry.
func Tokens() []string {
	return slices.Concat(slices.Collect(maps.Keys(types)), slices.Collect(maps.Keys(functions)))
}

// Reformed reports whether the value of a property has another form for the bridge.
func Reformed(token, path string) bool {
	return slices.ContainsFunc(rules[token], func(r rule) bool { return r.path == path && r.form != sameForm })
}
