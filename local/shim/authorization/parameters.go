package authorization

import (
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
)

// parameters are those of one call, whatever its protocol.
type parameters struct {
	form url.Values
	body map[string]any
	path map[string]string
}

// values finds a parameter: of a form by its name, in which a list goes on as NAME.1 or NAME.member.1 and * is any
// number; of a JSON body by the names on the way to it, with periods between; of a path by its place.
func (p parameters) values(name string) []string {
	if value, there := p.path[name]; there {
		return []string{value}
	}
	if p.body != nil {
		return jsonValues(p.body, strings.Split(name, "."))
	}
	pattern := regexp.MustCompile(`^` + strings.ReplaceAll(regexp.QuoteMeta(name), `\*`, `[0-9]+`) + `(\.([A-Za-z]+\.)?[0-9]+)?$`)
	var all []string
	for _, key := range slices.Sorted(maps.Keys(p.form)) {
		if pattern.MatchString(key) && p.form.Get(key) != "" {
			all = append(all, p.form.Get(key))
		}
	}
	return all
}

func jsonValues(value any, way []string) []string {
	switch value := value.(type) {
	case string:
		if len(way) == 0 && value != "" {
			return []string{value}
		}
	case map[string]any:
		if len(way) > 0 {
			return jsonValues(value[way[0]], way[1:])
		}
	case []any:
		var all []string
		for _, element := range value {
			all = append(all, jsonValues(element, way)...)
		}
		return all
	}
	return nil
}

// tagged tells whether a call carries tags.
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

// path is a REST call: "GET /schedules/{Name}" is GetSchedule. A parameter in braces takes no slash, one that ends in
// "+" takes the rest.
type path struct{ pattern, call string }

var placeholder = regexp.MustCompile(`\\\{([A-Za-z]+)(\\\+)?\\\}`)

// readPath finds out which call "GET /path" is and takes its parameters from the path. No name means that none fits.
func (p *parameters) readPath(paths []path, request string) string {
	for _, one := range paths {
		var names []string
		expression := placeholder.ReplaceAllStringFunc(regexp.QuoteMeta(one.pattern), func(found string) string {
			names = append(names, placeholder.FindStringSubmatch(found)[1])
			if strings.HasSuffix(found, `\+\}`) {
				return "(.+)"
			}
			return "([^/]+)"
		})
		found := regexp.MustCompile("^" + expression + "/?$").FindStringSubmatch(request)
		if found == nil {
			continue
		}
		p.path = map[string]string{}
		for i, name := range names {
			p.path[name] = found[i+1]
		}
		return one.call
	}
	return ""
}
