// Package stackconfig reads a stack's configuration from the project's files, without Pulumi, its state or a key. The
// values of Pulumi.<stack>.yaml override the defaults of Pulumi.yaml.
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
	"time"

	"gopkg.in/yaml.v3"
)

// ProjectFile is the name of the file that declares the project and the defaults of its configuration.
const ProjectFile = "Pulumi.yaml"

// FileVariable is the environment variable with the path of the file that the engine reads instead of the stack's file.
// The local AWS sets it.
const FileVariable = "THREA_STACK_FILE"

// Encrypted replaces a value that is encrypted in the file.
const Encrypted = "encrypted"

// Config is a stack's configuration as the engine passes it to a program.
type Config struct {
	Project string
	Stack   string
	Set     map[string]string // value by full key; lists and objects are JSON
	// Secret holds the keys with encrypted values. The encrypted part, or the whole value, is Encrypted.
	Secret map[string]bool
	// Changed holds the elements of lists and objects that are another text for the engine than in the file, by path:
	// "threa:appEnvironment.PHONE".
	Changed map[string]Changed
}

// Project is the content of the project file.
type Project struct {
	Name   string
	Config map[string]Default
}

// Default is the value that the project file declares for a key. It is zero without one.
type Default struct{ yaml.Node }

// UnmarshalYAML implements yaml.Unmarshaler. The file has the value, or an object that has it in default or value.
func (d *Default) UnmarshalYAML(node *yaml.Node) error {
	var declared struct{ Default, Value yaml.Node }
	switch {
	case node.Kind != yaml.MappingNode:
		d.Node = *node
	case node.Decode(&declared) != nil:
		return fmt.Errorf("line %d: the declaration of a key is invalid", node.Line)
	case !declared.Default.IsZero():
		d.Node = declared.Default
	default:
		d.Node = declared.Value
	}
	return nil
}

// LoadProject reads the project file in a folder.
func LoadProject(folder string) (*Project, error) {
	path := filepath.Join(folder, ProjectFile)
	var project Project
	if err := Load(path, &project); err != nil {
		return nil, err
	}
	if project.Name == "" {
		return nil, fmt.Errorf("%s has no name", path)
	}
	return &project, nil
}

// Key returns the full key: a bare key belongs to the project's namespace.
func (c *Config) Key(key string) string { return FullKey(c.Project, key) }

// FullKey adds the project's namespace to a bare key.
func FullKey(project, key string) string {
	if strings.Contains(key, ":") {
		return key
	}
	return project + ":" + key
}

// StackFile returns the path of a stack's file.
func StackFile(folder, stack string) string { return filepath.Join(folder, "Pulumi."+stack+".yaml") }

// FindProject returns the nearest folder from dir upwards that has a project file.
func FindProject(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("find project: %w", err)
	}
	for folder := dir; ; folder = filepath.Dir(folder) {
		if _, err := os.Stat(filepath.Join(folder, ProjectFile)); err == nil {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", fmt.Errorf("neither %s nor a folder above has a %s. Run the command in the project's folder",
				dir, ProjectFile)
		}
	}
}

// Stacks returns the names of the stacks with a file in the project's folder, sorted.
func Stacks(folder string) ([]string, error) {
	files, err := filepath.Glob(StackFile(folder, "*"))
	if err != nil {
		return nil, fmt.Errorf("list stack files: %w", err)
	}
	var stacks []string
	for _, file := range files {
		stacks = append(stacks, strings.TrimSuffix(strings.TrimPrefix(filepath.Base(file), "Pulumi."), ".yaml"))
	}
	return stacks, nil
}

// Read reads the configuration of a stack of the project in a folder.
func Read(folder, stack string) (*Config, error) {
	return ReadFile(folder, StackFile(folder, stack), stack)
}

// ReadFile is Read with another file of the stack.
func ReadFile(folder, path, stack string) (*Config, error) {
	project, err := LoadProject(folder)
	if err != nil {
		return nil, err
	}
	var file struct{ Config map[string]yaml.Node }
	if err := Load(path, &file); errors.Is(err, fs.ErrNotExist) {
		stacks, _ := Stacks(folder) // the message is clear without them
		return nil, fmt.Errorf("%s does not exist. Stacks with a file: %s", path, strings.Join(stacks, ", "))
	} else if err != nil {
		return nil, err
	}
	c := &Config{
		Project: project.Name, Stack: stack, Set: map[string]string{}, Secret: map[string]bool{},
		Changed: map[string]Changed{},
	}
	for _, key := range slices.Sorted(maps.Keys(project.Config)) {
		value := project.Config[key]
		if err := c.set(key, &value.Node); err != nil {
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

// Load reads a YAML file into target. The error wraps fs.ErrNotExist if the file does not exist.
func Load(path string, target any) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read configuration: %w", err)
	}
	if err := yaml.Unmarshal(text, target); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// set sets a key to the value of a node. Numbers and booleans keep the form in which they are written.
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
	c.findChanged(key, node)
	masked, secret := mask(value)
	if secret {
		c.Secret[key] = true
	}
	if text, ok := masked.(string); ok {
		c.Set[key] = text
		return nil
	}
	text, err := json.Marshal(masked)
	if err != nil {
		return fmt.Errorf("read %s: %w", key, err)
	}
	c.Set[key] = string(text)
	return nil
}

// IsSecret reports whether a value is encrypted: Pulumi writes it as an object with the single key secure.
func IsSecret(value any) bool {
	object, _ := value.(map[string]any)
	_, secure := object["secure"]
	return secure && len(object) == 1
}

// mask replaces every encrypted value with Encrypted, and reports whether there was one.
func mask(value any) (masked any, secret bool) {
	if IsSecret(value) {
		return Encrypted, true
	}
	switch value := value.(type) {
	case time.Time:
		return value.String(), false // as the engine writes it
	case map[string]any:
		for key, element := range value {
			element, isSecret := mask(element)
			value[key], secret = element, secret || isSecret
		}
	case []any:
		for i, element := range value {
			element, isSecret := mask(element)
			value[i], secret = element, secret || isSecret
		}
	}
	return value, secret
}
