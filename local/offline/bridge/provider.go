package bridge

import (
	"context"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"

	"threa-infra/local/offline/translate"
)

// Provider is the AWS plugin for the engine. Requests arrive decoded for it alone, so it rewrites them in place.
type Provider struct {
	pulumirpc.UnimplementedResourceProviderServer

	Version string // what it answers as, such as "6.83.2"
	Bridge  pulumirpc.ResourceProviderClient
}

// Handshake is left out, as in the bridge: the engine then goes on with Configure.
func (p *Provider) Handshake(
	context.Context, *pulumirpc.ProviderHandshakeRequest,
) (*pulumirpc.ProviderHandshakeResponse, error) {
	return nil, status.Error(codes.Unimplemented, "no handshake")
}

// GetPluginInfo answers with the version of pulumi-aws that this stands for.
func (p *Provider) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: p.Version}, nil
}

// Attach passes the engine's address on.
func (p *Provider) Attach(ctx context.Context, r *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	return p.Bridge.Attach(ctx, r)
}

// Cancel ends what is under way.
func (p *Provider) Cancel(ctx context.Context, r *emptypb.Empty) (*emptypb.Empty, error) {
	return p.Bridge.Cancel(ctx, r)
}

// CheckConfig validates the provider's own settings; their names are the same on both sides.
func (p *Provider) CheckConfig(ctx context.Context, r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	out, err := p.Bridge.CheckConfig(ctx, r)
	return out, userError("", err)
}

// DiffConfig compares the provider's own settings.
func (p *Provider) DiffConfig(ctx context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	out, err := p.Bridge.DiffConfig(ctx, r)
	return out, userError("", err)
}

// Configure hands the provider its settings.
func (p *Provider) Configure(
	ctx context.Context, r *pulumirpc.ConfigureRequest,
) (*pulumirpc.ConfigureResponse, error) {
	out, err := p.Bridge.Configure(ctx, r)
	return out, userError("", err)
}

// Invoke reads a data source.
func (p *Provider) Invoke(ctx context.Context, r *pulumirpc.InvokeRequest) (*pulumirpc.InvokeResponse, error) {
	token, err := translate.FunctionToken(r.GetTok())
	if err != nil {
		return nil, refused(err)
	}
	function := r.GetTok()
	r.Tok, r.Args = token, translate.ToBridge(function, r.GetArgs())
	out, err := p.Bridge.Invoke(ctx, r)
	if err != nil {
		return nil, userError(function, err)
	}
	out.Return = translate.FromBridge(function, out.GetReturn())
	fixFailures(function, out.GetFailures())
	return out, nil
}

// Check validates a resource's inputs.
func (p *Provider) Check(ctx context.Context, r *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	generated := autoName(token, r)
	prefix := takePrefix(r)
	r.News, r.Olds = translate.ToBridge(token, r.GetNews()), translate.ToBridge(token, r.GetOlds())
	out, err := p.Bridge.Check(ctx, r)
	if err != nil {
		return nil, userError(token, err)
	}
	givePrefix(out, prefix)
	out.Inputs = translate.FromBridge(token, out.GetInputs())
	if generated && out.GetInputs().GetFields() != nil {
		markDefault(out.GetInputs(), nameProperty)
	}
	fixFailures(token, out.GetFailures())
	return out, nil
}

// Diff compares a resource with its last state.
func (p *Provider) Diff(ctx context.Context, r *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	named := deletesBeforeReplace(token, r.GetNews())
	r.News, r.Olds = translate.ToBridge(token, r.GetNews()), translate.ToBridge(token, r.GetOlds())
	r.OldInputs = translate.ToBridge(token, r.GetOldInputs())
	pathsToBridge(token, r.GetIgnoreChanges())
	out, err := p.Bridge.Diff(ctx, r)
	if err != nil {
		return nil, userError(token, err)
	}
	fixDiff(token, out)
	if named && len(out.GetReplaces()) > 0 {
		out.DeleteBeforeReplace = true
	}
	return out, nil
}

// Create makes a resource.
func (p *Provider) Create(ctx context.Context, r *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	r.Properties = translate.ToBridge(token, r.GetProperties())
	out, err := p.Bridge.Create(ctx, r)
	if err != nil {
		return nil, userError(token, err)
	}
	out.Properties = translate.FromBridge(token, out.GetProperties())
	return out, nil
}

// Read refreshes a resource.
func (p *Provider) Read(ctx context.Context, r *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	r.Properties, r.Inputs = translate.ToBridge(token, r.GetProperties()), translate.ToBridge(token, r.GetInputs())
	out, err := p.Bridge.Read(ctx, r)
	if err != nil {
		return nil, userError(token, err)
	}
	out.Properties = translate.FromBridge(token, out.GetProperties())
	out.Inputs = translate.FromBridge(token, out.GetInputs())
	return out, nil
}

// Update changes a resource in place.
func (p *Provider) Update(ctx context.Context, r *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	r.News, r.Olds = translate.ToBridge(token, r.GetNews()), translate.ToBridge(token, r.GetOlds())
	r.OldInputs = translate.ToBridge(token, r.GetOldInputs())
	pathsToBridge(token, r.GetIgnoreChanges())
	out, err := p.Bridge.Update(ctx, r)
	if err != nil {
		return nil, userError(token, err)
	}
	out.Properties = translate.FromBridge(token, out.GetProperties())
	return out, nil
}

// Delete removes a resource.
func (p *Provider) Delete(ctx context.Context, r *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	token, err := p.address(&r.Urn, &r.Type)
	if err != nil {
		return nil, err
	}
	r.Properties = translate.ToBridge(token, r.GetProperties())
	r.OldInputs = translate.ToBridge(token, r.GetOldInputs())
	out, err := p.Bridge.Delete(ctx, r)
	return out, userError(token, err)
}

// address rewrites a request's URN and type and returns the pulumi-aws type.
func (p *Provider) address(urn, kind *string) (string, error) {
	mapped, token, err := translate.URN(*urn)
	if err != nil {
		return "", refused(err)
	}
	*urn = mapped
	*kind, err = translate.ResourceToken(token)
	return token, refused(err)
}
