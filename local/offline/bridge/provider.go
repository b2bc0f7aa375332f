package bridge

import (
	"context"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/types/known/anypb"
	"google.golang.org/protobuf/types/known/structpb"

	"threa-infra/local/offline/translate"
)

// provider is the AWS plugin for the engine.
type provider struct {
	version string // of pulumi-aws, such as "6.83.2"
	bridge  grpc.ClientConnInterface
	lease   *Lease
}

// ServeProvider starts the AWS plugin that the engine calls, in a version of pulumi-aws. Closing stop ends it.
func ServeProvider(version string, lease *Lease, stop chan bool) (rpcutil.ServeHandle, error) {
	p := &provider{version: version, bridge: lease.conn, lease: lease}
	return serve(stop, p.call)
}

func (p *provider) call(ctx context.Context, method string, in, out proto.Message) error {
	switch method[strings.LastIndex(method, "/")+1:] {
	case "GetPluginInfo":
		out.(*pulumirpc.PluginInfo).Version = p.version
		return nil
	case "Cancel":
		return p.cancel(ctx, method, in, out)
	case "Attach", "CheckConfig", "DiffConfig", "Configure":
		translateStructs(in, translate.Provider, translate.ToBridge)
		if err := p.bridge.Invoke(ctx, method, in, out); err != nil {
			return userError("", err)
		}
		translateStructs(out, translate.Provider, translate.FromBridge)
		return nil
	case "Invoke", "Check", "Diff", "Create", "Read", "Update", "Delete":
		p.lease.calls.Add(1)
		defer p.lease.calls.Add(-1)
		return p.translated(ctx, method, in, out)
	}
	// Without a handshake, the engine goes on with Configure.
	return status.Errorf(codes.Unimplemented, "the local AWS plugin lacks %s", method)
}

// cancel cancels the calls that have not been answered. The engine also cancels when it has done everything.
func (p *provider) cancel(ctx context.Context, method string, in, out proto.Message) error {
	if p.lease.calls.Load() == 0 {
		return nil
	}
	p.lease.canceled.Store(true)
	return p.bridge.Invoke(ctx, method, in, out)
}

// translated makes a call of the bridge in the bridge's names.
func (p *provider) translated(ctx context.Context, method string, in, out proto.Message) error {
	token, err := translateNames(in)
	if err != nil {
		return status.Error(codes.InvalidArgument, err.Error())
	}
	var prefix *structpb.Value
	var deleteFirst bool
	switch r := in.(type) {
	case *pulumirpc.CheckRequest:
		prefix = takePrefix(r)
	case *pulumirpc.DiffRequest:
		deleteFirst = deletesBeforeReplace(token, r.GetNews())
	}
	translateStructs(in, token, translate.ToBridge)
	if r, ok := in.(interface{ GetIgnoreChanges() []string }); ok {
		translatePaths(token, r.GetIgnoreChanges(), translate.PathToBridge)
	}
	if err := p.bridge.Invoke(ctx, method, in, out); err != nil {
		return userError(token, err)
	}
	switch r := out.(type) {
	case *pulumirpc.CheckResponse:
		givePrefix(r, prefix)
		translateFailures(token, r.GetFailures())
	case *pulumirpc.ReadResponse:
		removeInvalidInputs(in.(*pulumirpc.ReadRequest).GetType(), r.GetInputs())
	case *pulumirpc.InvokeResponse:
		translateFailures(token, r.GetFailures())
	case *pulumirpc.DiffResponse:
		translateDiff(token, r)
		r.DeleteBeforeReplace = r.GetDeleteBeforeReplace() || deleteFirst && len(r.GetReplaces()) > 0
	}
	translateStructs(out, token, translate.FromBridge)
	return nil
}

// translateNames rewrites the URN and the type of a request and returns its pulumi-aws type.
func translateNames(in proto.Message) (token string, err error) {
	message := in.ProtoReflect()
	set := func(field protoreflect.Name, value string) {
		if d := message.Descriptor().Fields().ByName(field); d != nil {
			message.Set(d, protoreflect.ValueOfString(value))
		}
	}
	if invoke, ok := in.(*pulumirpc.InvokeRequest); ok {
		token = invoke.GetTok()
		invoke.Tok, err = translate.FunctionToken(token)
		return token, err
	}
	urn, token, err := translate.URN(in.(interface{ GetUrn() string }).GetUrn())
	if err != nil {
		return "", err
	}
	kind, err := translate.ResourceToken(token)
	set("urn", urn)
	set("type", kind)
	return token, err
}

// translateStructs rewrites all properties in a message.
func translateStructs(m proto.Message, token string, rewrite func(string, *structpb.Struct) *structpb.Struct) {
	message := m.ProtoReflect()
	message.Range(func(field protoreflect.FieldDescriptor, value protoreflect.Value) bool {
		if field.Kind() == protoreflect.MessageKind && field.Cardinality() != protoreflect.Repeated {
			if properties, ok := value.Message().Interface().(*structpb.Struct); ok {
				message.Set(field, protoreflect.ValueOfMessage(rewrite(token, properties).ProtoReflect()))
			}
		}
		return true
	})
}

func translatePaths(token string, paths []string, rewrite func(token, path string) string) {
	for i, path := range paths {
		paths[i] = rewrite(token, path)
	}
}

// userError names pulumi-aws types in an error, and keeps its code and details. A resource that was created but is not
// ready has its state in the details. It must be translated too, or the next run would lose it.
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
		translateStructs(&failed, token, translate.FromBridge)
		for j, reason := range failed.GetReasons() {
			failed.Reasons[j] = translate.Text(reason)
		}
		if packed, err := anypb.New(&failed); err == nil {
			s.Details[i] = packed
		}
	}
	return status.ErrorProto(s)
}

// translateFailures names the property and type of each failed check as the user wrote them.
func translateFailures(token string, failures []*pulumirpc.CheckFailure) {
	for _, f := range failures {
		f.Property, f.Reason = translate.PathFromBridge(token, f.GetProperty()), translate.Text(f.GetReason())
	}
}

// translateDiff names the properties of a diff as the user wrote them.
func translateDiff(token string, d *pulumirpc.DiffResponse) {
	for _, paths := range [][]string{d.GetReplaces(), d.GetStables(), d.GetDiffs()} {
		translatePaths(token, paths, translate.PathFromBridge)
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
