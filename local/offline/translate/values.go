package translate

import (
	"cmp"
	"encoding/json"
	"strconv"
	"strings"

	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/structpb"
)

// signatureKey marks an object as a wrapper (a secret, an output) around its "value".
const signatureKey = "4dabf18193072939515e22adb298388d"

// ToBridge rewrites the properties of a pulumi-aws resource for the bridge. The argument stays as it was.
func ToBridge(token string, properties *structpb.Struct) *structpb.Struct {
	return rewrite(token, properties, true)
}

// FromBridge rewrites the bridge's properties for pulumi-aws. The argument stays as it was.
func FromBridge(token string, properties *structpb.Struct) *structpb.Struct {
	return rewrite(token, properties, false)
}

// PathToBridge rewrites a property path such as "ingress[0].cidrBlocks", as in ignoreChanges.
func PathToBridge(token, path string) string { return rewritePath(token, path, true) }

// PathFromBridge rewrites a property path of the bridge, as in a detailed diff.
func PathFromBridge(token, path string) string { return rewritePath(token, path, false) }

// names returns the name of the property on the side to translate from and on the other.
func (r rule) names(toBridge bool) (from, to string) {
	if toBridge {
		return r.path, cmp.Or(r.bridge, r.path)
	}
	return cmp.Or(r.bridge, r.path), r.path
}

func rewrite(token string, properties *structpb.Struct, toBridge bool) *structpb.Struct {
	if properties == nil || len(rules[token]) == 0 {
		return properties
	}
	out := proto.Clone(properties).(*structpb.Struct)
	for _, r := range rules[token] {
		from, to := r.names(toBridge)
		change(out, strings.Split(from, "."), func(v *structpb.Value) *structpb.Value { return reform(v, r.form, toBridge) })
		if v, ok := out.GetFields()[from]; ok && from != to {
			delete(out.Fields, from)
			out.Fields[to] = v
		}
	}
	return out
}

func rewritePath(token, path string, toBridge bool) string {
	end := strings.IndexAny(path+".", ".[")
	for _, r := range rules[token] {
		if from, to := r.names(toBridge); path[:end] == from {
			return to + path[end:]
		}
	}
	return path
}

// change applies f to the value at a path, inside of wrappers.
func change(s *structpb.Struct, path []string, f func(*structpb.Value) *structpb.Value) {
	v, ok := s.GetFields()[path[0]]
	switch {
	case ok && len(path) == 1:
		s.Fields[path[0]] = through(v, f)
	case ok:
		through(v, func(v *structpb.Value) *structpb.Value {
			change(v.GetStructValue(), path[1:], f)
			return v
		})
	}
}

// through applies f inside of wrappers, so that a secret stays secret.
func through(v *structpb.Value, f func(*structpb.Value) *structpb.Value) *structpb.Value {
	fields := v.GetStructValue().GetFields()
	if _, wrapped := fields[signatureKey]; !wrapped {
		return f(v)
	}
	if inner, known := fields["value"]; known {
		fields["value"] = through(inner, f)
	}
	return v
}

// reformJSON changes between an object and a list of it, both as JSON. It returns any other text as it is.
func reformJSON(text string, toBridge bool) string {
	var object map[string]any
	var list []json.RawMessage
	switch {
	case toBridge && json.Unmarshal([]byte(text), &object) == nil:
		return "[" + text + "]"
	case !toBridge && json.Unmarshal([]byte(text), &list) == nil && len(list) == 1:
		return string(list[0])
	}
	return text
}

// reform changes the form of a value. A value in another form stays: an unknown in a preview, or what the provider is
// to refuse.
func reform(v *structpb.Value, f form, toBridge bool) *structpb.Value {
	switch kind := v.GetKind().(type) {
	case *structpb.Value_BoolValue:
		if f == boolText && toBridge {
			return structpb.NewStringValue(strconv.FormatBool(kind.BoolValue))
		}
	case *structpb.Value_NumberValue:
		if f == numberText && toBridge {
			return structpb.NewStringValue(strconv.FormatFloat(kind.NumberValue, 'f', -1, 64))
		}
	case *structpb.Value_StringValue:
		if n, err := strconv.ParseFloat(kind.StringValue, 64); f == numberText && !toBridge && err == nil {
			return structpb.NewNumberValue(n)
		}
		if b, err := strconv.ParseBool(kind.StringValue); f == boolText && !toBridge && err == nil {
			return structpb.NewBoolValue(b)
		}
		if f == oneOfList {
			return structpb.NewStringValue(reformJSON(kind.StringValue, toBridge))
		}
	case *structpb.Value_ListValue:
		if items := kind.ListValue.GetValues(); (f == listOfOne && toBridge || f == oneOfList && !toBridge) &&
			len(items) == 1 {
			return items[0]
		}
	case *structpb.Value_StructValue:
		if f == listOfOne && !toBridge || f == oneOfList && toBridge {
			return structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{v}})
		}
	}
	return v
}
