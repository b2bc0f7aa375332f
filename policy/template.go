package policy

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Resource is a resource as a Pulumi program registers it.
type Resource struct {
	Type, Name string         // aws:rds/instance:Instance, database-instance
	Inputs     map[string]any // decoded JSON
}

// Template is a CloudFormation template.
type Template struct {
	AWSTemplateFormatVersion string
	Resources                map[string]Entry
}

// Entry is a resource in a template.
type Entry struct {
	Type                string
	DeletionPolicy      string `json:",omitempty"`
	UpdateReplacePolicy string `json:",omitempty"`
	Metadata            map[string]any
	Properties          map[string]any
}

// Write translates resources. It reports everything that it cannot translate at once.
func Write(resources []Resource) (*Template, error) {
	references := map[string]any{}
	for _, r := range resources {
		maps.Copy(references, known[r.Type].references(r))
	}
	template := &Template{AWSTemplateFormatVersion: "2010-09-09", Resources: map[string]Entry{}}
	var problems []error
	for _, r := range resources {
		if _, left := Untranslated[r.Type]; left {
			continue
		}
		entry, err := translate(r, references)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", r.Type, r.Name, err))
			continue
		}
		if _, double := template.Resources[r.logical()]; double {
			problems = append(problems, fmt.Errorf("%s %s: another resource is called %s", r.Type, r.Name, r.logical()))
		}
		template.Resources[r.logical()] = entry
	}
	return template, errors.Join(problems...)
}

// name is where a template keeps a resource's name in the program.
const name = "PulumiName"

// ProgramName is the name in the program of a resource of a template, by its logical ID there.
func (t *Template) ProgramName(id string) string {
	text, _ := t.Resources[id].Metadata[name].(string)
	return text
}

func translate(r Resource, references map[string]any) (Entry, error) {
	k, there := known[r.Type]
	if !there {
		return Entry{}, errors.New("no such type in CloudFormation is known: add it to the table, or to Untranslated with the reason")
	}
	entry := Entry{
		Type: k.target, DeletionPolicy: k.deletion, UpdateReplacePolicy: k.deletion,
		Metadata: map[string]any{name: r.Name}, Properties: map[string]any{},
	}
	for _, property := range sortedKeys(r.Inputs) {
		if _, left := k.left[property]; left {
			continue
		}
		if key, isAttribute := k.attributes[property]; isAttribute {
			list, _ := entry.Properties[k.list].([]any)
			entry.Properties[k.list] = append(list, map[string]any{"Key": key, "Value": fmt.Sprint(r.Inputs[property])})
			continue
		}
		value, err := k.value(property, r.Inputs[property])
		if err == nil {
			err = put(entry.Properties, k.path(property), refer(value, references))
		}
		if err != nil {
			return Entry{}, fmt.Errorf("%s: %w", property, err)
		}
	}
	return entry, nil
}

// path is where a property is in CloudFormation.
func (k kind) path(property string) []string {
	if path, renamed := k.paths[property]; renamed {
		return strings.Split(path, ".")
	}
	return []string{capital(property)}
}

// value is what a property's value is in CloudFormation.
func (k kind) value(property string, given any) (any, error) {
	if convert, special := k.values[property]; special {
		return convert(given)
	}
	if property == "tags" {
		return pairs("Key")(given), nil
	}
	return capitals(given), nil
}

// put sets a value below a path of keys.
func put(object map[string]any, path []string, value any) error {
	if len(path) == 1 {
		if _, double := object[path[0]]; double {
			return fmt.Errorf("%s is set twice", path[0])
		}
		object[path[0]] = value
		return nil
	}
	below, there := object[path[0]].(map[string]any)
	if !there {
		below = map[string]any{}
		object[path[0]] = below
	}
	return put(below, path[1:], value)
}

// refer replaces texts that name another resource by a reference to it.
func refer(value any, references map[string]any) any {
	switch value := value.(type) {
	case string:
		if reference, there := references[value]; there {
			return reference
		}
	case []any:
		return each(value, func(element any) any { return refer(element, references) })
	case map[string]any:
		all := map[string]any{}
		for key, element := range value {
			all[key] = refer(element, references)
		}
		return all
	}
	return value
}

func each(list []any, f func(any) any) []any {
	all := make([]any, len(list))
	for i := range list {
		all[i] = f(list[i])
	}
	return all
}

// capitals writes keys the way CloudFormation does: with a capital letter.
func capitals(value any) any {
	switch value := value.(type) {
	case []any:
		return each(value, capitals)
	case map[string]any:
		all := map[string]any{}
		for key, element := range value {
			all[capital(key)] = capitals(element)
		}
		return all
	}
	return value
}

func capital(key string) string {
	runes := []rune(key)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

// pairs turns a map into the list of pairs that CloudFormation has in its place.
func pairs(key string) func(any) any {
	return func(value any) any {
		object, _ := value.(map[string]any)
		list := []any{}
		for _, name := range sortedKeys(object) {
			list = append(list, map[string]any{key: name, "Value": object[name]})
		}
		return list
	}
}

// parsed reads JSON that the program hands on as text.
func parsed(value any) (any, error) {
	text, ok := value.(string)
	if !ok {
		return nil, fmt.Errorf("%v is no text", value)
	}
	var document any
	if err := json.Unmarshal([]byte(text), &document); err != nil {
		return nil, fmt.Errorf("read the JSON in it: %w", err)
	}
	return document, nil
}

func sortedKeys[V any](object map[string]V) []string { return slices.Sorted(maps.Keys(object)) }

var notAlphanumeric = regexp.MustCompile(`[^A-Za-z0-9]`)

// logical is a resource's logical ID, which takes letters and digits only. In Pulumi two resources may have one name
// when their types differ.
func (r Resource) logical() string {
	var id strings.Builder
	for _, word := range notAlphanumeric.Split(r.Name+" "+r.Type[strings.LastIndex(r.Type, ":")+1:], -1) {
		if word != "" {
			id.WriteString(capital(word))
		}
	}
	return id.String()
}
