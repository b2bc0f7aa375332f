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

// Values is a stack's configuration as Pulumi hands it over: namespaced keys to text, objects and lists as JSON.
type Values struct {
	Project string
	Stack   string
	Set     map[string]string
	Secret  map[string]bool
	InClear map[string]bool // entries of appSecretValues that are not encrypted beside others that are
}

// reader turns text into typed values and remembers what was wrong and which keys it was asked for.
type reader struct {
	Values
	asked    map[string]bool
	problems []Problem
}

func newReader(values Values) *reader {
	return &reader{Values: values, asked: map[string]bool{}}
}

// key adds the project's namespace to a bare key and takes note that the program knows it.
func (r *reader) key(name string) string {
	if !strings.Contains(name, ":") {
		name = r.Project + ":" + name
	}
	r.asked[name] = true
	return name
}

// reject reports a wrong value together with a value that would do.
func (r *reader) reject(name, value, must, example string) {
	r.problems = append(r.problems, Problem{
		Key: r.key(name), Value: r.shown(name, value), Must: must,
		Mend: fmt.Sprintf("pulumi config set %s %s", name, shellescape.Quote(example)),
	})
}

// rejectElement reports a wrong entry of a list or an object, or the lack of one.
func (r *reader) rejectElement(path, value, must, mend string) {
	r.problems = append(r.problems, Problem{Key: r.Project + ":" + path, Value: value, Must: must, Mend: mend})
}

func (r *reader) text(name string) string {
	return r.Set[r.key(name)]
}

// match reads a text that must satisfy a rule.
func (r *reader) match(name string, ok func(string) bool, must, example string) string {
	value := r.text(name)
	if !ok(value) {
		r.reject(name, value, must, example)
	}
	return value
}

// oneOf suggests what was meant, else the first option.
func (r *reader) oneOf(name string, options ...string) string {
	example := options[0]
	for _, option := range options {
		if value := r.text(name); strings.EqualFold(value, option) || slices.Contains(alike[option], strings.ToLower(value)) {
			example = option
		}
	}
	return r.match(name, func(value string) bool { return slices.Contains(options, value) }, "must be "+either(options), example)
}

// alike is what people write for an option.
var alike = map[string][]string{
	"true": {"yes", "on", "1", "y"}, "false": {"no", "off", "0", "n"}, "arm64": {"aarch64", "arm"}, "x86_64": {"amd64", "x86", "x64"},
}

func (r *reader) integer(name string, low, high int, unit string, example int) int {
	value, err := strconv.Atoi(r.text(name))
	if err != nil || value < low || value > high {
		must := strings.TrimSpace(fmt.Sprintf("must be a whole number from %d to %d %s", low, high, unit))
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

// decode reads a list or an object.
func decode[T any](r *reader, name, must, mend string) T {
	var into T
	value := r.text(name)
	if value == "" {
		return into
	}
	decoder := json.NewDecoder(strings.NewReader(value))
	decoder.UseNumber()
	err := decoder.Decode(&into)
	if _, more := decoder.Token(); err != nil || !errors.Is(more, io.EOF) {
		r.rejectElement(name, r.shown(name, value), must, mend)
	}
	return into
}

// scalar takes numbers and truth values for the text they were typed as: pulumi config set --path guesses types.
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

// shown is a value as it may appear in a message.
func (r *reader) shown(name, value string) string {
	if r.Secret[r.key(name)] {
		return "[secret]"
	}
	return strconv.Quote(value)
}

// either writes alternatives: "a, b or c".
func either(options []string) string {
	last := len(options) - 1
	return strings.Join(options[:last], ", ") + " or " + options[last]
}

// texts writes numbers.
func texts(numbers []int) []string {
	all := make([]string, len(numbers))
	for i, number := range numbers {
		all[i] = strconv.Itoa(number)
	}
	return all
}
