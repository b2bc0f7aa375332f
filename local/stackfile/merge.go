package stackfile

import (
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/stackconfig"
)

// awsKeys are the settings of the AWS provider that mean something on the local AWS. The others choose accounts,
// credentials and endpoints, and must never apply here.
var awsKeys = []string{"aws:region", "aws:defaultTags", "aws:ignoreTags"}

// Merged is a stack's configuration for the local AWS.
type Merged struct {
	Config    map[string]any // what the engine reads
	Overrides map[string]any // the local settings, with what was generated now
	Generated []string       // keys whose encrypted values were replaced by generated ones now
	Dropped   []string       // keys that do not apply to the local AWS
}

// Merge lays the overrides over the base, object by object. Every encrypted value of the base that no override
// covers gets one from generate, as does each required key that neither has.
func Merge(base, overrides map[string]any, required []string, generate func(key string) (any, error)) (*Merged, error) {
	m := &Merged{Config: map[string]any{}, Overrides: clone(overrides)}
	for _, key := range slices.Sorted(maps.Keys(base)) {
		replaced, changed, err := replaceSecrets(base[key], m.Overrides[key], key, generate)
		if err != nil {
			return nil, err
		}
		if changed {
			m.Overrides[key] = replaced
			m.Generated = append(m.Generated, key)
		}
	}
	for _, key := range required {
		if !isEmpty(base[key]) || !isEmpty(m.Overrides[key]) {
			continue
		}
		value, err := generate(key)
		if err != nil {
			return nil, err
		}
		m.Overrides[key] = value
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

// replaceSecrets returns the override that covers every encrypted value in base, and whether that is a new one.
func replaceSecrets(base, override any, key string, generate func(string) (any, error)) (any, bool, error) {
	if stackconfig.IsSecret(base) {
		if override != nil {
			return override, false, nil
		}
		value, err := generate(key)
		return value, err == nil, err
	}
	switch b := base.(type) {
	case map[string]any:
		o, isObject := override.(map[string]any)
		if override != nil && (!isObject || stackconfig.IsSecret(override)) {
			return override, false, nil
		}
		out, changed := clone(o), false
		for _, name := range slices.Sorted(maps.Keys(b)) {
			value, c, err := replaceSecrets(b[name], o[name], name, generate)
			if err != nil {
				return nil, false, err
			}
			if c {
				out[name], changed = value, true
			}
		}
		return out, changed, nil
	case []any: // a list is overridden as a whole
		if override != nil {
			return override, false, nil
		}
		out, changed := slices.Clone(b), false
		for i := range b {
			value, c, err := replaceSecrets(b[i], nil, key, generate)
			if err != nil {
				return nil, false, err
			}
			if c {
				out[i], changed = value, true
			}
		}
		return out, changed, nil
	}
	return override, false, nil
}

// overlay lays one value over another: objects merge by key, anything else replaces.
func overlay(under, over any) any {
	u, ok1 := under.(map[string]any)
	o, ok2 := over.(map[string]any)
	if !ok1 || !ok2 || stackconfig.IsSecret(under) || stackconfig.IsSecret(over) {
		return over
	}
	out := clone(u)
	for key, value := range o {
		out[key] = overlay(out[key], value)
	}
	return out
}

func isEmpty(v any) bool { return v == nil || v == "" }

func clone(m map[string]any) map[string]any {
	if m == nil {
		return map[string]any{}
	}
	return maps.Clone(m)
}
