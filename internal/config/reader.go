package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/internal/stackconfig"
)

// Values is a stack's configuration as Pulumi passes it to the program.
type Values struct {
	Project string
	Stack   string
	// Set maps a key with its namespace to its value; objects and lists are JSON.
	Set map[string]string
	// Secret holds the keys that are stored encrypted.
	Secret map[string]bool
	// File is the stack's file as the user wrote it. It is nil if the file is elsewhere.
	File *stackconfig.Config
}

// reader parses the values of the keys and collects the problems.
type reader struct {
	Values
	rules    map[string]rule // by key
	problems []Problem
}

// key returns a key with its namespace.
func (r *reader) key(name string) string { return stackconfig.FullKey(r.Project, name) }

func (r *reader) text(name string) string { return r.Set[r.key(name)] }

func (r *reader) isSecret(name string) bool { return r.Secret[r.key(name)] }

// shown returns a value as messages show it.
func (r *reader) shown(name string) string {
	if r.isSecret(name) {
		return "[secret]"
	}
	return strconv.Quote(r.text(name))
}

// quoted returns elements of a list as messages show them.
func (r *reader) quoted(name string, elements ...string) string {
	if r.isSecret(name) {
		return "[secret]"
	}
	texts := make([]string, len(elements))
	for i, element := range elements {
		texts[i] = strconv.Quote(element)
	}
	return strings.Join(texts, ", ")
}

// with returns the values with another text of one key.
func (v Values) with(key, text string) Values {
	v.Set = maps.Clone(v.Set)
	v.Set[key] = text
	return v
}

// reject reports the value of a key, or of an element of a list or an object, and the command that fixes it.
func (r *reader) reject(path, value, must, fix string) {
	r.problems = append(r.problems, Problem{Key: r.key(path), Value: value, Must: must, Fix: fix})
}

// rejectWithFix reports a wrong value. The fix sets another one.
func (r *reader) rejectWithFix(name, must, value string) {
	if value != placeholder {
		value = shellescape.Quote(value)
	}
	r.reject(name, r.shown(name), must, "pulumi config set "+name+" "+value)
}

// rejectRule reports a value that does not satisfy its rule.
func (r *reader) rejectRule(name string, rule rule) {
	if rule.Fix != "" {
		r.reject(name, r.shown(name), "must "+rule.Must, rule.Fix)
		return
	}
	r.rejectWithFix(name, "must "+rule.Must, r.replacement(name, rule))
}

// rejectValue reports a wrong value.
func (r *reader) rejectValue(name, must string) {
	r.rejectWithFix(name, must, r.replacement(name, r.rule(name)))
}

// replacement returns the example for a key without a value. It returns placeholder for another value: the example
// would replace what the user chose.
func (r *reader) replacement(name string, rule rule) string {
	if r.text(name) == "" {
		return r.withRegion(rule.Example)
	}
	return placeholder
}

// rejectSet reports a value that must not be set here.
func (r *reader) rejectSet(name, must string) {
	r.rejectInstead(name, r.shown(name), must, "pulumi config rm "+name)
}

// rejectInstead reports a value that must be removed, and drops its other problems.
func (r *reader) rejectInstead(path, value, must, fix string) {
	r.problems = slices.DeleteFunc(r.problems, func(p Problem) bool { return p.Key == r.key(path) })
	r.reject(path, value, must, fix)
}

// rejectUnset reports a value that must be set here.
func (r *reader) rejectUnset(name, must string) {
	r.reject(name, "not set", must, "pulumi config set "+name+" "+r.withRegion(r.rule(name).Example))
}

// rejectSecret reports a value that must be set as a secret.
func (r *reader) rejectSecret(name, value, must string) {
	r.reject(name, value, must, "pulumi config set --secret "+name)
}

// withRegion inserts the region into an example.
func (r *reader) withRegion(example string) string {
	return strings.ReplaceAll(example, "{region}", r.text("aws:region"))
}

// list returns the elements of a list, or nil if it has been rejected. The last element is rejected first, as in
// checkElements.
func (r *reader) list(name string) []string {
	before := len(r.problems)
	elements := decode[[]any](r, name, "must be a list of texts",
		fmt.Sprintf("pulumi config rm %[1]s; pulumi config set --path '%[1]s[0]' VALUE", name))
	list := make([]string, len(elements))
	for i, element := range slices.Backward(elements) {
		list[i], _ = r.scalar(fmt.Sprintf("%s[%d]", name, i), element)
	}
	if len(r.problems) > before {
		return nil
	}
	return list
}

func (r *reader) table(name string) map[string]string {
	if !r.isReadable(name) {
		return nil
	}
	object := decode[map[string]any](r, name, "must be an object with a text for every name",
		fmt.Sprintf("pulumi config rm %[1]s; pulumi config set --path %[1]s.NAME VALUE", name))
	table := make(map[string]string, len(object))
	for key, value := range object {
		if text, ok := r.scalar(name+"."+key, value); ok {
			table[key] = text
		}
	}
	return table
}

// decode parses a list or an object. A key that is not set gives the zero value.
func decode[T any](r *reader, name, must, fix string) T {
	var into T
	if r.text(name) == "" {
		return into
	}
	decoder := json.NewDecoder(strings.NewReader(r.text(name)))
	decoder.UseNumber()
	err := decoder.Decode(&into)
	if _, more := decoder.Token(); err != nil || !errors.Is(more, io.EOF) {
		r.reject(name, r.shown(name), must, fix)
	}
	return into
}

// scalar returns the text of an element, which Pulumi may have stored as a number or a boolean. It rejects an element
// that is another text in the stack's file: YAML reads 0123 as a number, for example, and the engine writes it as 83.
func (r *reader) scalar(path string, value any) (string, bool) {
	var text string
	switch value := value.(type) {
	case string:
		text = value
	case json.Number:
		text = value.String()
	case bool:
		text = strconv.FormatBool(value)
	default:
		r.reject(path, "a list, an object or nothing", "must be a text", "pulumi config rm --path "+shellescape.Quote(path))
		return "", false
	}
	if changed, ok := r.changed(path); ok && changed.Became == text {
		r.reject(path, strconv.Quote(changed.Became), "was typed without quotes as "+changed.Typed+
			", which YAML does not read as a text", "pulumi config set --type string --path "+shellescape.Quote(path)+" -- "+
			shellescape.Quote(changed.Typed))
	}
	return text, true
}

func (r *reader) changed(path string) (stackconfig.Changed, bool) {
	if r.File == nil {
		return stackconfig.Changed{}, false
	}
	changed, ok := r.File.Changed[r.key(path)]
	return changed, ok
}

// isUnencrypted reports whether an entry of appSecretValues is stored unencrypted, also if others are encrypted: Pulumi
// then marks the whole object as secret.
func (r *reader) isUnencrypted(name string) bool {
	if !r.isSecret("appSecretValues") {
		return true
	}
	var entries map[string]any
	if r.File == nil || json.Unmarshal([]byte(r.File.Set[r.key("appSecretValues")]), &entries) != nil {
		return false
	}
	value, set := entries[name]
	return set && value != stackconfig.Encrypted
}
