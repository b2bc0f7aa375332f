// Package stackconfig reads a stack's configuration from the files of the project, without Pulumi, its state or a key:
// the defaults of Pulumi.yaml with the values of Pulumi.<stack>.yaml over them.
package stackconfig

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"gopkg.in/yaml.v3"
)

const projectFile = "Pulumi.yaml"

// Encrypted stands for a value that is encrypted in the file.
const Encrypted = "encrypted"

// Config is a configuration in the form in which the engine hands it to a program: keys with their namespace, texts as
// they are, lists and objects as JSON.
type Config struct {
	Project string
	Stack   string
	Set     map[string]string
	// Secret are the keys whose values are encrypted, as a whole or in parts. The whole of one, or the part, is Encrypted.
	Secret map[string]bool
}

// Key adds the project's namespace to a bare key.
func (c *Config) Key(key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return c.Project + ":" + key
}

// Find is the nearest folder from dir upwards that holds a project.
func Find(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find the project: %w", err)
	}
	for at := dir; ; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, projectFile)); err == nil {
			return at, nil
		}
		if at == filepath.Dir(at) {
			return "", fmt.Errorf("there is no %s in %s or above: run this in the project's folder", projectFile, dir)
		}
	}
}

// Stacks are the stacks that have a file in the project's folder, sorted.
func Stacks(project string) ([]string, error) {
	files, err := filepath.Glob(filepath.Join(project, "Pulumi.*.yaml"))
	if err != nil {
		return nil, fmt.Errorf("list the stack files: %w", err)
	}
	var stacks []string
	for _, file := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	return stacks, nil
}

// Read reads the configuration of a stack of the project in a folder.
func Read(folder, stack string) (*Config, error) {
	var project struct {
		Name   string
		Config map[string]struct{ Default, Value yaml.Node }
	}
	if err := load(filepath.Join(folder, projectFile), &project); err != nil {
		return nil, err
	}
	var file struct{ Config map[string]yaml.Node }
	if err := load(filepath.Join(folder, "Pulumi."+stack+".yaml"), &file); errors.Is(err, fs.ErrNotExist) {
		stacks, _ := Stacks(folder) // the message says enough without them
		return nil, fmt.Errorf("there is no Pulumi.%s.yaml in %s: the stacks with a file are %s", stack, folder, strings.Join(stacks, ", "))
	} else if err != nil {
		return nil, err
	}
	c := &Config{Project: project.Name, Stack: stack, Set: map[string]string{}, Secret: map[string]bool{}}
	for _, key := range slices.Sorted(maps.Keys(project.Config)) {
		declared := project.Config[key]
		value := declared.Default
		if value.IsZero() {
			value = declared.Value
		}
		if err := c.set(key, &value); err != nil {
			return nil, err
		}
	}
	for _, key := range slices.Sorted(maps.Keys(file.Config)) {
		value := file.Config[key]
		if err := c.set(key, &value); err != nil {
			return nil, err
		}
	}
	return c, nil
}

func load(path string, into any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the configuration: %w", err)
	}
	if err := yaml.Unmarshal(text, into); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// set takes a value over. Numbers and truth values keep the form in which they are written.
func (c *Config) set(key string, node *yaml.Node) error {
	key = c.Key(key)
	delete(c.Secret, key)
	if node.Kind == yaml.ScalarNode {
		c.Set[key] = node.Value
		return nil
	}
	var value any
	if err := node.Decode(&value); err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	plain, secret := reveal(value)
	if secret {
		c.Secret[key] = true
	}
	if text, whole := plain.(string); whole {
		c.Set[key] = text
		return nil
	}
	text, err := json.Marshal(plain)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	c.Set[key] = string(text)
	return nil
}

// reveal puts Encrypted in the place of every encrypted value, which is an object with the one key secure, and tells
// whether there was one.
func reveal(value any) (plain any, secret bool) {
	switch value := value.(type) {
	case map[string]any:
		if _, encrypted := value["secure"].(string); encrypted && len(value) == 1 {
			return Encrypted, true
		}
		for key, element := range value {
			revealed, is := reveal(element)
			value[key], secret = revealed, secret || is
		}
	case []any:
		for i, element := range value {
			revealed, is := reveal(element)
			value[i], secret = revealed, secret || is
		}
	}
	return value, secret
}
