// Package policy writes the resources of the program into a CloudFormation template, because AWS publishes rules that
// check templates. The template is only read: nothing is deployed from it.
//
// internal/resources describes how a template represents a type. An unknown type is an error, so that the rules check
// every resource.
package policy

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"threa-infra/internal/resources"
)

// Resource is a resource as a Pulumi program registers it.
type Resource struct {
	// Type and Name are the type token and the logical name, such as aws:rds/instance:Instance and database-instance.
	Type, Name string
	// Inputs are decoded JSON.
	Inputs map[string]any
	// ID and ARN are the texts by which other resources refer to it.
	ID, ARN string
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

// logicalName is the metadata key of a resource's logical name in the program.
const logicalName = "PulumiName"

// LogicalName returns the logical name of the resource with this ID in the template.
func (t *Template) LogicalName(id string) string {
	name, _ := t.Resources[id].Metadata[logicalName].(string)
	return name
}

// Write returns a template with the resources. Its error names every resource that it cannot translate.
func Write(list []Resource) (*Template, error) {
	references := map[string]any{}
	for _, r := range list {
		r.addReference(references)
	}
	template := &Template{AWSTemplateFormatVersion: "2010-09-09", Resources: map[string]Entry{}}
	var problems []error
	for _, r := range list {
		row, known := resources.Find(r.Type)
		if row.CloudFormation.Omitted != "" {
			continue
		}
		entry, err := r.translate(row.CloudFormation, references)
		switch _, taken := template.Resources[r.id()]; {
		case !known || row.CloudFormation.Type == "":
			err = errors.New("its row in internal/resources has no CloudFormation type")
		case taken:
			err = fmt.Errorf("another resource has the id %s", r.id())
		}
		if err != nil {
			problems = append(problems, fmt.Errorf("%s %s: %w", r.Type, r.Name, err))
		}
		template.Resources[r.id()] = entry
	}
	for _, r := range list {
		if row, _ := resources.Find(r.Type); row.CloudFormation.Part {
			template.merge(r.id())
		}
	}
	return template, errors.Join(problems...)
}

// merge moves the properties of a part to the resources of its type.
func (t *Template) merge(id string) {
	part := t.Resources[id]
	delete(t.Resources, id)
	for _, owner := range t.Resources {
		if owner.Type == part.Type {
			maps.Copy(owner.Properties, part.Properties)
		}
	}
}

// addReference maps the text by which other resources refer to this one to the reference in a template.
func (r Resource) addReference(references map[string]any) {
	row, _ := resources.Find(r.Type)
	switch row.CloudFormation.Reference {
	case "id":
		references[r.ID] = map[string]any{"Ref": r.id()}
	case "arn":
		references[r.ARN] = map[string]any{"Ref": r.id()}
	case "arnAttribute":
		references[r.ARN] = map[string]any{"Fn::GetAtt": []any{r.id(), "Arn"}}
	}
}

func (r Resource) translate(row resources.CloudFormation, references map[string]any) (Entry, error) {
	entry := Entry{
		Type: row.Type, DeletionPolicy: row.DeletionPolicy, UpdateReplacePolicy: row.DeletionPolicy,
		Metadata: map[string]any{logicalName: r.Name}, Properties: map[string]any{},
	}
	for _, property := range slices.Sorted(maps.Keys(r.Inputs)) {
		value := r.Inputs[property]
		if row.Omit[property] != "" {
			continue
		}
		if key := row.Attributes[property]; key != "" {
			attributes, _ := entry.Properties[row.AttributeList].([]any)
			attribute := map[string]any{"Key": key, "Value": fmt.Sprint(value)}
			entry.Properties[row.AttributeList] = append(attributes, attribute)
			continue
		}
		path := row.Names[property]
		if path == "" {
			path = capitalize(property)
		}
		converted, err := convert(property, row.Convert[property], value)
		if err == nil {
			err = set(entry.Properties, strings.Split(path, "."), refer(converted, references))
		}
		if err != nil {
			return Entry{}, fmt.Errorf("%s: %w", property, err)
		}
	}
	return entry, nil
}

// set sets the value at a path of keys.
func set(object map[string]any, path []string, value any) error {
	if len(path) == 1 {
		if _, exists := object[path[0]]; exists {
			return fmt.Errorf("%s is set twice", path[0])
		}
		object[path[0]] = value
		return nil
	}
	child, ok := object[path[0]].(map[string]any)
	if !ok {
		child = map[string]any{}
		object[path[0]] = child
	}
	return set(child, path[1:], value)
}

// refer replaces texts that name another resource with a reference to it.
func refer(value any, references map[string]any) any {
	switch value := value.(type) {
	case string:
		if reference, ok := references[value]; ok {
			return reference
		}
	case []any:
		return each(value, func(element any) any { return refer(element, references) })
	case map[string]any:
		object := map[string]any{}
		for key, element := range value {
			object[key] = refer(element, references)
		}
		return object
	}
	return value
}

func capitalize(key string) string {
	runes := []rune(key)
	runes[0] = unicode.ToUpper(runes[0])
	return string(runes)
}

var separators = regexp.MustCompile(`[^A-Za-z0-9]+`)

// id returns the logical ID in a template, which has letters and digits only. It ends with the type, because Pulumi
// allows two resources of different types with one name.
func (r Resource) id() string {
	id := ""
	for _, word := range separators.Split(r.Name+" "+r.Type[strings.LastIndex(r.Type, ":")+1:], -1) {
		if word != "" {
			id += capitalize(word)
		}
	}
	return id
}
