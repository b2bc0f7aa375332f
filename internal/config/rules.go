package config

import (
	_ "embed"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"threa-infra/internal/resources"
)

// rule says which values a key takes. keys.yaml describes the fields.
type rule struct {
	Pattern     pattern
	Not         []string
	Optional    bool
	OneOf       []string `yaml:"oneOf"`
	Least, Most int
	Unit        string
	Must        string
	Example     string
	Fix         string // the command that fixes a wrong value; default: set the example
}

// pattern is a regular expression for a whole text.
type pattern struct{ *regexp.Regexp }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile(`^(?:` + string(text) + `)$`)
	return err //nolint:wrapcheck // the decoder names the place
}

//go:embed keys.yaml
var keysYAML []byte

// rules has the rules by project and key.
var rules = func() map[string]map[string]rule {
	var read map[string]map[string]rule
	if err := resources.Decode(keysYAML, &read); err != nil {
		panic(fmt.Sprintf("read keys.yaml: %v", err)) // every test shows it
	}
	return read
}()

// fill sets the fields of a struct that have the tag key, and those of the structs in it, to the values of these keys.
func (r *reader) fill(into any) { r.fillValue(reflect.ValueOf(into).Elem()) }

func (r *reader) fillValue(value reflect.Value) {
	for i := range value.NumField() {
		field, key := value.Field(i), value.Type().Field(i).Tag.Get("key")
		switch {
		case key == "" && field.Kind() == reflect.Struct:
			r.fillValue(field)
		case key == "":
		case field.Kind() == reflect.Bool:
			field.SetBool(r.boolean(key))
		case field.Kind() == reflect.Int:
			field.SetInt(int64(r.integer(key)))
		case field.Kind() == reflect.Slice:
			field.Set(reflect.ValueOf(r.list(key)))
		case field.Kind() == reflect.Map:
			field.Set(reflect.ValueOf(r.table(key)))
		default:
			field.SetString(r.value(key))
		}
	}
}

// value returns the text of a key, which must satisfy its rule.
func (r *reader) value(key string) string {
	rule, value := r.rule(key), r.text(key)
	if rule.OneOf != nil {
		return r.oneOf(key, rule.OneOf...)
	}
	if !rule.allows(value) {
		r.rejectRule(key, rule)
	}
	return value
}

func (r *reader) rule(key string) rule { return rules[r.Project][key] }

func (r *reader) rejectRule(key string, rule rule) {
	example := strings.ReplaceAll(rule.Example, "{region}", r.text("aws:region"))
	r.reject(key, r.text(key), "must "+rule.Must, example)
	if rule.Fix != "" {
		r.problems[len(r.problems)-1].Fix = rule.Fix
	}
}

// allows reports whether a text satisfies the rule. A rule without a pattern allows any text.
func (r rule) allows(text string) bool {
	if r.Pattern.Regexp == nil || r.Optional && text == "" {
		return true
	}
	return r.Pattern.MatchString(text) && !slices.Contains(r.Not, text) && len(text) >= r.Least &&
		(r.Most == 0 || len(text) <= r.Most)
}

// oneOf returns one of the options. The fix for another value is the option that was probably meant, or the example.
func (r *reader) oneOf(key string, options ...string) string {
	value, rule := r.text(key), r.rule(key)
	if slices.Contains(options, value) {
		return value
	}
	if rule.Example == "" {
		rule.Example = options[0]
	}
	for _, option := range options {
		if typed := strings.ToLower(value); typed == strings.ToLower(option) || slices.Contains(synonyms[option], typed) {
			rule.Example = option
		}
	}
	if rule.Must == "" {
		rule.Must = strings.TrimSpace("be " + either(options) + " " + rule.Unit)
	} else {
		rule.Must += ": " + strings.Join(options, ", ")
	}
	r.rejectRule(key, rule)
	return value
}

// synonyms maps an option to other spellings.
var synonyms = map[string][]string{
	"true": {"yes", "on", "1", "y"}, "false": {"no", "off", "0", "n"},
	"arm64": {"aarch64", "arm"}, "x86_64": {"amd64", "x86", "x64"},
}

func (r *reader) boolean(key string) bool { return r.oneOf(key, "true", "false") == "true" }

// integer returns the number of a key. Without a value it is 0 if the rule says that the key is optional.
func (r *reader) integer(key string) int {
	rule, text := r.rule(key), r.text(key)
	switch {
	case rule.OneOf != nil:
		number, _ := strconv.Atoi(r.oneOf(key, rule.OneOf...))
		return number
	case rule.Optional && text == "":
		return 0
	}
	return r.between(key, rule)
}

// between returns a number within the limits of a rule.
func (r *reader) between(key string, limits rule) int {
	number, err := strconv.Atoi(r.text(key))
	if err != nil || number < limits.Least || number > limits.Most {
		limits.Must = strings.TrimSpace(fmt.Sprintf("be an integer from %d to %d %s", limits.Least, limits.Most, limits.Unit))
		if limits.Optional {
			limits.Must += " or empty"
		}
		r.rejectRule(key, limits)
	}
	return number
}

// either joins options: "a, b or c".
func either(options []string) string {
	last := len(options) - 1
	return strings.Join(options[:last], ", ") + " or " + options[last]
}
