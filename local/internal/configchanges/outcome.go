package configchanges

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Operation is an operation of the engine on one resource.
type Operation struct {
	Op         string   // create, update, delete or replace
	Type       string   // without provider and class, such as rds/instance
	Name       string   // the logical name
	Properties []string `json:",omitempty"` // that an update changes
}

// Outcome is the result of a step.
type Outcome struct {
	Refused bool        `json:",omitempty"` // if there are operations: until confirmReplacement is set
	Steps   []Operation `json:",omitempty"`
}

// Record has the outcomes of steps by name.
type Record map[string]Outcome

// NewOperation reads an operation of the engine. It returns nil for components, providers and operations that do
// nothing. The operations of a replacement count as one.
func NewOperation(op, urn string, properties []string) *Operation {
	id := resource.URN(urn)
	typeName, isAWS := strings.CutPrefix(string(id.Type()), "aws:")
	if !isAWS || op == "same" || op == "read" {
		return nil
	}
	if strings.Contains(op, "replace") {
		op = "replace"
	}
	if op != "update" {
		properties = nil
	}
	typeName = typeName[:strings.LastIndex(typeName, ":")]
	return &Operation{op, typeName, id.Name(), slices.Sorted(slices.Values(properties))}
}

// cells returns what happens and what is unavailable, as two cells of the table.
func (o Outcome) cells() (string, error) {
	var effects, unavailable []string
	for _, operation := range o.Steps {
		list, err := operation.effects()
		if err != nil {
			return "", err
		}
		for _, effect := range list {
			effects, unavailable = append(effects, effect.Does), append(unavailable, effect.Unavailable)
		}
	}
	cells := join(effects, "in place") + " | " + join(unavailable, "–")
	switch {
	case o.Refused && len(o.Steps) == 0:
		return "refused | –", nil
	case o.Refused:
		return "refused; with `confirmReplacement`: " + cells, nil
	case len(o.Steps) == 0:
		return "nothing now: it applies to later operations | –", nil
	}
	return cells, nil
}

// join joins the different texts of a list.
func join(texts []string, otherwise string) string {
	slices.Sort(texts)
	texts = slices.DeleteFunc(slices.Compact(texts), func(text string) bool { return text == "" })
	if len(texts) == 0 {
		return otherwise
	}
	return strings.Join(texts, "; ")
}

func (o Operation) effects() (effects []Effect, err error) {
	if o.Op != "update" {
		for _, key := range []string{o.Op + " " + o.Name, o.Op + " " + o.Type} {
			if effect, ok := others[key]; ok {
				return []Effect{effect}, nil
			}
		}
		if slices.Contains(unnoticed, o.Type) && o.Op != "replace" {
			return nil, nil
		}
		return nil, fmt.Errorf("no rule for %s %s (%s): add one to effects.go", o.Op, o.Type, o.Name)
	}
	for _, property := range o.Properties {
		effect, ok := updates[o.Type][property]
		if !ok {
			effect, ok = updates[o.Type]["*"]
		}
		if !ok {
			return nil, fmt.Errorf("no rule for updating %s of %s (%s): add one to effects.go", property, o.Type, o.Name)
		}
		effects = append(effects, effect)
	}
	return effects, nil
}

func recordFile(root string) string {
	return filepath.Join(root, "local", "internal", "configchanges", "testdata", "outcomes.json")
}

// Load reads the record of a project.
func Load(root string) (Record, error) {
	text, err := os.ReadFile(recordFile(root))
	if err != nil {
		return nil, fmt.Errorf("read recorded outcomes: %w", err)
	}
	record := Record{}
	if err := json.Unmarshal(text, &record); err != nil {
		return nil, fmt.Errorf("read %s: %w", recordFile(root), err)
	}
	return record, nil
}

// Save writes the record with one line for each step.
func (r Record) Save(root string) error {
	var lines []string
	for _, name := range slices.Sorted(maps.Keys(r)) {
		text, err := json.Marshal(r[name])
		if err != nil {
			return fmt.Errorf("write outcome of %s: %w", name, err)
		}
		lines = append(lines, fmt.Sprintf("%q: %s", name, text))
	}
	if err := os.WriteFile(recordFile(root), []byte("{\n"+strings.Join(lines, ",\n")+"\n}\n"), 0o644); err != nil {
		return fmt.Errorf("write recorded outcomes: %w", err)
	}
	return nil
}
