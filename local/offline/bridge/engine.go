package bridge

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/types/known/emptypb"

	"threa-infra/local/offline/translate"
)

// engine stands between the bridge and the engine, so that log lines name the resources that the user knows.
type engine struct {
	pulumirpc.UnimplementedEngineServer

	real pulumirpc.EngineClient
}

// ServeEngine starts the engine that the bridge talks to and returns its address. Closing stop ends it.
func ServeEngine(address string, stop chan bool) (string, error) {
	conn, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		rpcutil.GrpcChannelOptions())
	if err != nil {
		return "", fmt.Errorf("reach the engine at %s: %w", address, err)
	}
	served, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop,
		Init: func(s *grpc.Server) error {
			pulumirpc.RegisterEngineServer(s, &engine{real: pulumirpc.NewEngineClient(conn)})
			return nil
		},
	})
	if err != nil {
		return "", fmt.Errorf("serve the bridge's messages: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", served.Port), nil
}

// Log passes a message on under the user's names.
func (e *engine) Log(ctx context.Context, r *pulumirpc.LogRequest) (*emptypb.Empty, error) {
	r.Message, r.Urn = translate.Text(r.GetMessage()), translate.Text(r.GetUrn())
	return e.real.Log(ctx, r)
}

// GetRootResource passes the question on.
func (e *engine) GetRootResource(
	ctx context.Context, r *pulumirpc.GetRootResourceRequest,
) (*pulumirpc.GetRootResourceResponse, error) {
	return e.real.GetRootResource(ctx, r)
}
