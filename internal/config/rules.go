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
	Pattern, Not pattern
	Optional     bool
	OneOf        []string `yaml:"oneOf"`
	Least, Most  int
	Unit         string
	Must         string
	Example      string
	Unset        string
	Encrypted    string
	Readable     struct{ Must, Fix string }
	Fix          string
}

// pattern is a regular expression for a whole text. The zero value matches nothing.
type pattern struct{ *regexp.Regexp }

// UnmarshalText implements encoding.TextUnmarshaler.
func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.Regexp, err = regexp.Compile(`^(?:` + string(text) + `)$`)
	return err //nolint:wrapcheck // the decoder names the place
}

func (p pattern) matches(text string) bool { return p.Regexp != nil && p.MatchString(text) }

//go:embed keys.yaml
var keysYAML []byte

// rules has the rules by program and key. The program is not the project: the user may rename the project.
var rules = resources.MustDecode[map[string]map[string]rule]("keys.yaml", keysYAML)

// fill sets the fields of a struct that have the tag key to the values of these keys, also in nested structs.
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
		case field.Type() == reflect.TypeFor[Secret]():
			field.SetString(r.encrypted(key))
		default:
			field.SetString(r.value(key))
		}
	}
}

func (r *reader) rule(key string) rule { return r.rules[key] }

// value returns the text of a key, which must satisfy its rule.
func (r *reader) value(key string) string {
	rule := r.rule(key)
	if rule.OneOf != nil {
		return r.oneOf(key, rule.OneOf...)
	}
	if r.isReadable(key) && !r.isValid(key) {
		r.rejectRule(key, rule)
	}
	return r.text(key)
}

// isValid reports whether the text of a key satisfies its rule.
func (r *reader) isValid(key string) bool { return r.rule(key).allows(r.text(key)) }

// CheckImageTag returns an error if imageTag cannot have the value.
func CheckImageTag(tag string) error {
	if rule := rules["threa"]["imageTag"]; !rule.allows(tag) {
		return fmt.Errorf("imageTag must %s", rule.Must)
	}
	return nil
}

// allows reports whether a text satisfies the rule. A rule without a pattern allows any text.
func (r rule) allows(text string) bool {
	if r.Pattern.Regexp == nil || r.Optional && text == "" {
		return true
	}
	return r.Pattern.matches(text) && !r.Not.matches(text) && len(text) >= r.Least && (r.Most == 0 || len(text) <= r.Most)
}

// encrypted returns the text of a key that must be stored encrypted.
func (r *reader) encrypted(key string) string {
	rule, value := r.rule(key), r.text(key)
	switch {
	case value == "" && rule.Optional:
	case value == "":
		r.rejectSecret(key, "not set", rule.Unset)
	case !r.isSecret(key):
		r.rejectSecret(key, "unencrypted", "must be stored encrypted; "+rule.Encrypted)
	case !rule.allows(value):
		r.rejectSecret(key, "[secret]", "must "+rule.Must)
	}
	return value
}

// isReadable rejects a secret in a key that must not be one. It reports whether the value may be checked further.
func (r *reader) isReadable(key string) bool {
	readable := r.rule(key).Readable
	if readable.Must == "" || !r.isSecret(key) {
		return true
	}
	r.reject(key, "[secret]", readable.Must, readable.Fix)
	return false
}

// oneOf returns one of the options. The fix for another value is the option that was probably meant.
func (r *reader) oneOf(key string, options ...string) string {
	value, rule := r.text(key), r.rule(key)
	if slices.Contains(options, value) {
		return value
	}
	if rule.Example == "" {
		rule.Example = options[0]
	}
	fix, typed := r.replacement(key, rule), strings.ToLower(clean(value))
	var numbers []int
	for _, option := range options {
		if typed == strings.ToLower(option) || slices.Contains(synonyms[option], typed) {
			fix = option
		}
		if number, err := strconv.Atoi(option); err == nil {
			numbers = append(numbers, number)
		}
	}
	if fix == placeholder && numbers != nil {
		fix = nearest(value, numbers)
	}
	must := "must be " + either(options)
	if rule.Must != "" {
		must = "must " + rule.Must + ": " + strings.Join(options, ", ")
	} else if rule.Unit != "" {
		must += " " + rule.Unit
	}
	r.rejectWithFix(key, must, fix)
	return value
}

// synonyms maps an option to other spellings.
var synonyms = map[string][]string{
	"true": {"yes", "on", "1", "y"}, "false": {"no", "off", "0", "n"},
	"arm64": {"aarch64", "arm"}, "x86_64": {"amd64", "x86", "x64"},
	IngressLoadBalancer: {"alb", "elb", "load-balancer"}, IngressTunnel: {"cloudflare", "cloudflared"},
}

func (r *reader) boolean(key string) bool { return r.oneOf(key, "true", "false") == "true" }

// integer returns the number of a key. Without a value it is 0 if the rule says that the key is optional.
func (r *reader) integer(key string) int {
	rule := r.rule(key)
	switch {
	case rule.OneOf != nil:
		number, _ := strconv.Atoi(r.oneOf(key, rule.OneOf...))
		return number
	case rule.Optional && r.text(key) == "":
		return 0
	}
	return r.between(key, rule)
}

// between returns a number within the limits of a rule.
func (r *reader) between(key string, limits rule) int {
	number, err := strconv.Atoi(r.text(key))
	if err == nil && number >= limits.Least && number <= limits.Most {
		return number
	}
	if limits.Must == "" {
		limits.Must = strings.TrimSpace(fmt.Sprintf("be an integer from %d to %d %s", limits.Least, limits.Most, limits.Unit))
	}
	if limits.Optional {
		limits.Must += " or empty"
	}
	fix := r.replacement(key, limits)
	switch {
	case err == nil && number < limits.Least:
		fix = limits.Example
	case err == nil:
		fix = strconv.Itoa(limits.Most)
	}
	r.rejectWithFix(key, "must "+limits.Must, fix)
	return number
}

// either joins options: "a, b or c".
func either(options []string) string {
	last := len(options) - 1
	if last == 0 {
		return options[0]
	}
	return strings.Join(options[:last], ", ") + " or " + options[last]
}
