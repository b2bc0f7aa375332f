package stackfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"gopkg.in/yaml.v3"

	"threa-infra/internal/stackconfig"
	"threa-infra/local/workspace"
)

// defaultRegion applies where no file names one.
const defaultRegion = "eu-central-1"

// Project is what Pulumi.yaml says.
type Project struct {
	Name   string         `yaml:"name"`
	Config map[string]any `yaml:"config"`
}

// file is a stack file. What is not listed here belongs to the user's own secrets and services, and stays behind.
type file struct {
	EncryptionSalt string         `yaml:"encryptionsalt,omitempty"`
	Config         map[string]any `yaml:"config,omitempty"`
}

// Written is what Write did.
type Written struct {
	*Merged
	Region string
}

// LoadProject reads Pulumi.yaml.
func LoadProject(path string) (*Project, error) {
	var p Project
	if err := load(path, &p); err != nil {
		return nil, err
	}
	if p.Name == "" {
		return nil, fmt.Errorf("%s has no name", path)
	}
	return &p, nil
}

// Write brings the stack's effective file up to date, and its overrides where something was generated.
func Write(w *workspace.Workspace, p *Project, stack string) (*Written, error) {
	passphrase, err := passphrase(w.Passphrase())
	if err != nil {
		return nil, err
	}
	var base, overrides file
	if err := errors.Join(load(w.BaseConfig(stack), &base), load(w.Overrides(stack), &overrides)); err != nil {
		return nil, err
	}
	secrets := &vault{passphrase: passphrase, salt: overrides.EncryptionSalt}
	if overrides.EncryptionSalt == "" {
		if err := secrets.open(); err != nil {
			return nil, err
		}
		overrides.EncryptionSalt = secrets.salt
	}
	kinds := map[string]func() (string, error){p.Name + ":dbPassword": Password, p.Name + ":tunnelToken": TunnelToken}
	required := []string{p.Name + ":dbPassword"}
	ingress := base.Config[p.Name+":ingress"]
	if local, set := overrides.Config[p.Name+":ingress"]; set {
		ingress = local
	}
	if ingress == "tunnel" {
		required = append(required, p.Name+":tunnelToken")
	}
	merged, err := Merge(base.Config, overrides.Config, required, func(key string) (any, error) {
		kind, special := kinds[key]
		if !special {
			kind = Token
		}
		value, err := kind()
		if err != nil {
			return nil, err
		}
		return secrets.encrypt(value)
	})
	if err != nil {
		return nil, err
	}
	overrides.Config = merged.Overrides
	region := region(merged.Config, p.Config)
	merged.Config["aws:region"] = region
	effective := file{EncryptionSalt: overrides.EncryptionSalt, Config: merged.Config}
	if err := errors.Join(save(w.Overrides(stack), overrides), save(w.Effective(stack), effective)); err != nil {
		return nil, err
	}
	return &Written{Merged: merged, Region: region}, nil
}

// SetIn tells whether a stack file sets a key. A bare key belongs to the project.
func SetIn(path, project, key string) (bool, error) {
	var f file
	if err := load(path, &f); err != nil {
		return false, err
	}
	_, ok := f.Config[stackconfig.FullKey(project, key)]
	return ok, nil
}

func region(stack, project map[string]any) string {
	if r, ok := stack["aws:region"].(string); ok && r != "" {
		return r
	}
	switch v := project["aws:region"].(type) {
	case string:
		return v
	case map[string]any:
		for _, field := range []string{"value", "default"} {
			if r, ok := v[field].(string); ok && r != "" {
				return r
			}
		}
	}
	return defaultRegion
}

// passphrase reads the clone's passphrase, or makes it.
func passphrase(path string) (string, error) {
	data, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(data)), nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("read the local passphrase: %w", err)
	}
	made, err := Token()
	if err != nil {
		return "", err
	}
	if err := workspace.WriteFile(path, []byte(made+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("keep the local passphrase: %w", err)
	}
	return made, nil
}

// load reads a YAML file; a missing one is empty.
func load(path string, into any) error {
	if err := stackconfig.Load(path, into); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return nil
}

func save(path string, f file) error {
	data, err := yaml.Marshal(f)
	if err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	if err := workspace.WriteFile(path, data, 0o600); err != nil {
		return fmt.Errorf("write %s: %w", path, err)
	}
	return nil
}
