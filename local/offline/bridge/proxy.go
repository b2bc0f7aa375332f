// Package bridge makes Pulumi's bridge to any Terraform provider, running terraform-provider-aws, look like Pulumi's
// AWS plugin to the engine.
//
// It runs the bridge's process between two gRPC proxies: the provider that the engine calls, and the engine that the
// bridge calls. Package translate knows what each side calls things.
package bridge

import (
	"context"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/reflect/protoreflect"
	"google.golang.org/protobuf/reflect/protoregistry"

	"threa-infra/local/offline/translate"
)

// caller answers a call of a gRPC method such as "/pulumirpc.Engine/Log".
type caller func(ctx context.Context, method string, in, out proto.Message) error

// serve starts a gRPC server on a free port of 127.0.0.1 that answers every call with call. Closing stop ends it.
func serve(stop chan bool, call caller) (rpcutil.ServeHandle, error) {
	handler := func(_ any, stream grpc.ServerStream) error {
		method, _ := grpc.MethodFromServerStream(stream)
		in, out, err := newMessages(method)
		if err != nil {
			return status.Error(codes.Unimplemented, err.Error())
		}
		if err := stream.RecvMsg(in); err != nil {
			return err
		}
		if err := call(stream.Context(), method, in, out); err != nil {
			return err
		}
		return stream.SendMsg(out)
	}
	return rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: stop, Init: func(*grpc.Server) error { return nil },
		Options: []grpc.ServerOption{grpc.UnknownServiceHandler(handler)},
	})
}

// newMessages returns an empty request and an empty response of a method.
func newMessages(method string) (in, out proto.Message, err error) {
	name := strings.ReplaceAll(strings.TrimPrefix(method, "/"), "/", ".")
	descriptor, err := protoregistry.GlobalFiles.FindDescriptorByName(protoreflect.FullName(name))
	if err != nil {
		return nil, nil, fmt.Errorf("find %s: %w", method, err)
	}
	d, ok := descriptor.(protoreflect.MethodDescriptor)
	if !ok {
		return nil, nil, fmt.Errorf("%s is not a method", method)
	}
	var messages [2]proto.Message
	for i, message := range []protoreflect.MessageDescriptor{d.Input(), d.Output()} {
		kind, err := protoregistry.GlobalTypes.FindMessageByName(message.FullName())
		if err != nil {
			return nil, nil, fmt.Errorf("find a message of %s: %w", method, err)
		}
		messages[i] = kind.New().Interface()
	}
	return messages[0], messages[1], nil
}

// ServeEngine starts the engine that the bridge calls and returns its address. It passes all calls on to the real
// engine at an address, log messages with the names that the user knows. Closing stop ends it.
func ServeEngine(address string, stop chan bool) (string, error) {
	conn, err := connect(address)
	if err != nil {
		return "", fmt.Errorf("connect to the engine at %s: %w", address, err)
	}
	served, err := serve(stop, func(ctx context.Context, method string, in, out proto.Message) error {
		if log, ok := in.(*pulumirpc.LogRequest); ok {
			log.Message, log.Urn = translate.Text(log.GetMessage()), translate.Text(log.GetUrn())
		}
		return conn.Invoke(ctx, method, in, out)
	})
	if err != nil {
		return "", fmt.Errorf("serve the bridge's messages: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", served.Port), nil
}

func connect(address string) (*grpc.ClientConn, error) {
	return grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()), rpcutil.GrpcChannelOptions())
}
