// Package langhost runs Go programs for the Pulumi engine on machines without the official Go language host, which
// comes only with the official CLI. It compiles a program and runs it. It generates no code.
package langhost

import (
	"context"
	"errors"
	"os"
	"os/exec"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Host is the language host of a Go program.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	Version string // of the Pulumi SDK
	Engine  string // the engine's address
}

// Handshake receives the engine's address if the command line lacks it.
func (h *Host) Handshake(
	_ context.Context, r *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	if r.GetEngineAddress() == "" {
		return nil, errors.New("handshake without the engine's address")
	}
	h.Engine = r.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo returns the host's version.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: h.Version}, nil
}

// GetRequiredPackages returns no packages to install: the program's resources name the plugins and their versions.
func (h *Host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

// Run compiles the program and runs it to its end.
func (h *Host) Run(ctx context.Context, r *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	binary, err := Build(ctx, r.GetInfo().GetProgramDirectory(), os.Getenv("PULUMI_HOME"), func(string) {})
	if err != nil {
		return &pulumirpc.RunResponse{Error: err.Error()}, nil //nolint:nilerr // the answer carries it to the user
	}
	env, err := programEnv(r, h.Engine)
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary)
	cmd.Dir, cmd.Env = r.GetPwd(), append(os.Environ(), env...)
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	return runResponse(cmd.Run()), nil
}
