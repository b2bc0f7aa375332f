package authorization

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// parameters are the parameters of one call in any protocol.
type parameters struct {
	form url.Values
	body map[string]any
	path map[string]string
}

// values returns the values of a parameter. In a form, NAME also matches its list elements NAME.1 and NAME.member.1,
// and * matches any number. In a JSON body, periods separate the keys of nested objects.
func (p parameters) values(name string) []string {
	if value, ok := p.path[name]; ok {
		return []string{value}
	}
	if p.body != nil {
		return jsonValues(p.body, strings.Split(name, "."))
	}
	numbered := strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[0-9]+`)
	pattern := regexp.MustCompile(`^` + numbered + `(\.([A-Za-z]+\.)?[0-9]+)?$`)
	var values []string
	for _, key := range slices.Sorted(maps.Keys(p.form)) {
		if pattern.MatchString(key) && p.form.Get(key) != "" {
			values = append(values, p.form.Get(key))
		}
	}
	return values
}

func jsonValues(value any, keys []string) []string {
	switch value := value.(type) {
	case string:
		if len(keys) == 0 && value != "" {
			return []string{value}
		}
	case map[string]any:
		if len(keys) > 0 {
			return jsonValues(value[keys[0]], keys[1:])
		}
	case []any:
		var values []string
		for _, element := range value {
			values = append(values, jsonValues(element, keys)...)
		}
		return values
	}
	return nil
}

// tagged reports whether the call has tags.
func (p parameters) tagged() bool {
	for key := range p.form {
		if strings.HasPrefix(key, "Tags.") || strings.HasPrefix(key, "Tag.") {
			return true
		}
	}
	for _, key := range []string{"tags", "Tags", "ResourceTags"} {
		switch tags := p.body[key].(type) {
		case []any:
			return len(tags) > 0
		case map[string]any:
			return len(tags) > 0
		}
	}
	return false
}

// tag returns the value of a tag of the call.
func (p parameters) tag(key string) string {
	for name := range p.form {
		if strings.HasSuffix(name, ".Key") && strings.Contains(name, "Tag") && p.form.Get(name) == key {
			return p.form.Get(strings.TrimSuffix(name, "Key") + "Value")
		}
	}
	for _, list := range []string{"tags", "Tags", "ResourceTags"} {
		switch tags := p.body[list].(type) {
		case map[string]any:
			value, _ := tags[key].(string)
			return value
		case []any:
			for _, tag := range tags {
				pair, _ := tag.(map[string]any)
				for _, names := range [][2]string{{"Key", "Value"}, {"key", "value"}} {
					if pair[names[0]] == key {
						value, _ := pair[names[1]].(string)
						return value
					}
				}
			}
		}
	}
	return ""
}

// readPath returns the name of the call "GET /path" and keeps the parameters in its path. An unknown call is "".
func (p *parameters) readPath(paths map[string]string, request string) string {
	for pattern, call := range paths {
		expression := strings.NewReplacer(`\{`, "(?P<", `\+\}`, ">.+)", `\}`, ">[^/]+)").Replace(regexp.QuoteMeta(pattern))
		compiled := regexp.MustCompile("^" + expression + "/?$")
		match := compiled.FindStringSubmatch(request)
		if match == nil {
			continue
		}
		p.path = map[string]string{}
		for i, name := range compiled.SubexpNames()[1:] {
			p.path[name] = match[i+1]
		}
		return call
	}
	return ""
}
