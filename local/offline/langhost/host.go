package langhost

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/protobuf/types/known/emptypb"
)

// Host answers the engine's questions about a Go program.
type Host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer

	Version string // what it answers as: the version of the Pulumi SDK
	Engine  string // the engine's address
}

// Handshake learns the engine's address where the command line did not tell it.
func (h *Host) Handshake(
	_ context.Context, r *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	if r.GetEngineAddress() == "" {
		return nil, errors.New("handshake without the engine's address")
	}
	h.Engine = r.GetEngineAddress()
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

// GetPluginInfo answers with the host's version.
func (h *Host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: h.Version}, nil
}

// GetRequiredPackages lists the provider plugins behind the modules that go.mod requires.
func (h *Host) GetRequiredPackages(
	_ context.Context, r *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	mod, err := loadModule(r.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetRequiredPackagesResponse{Packages: packages(mod)}, nil
}

// GetProgramDependencies lists the modules that go.mod requires.
func (h *Host) GetProgramDependencies(
	_ context.Context, r *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	mod, err := loadModule(r.GetInfo().GetProgramDirectory())
	if err != nil {
		return nil, err
	}
	return &pulumirpc.GetProgramDependenciesResponse{
		Dependencies: dependencies(mod, r.GetTransitiveDependencies()),
	}, nil
}

// RuntimeOptionsPrompts has nothing to ask.
func (h *Host) RuntimeOptionsPrompts(
	context.Context, *pulumirpc.RuntimeOptionsRequest,
) (*pulumirpc.RuntimeOptionsResponse, error) {
	return &pulumirpc.RuntimeOptionsResponse{}, nil
}

// About names the Go toolchain.
func (h *Host) About(ctx context.Context, _ *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	path, err := exec.LookPath("go")
	if err != nil {
		return nil, fmt.Errorf("find the Go toolchain: %w", err)
	}
	out, err := exec.CommandContext(ctx, path, "version").Output()
	if err != nil {
		return nil, fmt.Errorf("ask Go for its version: %w", err)
	}
	return &pulumirpc.AboutResponse{Executable: path, Version: strings.TrimSpace(string(out))}, nil
}

// InstallDependencies downloads the program's modules. It leaves go.mod as it is.
func (h *Host) InstallDependencies(
	r *pulumirpc.InstallDependenciesRequest, server pulumirpc.LanguageRuntime_InstallDependenciesServer,
) error {
	closer, stdout, stderr, err := rpcutil.MakeInstallDependenciesStreams(server, r.GetIsTerminal())
	if err != nil {
		return fmt.Errorf("show the download: %w", err)
	}
	defer func() { _ = closer.Close() }()
	cmd := exec.CommandContext(server.Context(), "go", "mod", "download")
	cmd.Dir, cmd.Stdout, cmd.Stderr = r.GetInfo().GetProgramDirectory(), stdout, stderr
	if err := cmd.Run(); err != nil {
		return fmt.Errorf("download the program's modules: %w", err)
	}
	return nil
}

// Run compiles the program and runs it to its end.
func (h *Host) Run(ctx context.Context, r *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	binary, err := Build(ctx, r.GetInfo().GetProgramDirectory(), os.Getenv("PULUMI_HOME"))
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
