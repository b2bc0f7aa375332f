package stackfile

import (
	"maps"
	"slices"

	"threa-infra/local/workspace"
)

// LocalImage is the tag under which the local AWS runs an image that no registry holds.
const LocalImage = "local"

// StandIn sets what a stack without an image lacks to run one: a tag, and a generated value for each variable that the
// app requires and nothing provides. It touches the local settings alone, and returns what it set, sorted.
func StandIn(w *workspace.Workspace, p *Project, stack string) ([]string, error) {
	effective, err := Write(w, p, stack) // the user's file may have changed since
	if err != nil {
		return nil, err
	}
	phrase, err := passphrase(w.Passphrase())
	if err != nil {
		return nil, err
	}
	var overrides file
	if err := load(w.Overrides(stack), &overrides); err != nil {
		return nil, err
	}
	secrets := &vault{passphrase: phrase, salt: overrides.EncryptionSalt}
	set := map[string]any{}
	if isEmpty(effective.Config[p.Name+":imageTag"]) {
		set[p.Name+":imageTag"] = LocalImage
	}
	values := map[string]any{}
	for _, name := range p.missing(effective.Config) {
		value, err := Token()
		if err != nil {
			return nil, err
		}
		if values[name], err = secrets.encrypt(value); err != nil {
			return nil, err
		}
	}
	key := p.Name + ":appSecretValues"
	if len(values) > 0 {
		set[key] = overlay(overrides.Config[key], values)
	}
	config := clone(overrides.Config)
	maps.Copy(config, set)
	overrides.Config = config
	return slices.Sorted(maps.Keys(set)), save(w.Overrides(stack), overrides)
}

// missing are the required variables that the configuration gives no value for.
func (p *Project) missing(config map[string]any) []string {
	required := list(config[p.Name+":requiredVariables"])
	if config[p.Name+":requiredVariables"] == nil {
		declared, _ := p.Config["requiredVariables"].(map[string]any)
		required = list(declared["default"])
	}
	return slices.DeleteFunc(required, func(name string) bool {
		return slices.ContainsFunc([]string{"appEnvironment", "appSecrets", "appSecretValues"}, func(source string) bool {
			values, _ := config[p.Name+":"+source].(map[string]any)
			return values[name] != nil
		})
	})
}

func list(value any) []string {
	var names []string
	elements, _ := value.([]any)
	for _, element := range elements {
		if name, ok := element.(string); ok {
			names = append(names, name)
		}
	}
	return names
}
