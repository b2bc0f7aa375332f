package translate

import (
	"slices"
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

func rewrite(token string, properties *structpb.Struct, toBridge bool) *structpb.Struct {
	if properties == nil || len(rules[token]) == 0 {
		return properties
	}
	out := proto.Clone(properties).(*structpb.Struct)
	for _, r := range inOrder(rules[token], toBridge) {
		if r.form != sameForm {
			change(out, strings.Split(r.path, "."), func(v *structpb.Value) *structpb.Value {
				return reform(v, r.form, toBridge)
			})
			continue
		}
		from, to := r.path, r.bridge
		if !toBridge {
			from, to = to, from
		}
		if v, ok := out.GetFields()[from]; ok {
			delete(out.Fields, from)
			out.Fields[to] = v
		}
	}
	return out
}

// inOrder undoes last what was done first.
func inOrder(all []rule, toBridge bool) []rule {
	if toBridge {
		return all
	}
	back := slices.Clone(all)
	slices.Reverse(back)
	return back
}

// change applies f to every value at the path, through lists and wrappers.
func change(s *structpb.Struct, path []string, f func(*structpb.Value) *structpb.Value) {
	if _, wrapped := s.GetFields()[signatureKey]; wrapped {
		if inner := s.Fields["value"].GetStructValue(); inner != nil {
			change(inner, path, f)
		}
		return
	}
	name, isList := strings.CutSuffix(path[0], "[]")
	v, ok := s.GetFields()[name]
	switch {
	case !ok:
	case len(path) == 1:
		s.Fields[name] = through(v, f)
	case isList:
		for _, item := range unwrap(v).GetListValue().GetValues() {
			if inner := item.GetStructValue(); inner != nil {
				change(inner, path[1:], f)
			}
		}
	default:
		if inner := v.GetStructValue(); inner != nil {
			change(inner, path[1:], f)
		}
	}
}

// through applies f inside of wrappers, so that a secret stays one.
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

// unwrap is the value inside of wrappers.
func unwrap(v *structpb.Value) *structpb.Value {
	for {
		fields := v.GetStructValue().GetFields()
		if _, wrapped := fields[signatureKey]; !wrapped {
			return v
		}
		v = fields["value"]
	}
}

// reform leaves alone what is not in the expected form: an unknown of a preview, or what the provider shall refuse.
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
	case *structpb.Value_ListValue:
		if items := kind.ListValue.GetValues(); (f == listOfOne && toBridge || f == oneOfList && !toBridge) && len(items) == 1 {
			return items[0]
		}
	case *structpb.Value_StructValue:
		if f == listOfOne && !toBridge || f == oneOfList && toBridge {
			return structpb.NewListValue(&structpb.ListValue{Values: []*structpb.Value{v}})
		}
	}
	return v
}

func rewritePath(token, path string, toBridge bool) string {
	end := strings.IndexAny(path, ".[")
	if end < 0 {
		end = len(path)
	}
	for _, r := range rules[token] {
		from, to := r.path, r.bridge
		if !toBridge {
			from, to = to, from
		}
		if r.form == sameForm && path[:end] == from {
			return to + path[end:]
		}
	}
	return path
}
