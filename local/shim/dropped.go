package shim

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/beevik/etree"
)

// resourceKey names a resource of a service.
type resourceKey struct{ service, region, id string }

// key names a resource of the call's service in the call's region.
func (c *call) key(id string) resourceKey { return resourceKey{c.service, c.region, id} }

// settings are parts of a resource's description: elements of an XML answer or fields of a JSON answer.
type settings map[string]any

// keep stores a setting that moto drops.
func (a *account) keep(c *call, id, name string, value any) {
	key := c.key(id)
	if a.dropped[key] == nil {
		a.dropped[key] = settings{}
	}
	a.dropped[key][name] = value
}

// restore adds the kept settings to every resource in moto's answer. idField is the name of the field with its id.
func (a *account) restore(idField string) correction {
	return correction{after: func(c *call, answer *reply) error {
		if c.protocol == protocolJSON {
			return answer.editJSON(func(out map[string]any) error {
				a.restoreJSON(c, idField, out)
				return nil
			})
		}
		return answer.editXML(func(root *etree.Element) {
			for _, id := range root.FindElements(".//" + idField) {
				for name, value := range a.dropped[c.key(strings.TrimSpace(id.Text()))] {
					setChild(id.Parent(), name, fmt.Sprint(value))
				}
			}
		})
	}}
}

func (a *account) restoreJSON(c *call, idField string, value any) {
	switch value := value.(type) {
	case map[string]any:
		for _, part := range value {
			a.restoreJSON(c, idField, part)
		}
		if id, ok := value[idField].(string); ok {
			maps.Copy(value, a.dropped[c.key(id)])
		}
	case []any:
		for _, part := range value {
			a.restoreJSON(c, idField, part)
		}
	}
}

// tags are the tags of a resource.
type tags map[string]string

// list returns the tags as JSON APIs spell them, sorted by key.
func (t tags) list() []any {
	list := []any{}
	for _, key := range slices.Sorted(maps.Keys(t)) {
		list = append(list, map[string]string{"Key": key, "Value": t[key]})
	}
	return list
}

func (a *account) addTags(arn string, added tags) {
	if a.tags[arn] == nil {
		a.tags[arn] = tags{}
	}
	maps.Copy(a.tags[arn], added)
}

// tagInput has the parameters of the tag calls of all JSON services.
type tagInput struct {
	ResourceARN              string
	Tags                     tags
	ResourceTags             []struct{ Key, Value string }
	TagKeys, ResourceTagKeys []string
}

// tagCall serves the tag calls of JSON services whose tags moto drops. Its answer has the fields of all of them.
func (a *account) tagCall(_ *call, in tagInput) (any, error) {
	a.addTags(in.ResourceARN, in.Tags)
	for _, tag := range in.ResourceTags {
		a.tags[in.ResourceARN][tag.Key] = tag.Value
	}
	for _, key := range slices.Concat(in.TagKeys, in.ResourceTagKeys) {
		delete(a.tags[in.ResourceARN], key)
	}
	return map[string]any{"Tags": a.tags[in.ResourceARN], "ResourceTags": a.tags[in.ResourceARN].list()}, nil
}
