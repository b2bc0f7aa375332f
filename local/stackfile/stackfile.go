// Package stackfile writes the stack file that the engine reads on the local AWS: the user's Pulumi.<stack>.yaml, the
// local settings over it, and generated secrets in place of the user's.
//
// It never writes the user's file and cannot decrypt its secrets. It encrypts in Pulumi's format instead of calling
// "pulumi config set --secret" for each value, which starts the engine and derives a key each time.
package stackfile

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/shim"
	"threa-infra/local/workspace"
)

const (
	// defaultRegion applies if no file names a region.
	defaultRegion = "eu-central-1"
	// LocalImage is the tag of the image that runs on the local AWS if none is configured.
	LocalImage = shim.LocalImage
)

// file is a stack file. Other keys belong to the user's own secrets and services, and are left out.
type file struct {
	EncryptionSalt string `yaml:"encryptionsalt,omitempty"`
	Config         values `yaml:"config,omitempty"`
}

// values are the values of keys. A number or a boolean is the text that was typed, as for the engine: 1.10, not 1.1.
type values map[string]any

// UnmarshalYAML implements yaml.Unmarshaler.
func (v *values) UnmarshalYAML(node *yaml.Node) error {
	var nodes map[string]yaml.Node
	if err := node.Decode(&nodes); err != nil {
		return fmt.Errorf("decode the configuration: %w", err)
	}
	*v = values{}
	for key, value := range nodes {
		if value.Kind == yaml.ScalarNode && value.Tag != "!!null" {
			(*v)[key] = value.Value
			continue
		}
		var decoded any
		if err := value.Decode(&decoded); err != nil {
			return fmt.Errorf("decode %s: %w", key, err)
		}
		(*v)[key] = decoded
	}
	return nil
}

// Written is the result of Write.
type Written struct {
	*Merged
	Region string
}

// Write updates the stack's effective file, and its overrides if it generates secrets.
func Write(w *workspace.Workspace, p *stackconfig.Project, stack string) (*Written, error) {
	var base file
	overrides, secrets, err := loadOverrides(w, p, stack)
	if err := errors.Join(err, load(w.BaseConfig(stack), &base)); err != nil {
		return nil, err
	}
	password, token := p.Name+":dbPassword", p.Name+":tunnelToken"
	required := []string{password}
	ingress, ok := overrides.Config[p.Name+":ingress"]
	if !ok {
		ingress = base.Config[p.Name+":ingress"]
	}
	if ingress == "tunnel" {
		required = append(required, token)
	}
	merged, err := Merge(base.Config, overrides.Config, required, func(key string) (any, error) {
		switch key {
		case password:
			return secrets.encrypt(Password())
		case token:
			return secrets.encrypt(TunnelToken())
		}
		return secrets.encrypt(Token())
	})
	if err != nil {
		return nil, err
	}
	overrides.Config = merged.Overrides
	region, _ := merged.Config["aws:region"].(string)
	region = cmp.Or(region, p.Config["aws:region"].Value, defaultRegion)
	merged.Config["aws:region"] = region
	effective := file{EncryptionSalt: overrides.EncryptionSalt, Config: merged.Config}
	if err := errors.Join(save(w.Overrides(stack), *overrides), save(w.Effective(stack), effective)); err != nil {
		return nil, err
	}
	return &Written{Merged: merged, Region: region}, nil
}

// ProvideImage sets what a stack without an image needs to run one: a tag, and a generated value for each required
// variable that has none. It changes only the local settings and returns the keys that it set, sorted.
func ProvideImage(w *workspace.Workspace, p *stackconfig.Project, stack string) ([]string, error) {
	effective, err := Write(w, p, stack) // the user's file may have changed
	if err != nil {
		return nil, err
	}
	overrides, secrets, err := loadOverrides(w, p, stack)
	if err != nil {
		return nil, err
	}
	changes, values := map[string]any{}, map[string]any{}
	if isEmpty(effective.Config[p.Name+":imageTag"]) {
		changes[p.Name+":imageTag"] = LocalImage
	}
	missing, err := missingVariables(p, effective.Config)
	if err != nil {
		return nil, err
	}
	for _, name := range missing {
		if values[name], err = secrets.encrypt(Token()); err != nil {
			return nil, err
		}
	}
	if key := p.Name + ":appSecretValues"; len(values) > 0 {
		changes[key] = overlay(overrides.Config[key], values)
	}
	overrides.Config = clone(overrides.Config)
	maps.Copy(overrides.Config, changes)
	return slices.Sorted(maps.Keys(changes)), save(w.Overrides(stack), *overrides)
}

// missingVariables returns the required variables without a value.
func missingVariables(p *stackconfig.Project, config map[string]any) (missing []string, err error) {
	names, ok := config[p.Name+":requiredVariables"].([]any)
	if !ok {
		declared := p.Config["requiredVariables"]
		if err := declared.Decode(&names); err != nil {
			return nil, fmt.Errorf("read the required variables: %w", err)
		}
	}
	for _, name := range names {
		isSet := slices.ContainsFunc([]string{"appEnvironment", "appSecrets", "appSecretValues"}, func(key string) bool {
			values, _ := config[p.Name+":"+key].(map[string]any)
			return values[fmt.Sprint(name)] != nil
		})
		if !isSet {
			missing = append(missing, fmt.Sprint(name))
		}
	}
	return missing, nil
}

// IsSet tells whether a stack file sets a key. A key without a namespace belongs to the project.
func IsSet(path, project, key string) (bool, error) {
	var f file
	if err := load(path, &f); err != nil {
		return false, err
	}
	_, ok := f.Config[stackconfig.FullKey(project, key)]
	return ok, nil
}

// Settings returns the keys of all stacks that are set for the local AWS only, also by generated secrets, sorted.
func Settings(w *workspace.Workspace, p *stackconfig.Project) ([]string, error) {
	paths, err := filepath.Glob(w.Overrides("*"))
	if err != nil {
		return nil, fmt.Errorf("list the local settings: %w", err)
	}
	var keys []string
	for _, path := range paths {
		var f file
		if err := load(path, &f); err != nil {
			return nil, err
		}
		for key := range f.Config {
			keys = append(keys, strings.TrimPrefix(key, p.Name+":"))
		}
	}
	slices.Sort(keys)
	return slices.Compact(keys), nil
}

// loadOverrides reads the local settings and what encrypts more. It creates both if they do not exist.
func loadOverrides(w *workspace.Workspace, p *stackconfig.Project, stack string) (*file, *encrypter, error) {
	passphrase, err := os.ReadFile(w.Passphrase())
	if errors.Is(err, fs.ErrNotExist) {
		passphrase = []byte(Token() + "\n")
		err = workspace.WriteFile(w.Passphrase(), passphrase, 0o600)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("read the local passphrase: %w", err)
	}
	overrides := &file{}
	if err := load(w.Overrides(stack), overrides); err != nil {
		return nil, nil, err
	}
	rename(overrides.Config, p)
	secrets := &encrypter{passphrase: strings.TrimSpace(string(passphrase)), salt: overrides.EncryptionSalt}
	if overrides.EncryptionSalt == "" {
		if err := secrets.open(); err != nil {
			return nil, nil, err
		}
		overrides.EncryptionSalt = secrets.salt
	}
	return overrides, secrets, nil
}

// load reads a YAML file. A missing file is empty.
func load(path string, into any) error {
	if err := stackconfig.Load(path, into); !errors.Is(err, fs.ErrNotExist) {
		return err //nolint:wrapcheck // its message is complete
	}
	return nil
}

func save(path string, f file) error {
	data, err := yaml.Marshal(f)
	if err == nil {
		err = workspace.WriteFile(path, data, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
