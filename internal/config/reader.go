package config

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
)

// Values is a stack's configuration as Pulumi passes it to the program.
type Values struct {
	Project string
	Stack   string
	// Set maps a key with its namespace to its value; objects and lists are JSON.
	Set map[string]string
	// Secret holds the keys that are stored encrypted.
	Secret map[string]bool
	// Unencrypted holds the entries of appSecretValues that are stored unencrypted.
	Unencrypted map[string]bool
}

// reader parses the values of the keys. It collects the problems and the names of all keys that the program reads.
type reader struct {
	Values
	known    map[string]bool // keys that the program reads, with their namespace
	problems []Problem
}

func newReader(values Values) *reader {
	return &reader{Values: values, known: map[string]bool{}}
}

// key returns a key with its namespace and records that the program reads it.
func (r *reader) key(name string) string {
	if !strings.Contains(name, ":") {
		name = r.Project + ":" + name
	}
	r.known[name] = true
	return name
}

// reject reports a wrong value. The fix sets the example.
func (r *reader) reject(name, value, must, example string) {
	r.problems = append(r.problems, Problem{
		Key: r.key(name), Value: r.shown(name, value), Must: must,
		Fix: fmt.Sprintf("pulumi config set %s %s", name, shellescape.Quote(example)),
	})
}

// rejectElement reports a wrong or missing value that takes another command to fix.
func (r *reader) rejectElement(path, value, must, fix string) {
	r.problems = append(r.problems, Problem{Key: r.Project + ":" + path, Value: value, Must: must, Fix: fix})
}

func (r *reader) text(name string) string {
	return r.Set[r.key(name)]
}

// match returns the text of a key, which must satisfy a rule.
func (r *reader) match(name string, ok func(string) bool, must, example string) string {
	value := r.text(name)
	if !ok(value) {
		r.reject(name, value, must, example)
	}
	return value
}

// oneOf returns one of the options. The fix for another value is the option that was probably meant, or the first one.
func (r *reader) oneOf(name string, options ...string) string {
	example := options[0]
	for _, option := range options {
		value := strings.ToLower(r.text(name))
		if value == strings.ToLower(option) || slices.Contains(synonyms[option], value) {
			example = option
		}
	}
	isOption := func(value string) bool { return slices.Contains(options, value) }
	return r.match(name, isOption, "must be "+either(options), example)
}

// synonyms maps an option to other spellings.
var synonyms = map[string][]string{
	"true": {"yes", "on", "1", "y"}, "false": {"no", "off", "0", "n"},
	"arm64": {"aarch64", "arm"}, "x86_64": {"amd64", "x86", "x64"},
}

func (r *reader) integer(name string, low, high int, unit string, example int) int {
	value, err := strconv.Atoi(r.text(name))
	if err != nil || value < low || value > high {
		must := strings.TrimSpace(fmt.Sprintf("must be an integer from %d to %d %s", low, high, unit))
		r.reject(name, r.text(name), must, strconv.Itoa(example))
	}
	return value
}

func (r *reader) boolean(name string) bool {
	return r.oneOf(name, "true", "false") == "true"
}

func (r *reader) list(name string) []string {
	elements := decode[[]any](r, name, "must be a list of texts",
		fmt.Sprintf("pulumi config rm %[1]s; pulumi config set --path '%[1]s[0]' VALUE", name))
	list := make([]string, 0, len(elements))
	for i, element := range elements {
		if text, ok := r.scalar(fmt.Sprintf("%s[%d]", name, i), element); ok {
			list = append(list, text)
		}
	}
	return list
}

func (r *reader) table(name string) map[string]string {
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
	value := r.text(name)
	if value == "" {
		return into
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	err := decoder.Decode(&into)
	if _, more := decoder.Token(); err != nil || !errors.Is(more, io.EOF) {
		r.rejectElement(name, r.shown(name, value), must, fix)
	}
	return into
}

// scalar returns a number or a boolean as the text that was typed, because pulumi config set --path guesses types.
func (r *reader) scalar(path string, value any) (string, bool) {
	switch value := value.(type) {
	case string:
		return value, true
	case json.Number:
		return value.String(), true
	case bool:
		return strconv.FormatBool(value), true
	}
	r.rejectElement(path, "a list, an object or nothing", "must be a text", "pulumi config rm --path "+shellescape.Quote(path))
	return "", false
}

// shown returns a value as messages show it.
func (r *reader) shown(name, value string) string {
	if r.Secret[r.key(name)] {
		return "[secret]"
	}
	return strconv.Quote(value)
}

// either joins options: "a, b or c".
func either(options []string) string {
	last := len(options) - 1
	return strings.Join(options[:last], ", ") + " or " + options[last]
}

// texts formats numbers.
func texts(numbers []int) []string {
	all := make([]string, len(numbers))
	for i, number := range numbers {
		all[i] = strconv.Itoa(number)
	}
	return all
}
