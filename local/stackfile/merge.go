package stackfile

import (
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/stackconfig"
)

// awsKeys are the settings of the AWS provider that the local AWS supports. The others choose accounts, credentials and
// endpoints, and must never apply here.
var awsKeys = []string{"aws:region", "aws:defaultTags", "aws:ignoreTags"}

// Merged is a stack's configuration for the local AWS.
type Merged struct {
	// Config is what the engine reads.
	Config map[string]any
	// Overrides are the local settings with the generated values.
	Overrides map[string]any
	// Generated are the keys whose encrypted values Merge replaced.
	Generated []string
	// Dropped are the keys that do not apply to the local AWS.
	Dropped []string
}

// Merge lays the overrides over the base, object by object. It calls generate for every encrypted value of the base
// without an override, and for each required key without a value.
func Merge(base, overrides map[string]any, required []string, generate func(key string) (any, error)) (*Merged, error) {
	m := &Merged{Config: map[string]any{}, Overrides: clone(overrides)}
	r := &replacer{generate: generate}
	for _, key := range slices.Sorted(maps.Keys(base)) {
		before := r.count
		override := r.replace(key, base[key], m.Overrides[key])
		if r.count > before {
			m.Overrides[key] = override
			m.Generated = append(m.Generated, key)
		}
	}
	for _, key := range required {
		if isEmpty(base[key]) && isEmpty(m.Overrides[key]) {
			m.Overrides[key] = r.next(key)
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	for _, layer := range []map[string]any{base, m.Overrides} {
		for key, value := range layer {
			m.Config[key] = overlay(m.Config[key], value)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(m.Config)) {
		if strings.HasPrefix(key, "aws:") && !slices.Contains(awsKeys, key) {
			delete(m.Config, key)
			m.Dropped = append(m.Dropped, key)
		}
	}
	return m, nil
}

// replacer generates values for encrypted ones.
type replacer struct {
	generate func(key string) (any, error)
	count    int
	err      error // the first one
}

func (r *replacer) next(key string) any {
	value, err := r.generate(key)
	r.count++
	if r.err == nil {
		r.err = err
	}
	return value
}

// replace returns the override that covers every encrypted value in base, or nil if there is none.
func (r *replacer) replace(key string, base, override any) any {
	switch base := base.(type) {
	case map[string]any:
		values, isObject := override.(map[string]any)
		switch {
		case override != nil && (!isObject || stackconfig.IsSecret(base) || stackconfig.IsSecret(values)):
			return override
		case stackconfig.IsSecret(base):
			return r.next(key)
		}
		result := clone(values)
		for _, name := range slices.Sorted(maps.Keys(base)) {
			if value := r.replace(name, base[name], values[name]); value != nil {
				result[name] = value
			}
		}
		if len(result) > 0 {
			return result
		}
	case []any: // an override replaces a list as a whole
		if override != nil {
			return override
		}
		before, result := r.count, slices.Clone(base)
		for i := range result {
			if value := r.replace(key, base[i], nil); value != nil {
				result[i] = overlay(base[i], value)
			}
		}
		if r.count > before {
			return result
		}
	}
	return override
}

// overlay lays one value over another. Objects merge by key, other values replace.
func overlay(lower, upper any) any {
	l, isObject1 := lower.(map[string]any)
	u, isObject2 := upper.(map[string]any)
	if !isObject1 || !isObject2 || stackconfig.IsSecret(lower) || stackconfig.IsSecret(upper) {
		return upper
	}
	merged := clone(l)
	for key, value := range u {
		merged[key] = overlay(merged[key], value)
	}
	return merged
}

// rename moves the local settings of a project to its present name: the user may have changed it in Pulumi.yaml, and
// cannot see this file.
func rename(settings map[string]any, p *stackconfig.Project) {
	for _, key := range slices.Sorted(maps.Keys(settings)) {
		namespace, name, _ := strings.Cut(key, ":")
		if _, declared := p.Config[name]; !declared || namespace == p.Name {
			continue
		}
		if renamed := p.Name + ":" + name; settings[renamed] == nil {
			settings[renamed] = settings[key]
		}
		delete(settings, key)
	}
}

func isEmpty(value any) bool { return value == nil || value == "" }

func clone(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}
