package bridge

import (
	"encoding/hex"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"

	"threa-infra/local/offline/translate"
)

// refused is the answer to a type that the table lacks.
func refused(err error) error {
	if err == nil {
		return nil
	}
	return status.Error(codes.InvalidArgument, err.Error())
}

// userError names pulumi-aws types in an error, and keeps its code and details. A resource that was made but did
// not get ready carries its state in the details: that is rewritten too, or it would be lost to the next run.
func userError(token string, err error) error {
	if err == nil {
		return nil
	}
	s := status.Convert(err).Proto()
	s.Message = translate.Text(s.GetMessage())
	for i, detail := range s.GetDetails() {
		var failed pulumirpc.ErrorResourceInitFailed
		if detail.UnmarshalTo(&failed) != nil {
			continue
		}
		failed.Properties = translate.FromBridge(token, failed.GetProperties())
		failed.Inputs = translate.FromBridge(token, failed.GetInputs())
		for j, reason := range failed.GetReasons() {
			failed.Reasons[j] = translate.Text(reason)
		}
		if packed, err := anypb.New(&failed); err == nil {
			s.Details[i] = packed
		}
	}
	return status.ErrorProto(s)
}

// fixFailures names the property and type of each failed check as the user wrote them.
func fixFailures(token string, failures []*pulumirpc.CheckFailure) {
	for _, f := range failures {
		f.Property = translate.PathFromBridge(token, f.GetProperty())
		f.Reason = translate.Text(f.GetReason())
	}
}

// fixDiff names the properties of a diff as the user wrote them.
func fixDiff(token string, d *pulumirpc.DiffResponse) {
	for _, paths := range [][]string{d.GetReplaces(), d.GetStables(), d.GetDiffs()} {
		for i, path := range paths {
			paths[i] = translate.PathFromBridge(token, path)
		}
	}
	if d.GetDetailedDiff() == nil {
		return
	}
	detailed := make(map[string]*pulumirpc.PropertyDiff, len(d.GetDetailedDiff()))
	for path, change := range d.GetDetailedDiff() {
		detailed[translate.PathFromBridge(token, path)] = change
	}
	d.DetailedDiff = detailed
}

func pathsToBridge(token string, paths []string) {
	for i, path := range paths {
		paths[i] = translate.PathToBridge(token, path)
	}
}

// autoName gives a name to a resource whose name the bridge knows under another one, as pulumi-aws does: what is
// called name on both sides the bridge names itself. It reports whether it gave one.
func autoName(token string, r *pulumirpc.CheckRequest) bool {
	if translate.PathToBridge(token, nameProperty) == nameProperty || r.GetNews().GetFields()[nameProperty] != nil {
		return false
	}
	name := r.GetOlds().GetFields()[nameProperty]
	if name == nil {
		seed := hex.EncodeToString(r.GetRandomSeed())
		urnName := r.GetUrn()[strings.LastIndex(r.GetUrn(), "::")+2:]
		name = structpb.NewStringValue(urnName + "-" + seed[:min(len(seed), 7)])
	}
	if r.News == nil {
		r.News = &structpb.Struct{}
	}
	if r.News.Fields == nil {
		r.News.Fields = map[string]*structpb.Value{}
	}
	r.News.Fields[nameProperty] = name
	return true
}

const (
	nameProperty = "name"
	namePrefix   = "namePrefix"
)

// takePrefix keeps a prefix back from the bridge, which would add a name of its own: it does not know, as pulumi-aws does,
// that the one excludes the other.
func takePrefix(r *pulumirpc.CheckRequest) *structpb.Value {
	prefix := r.GetNews().GetFields()[namePrefix]
	if prefix == nil || r.GetNews().GetFields()[nameProperty] != nil {
		return nil
	}
	r.News = proto.Clone(r.GetNews()).(*structpb.Struct)
	delete(r.News.Fields, namePrefix)
	return prefix
}

// givePrefix puts the prefix in the place of the name that the bridge has made up.
func givePrefix(out *pulumirpc.CheckResponse, prefix *structpb.Value) {
	if fields := out.GetInputs().GetFields(); prefix != nil && fields != nil {
		delete(fields, nameProperty)
		delete(fields, defaultsKey) // the list of what was made up: nothing else is
		fields[namePrefix] = prefix
	}
}
