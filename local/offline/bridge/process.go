package bridge

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"time"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	"threa-infra/local/offline/translate"
)

// stopGrace is how long the bridge may take to end by itself.
const stopGrace = 700 * time.Millisecond

// Process is a running bridge that has become the AWS provider.
type Process struct {
	Client pulumirpc.ResourceProviderClient

	address string
	cmd     *exec.Cmd
	exited  chan struct{}
}

// Start runs the bridge's binary against a Terraform provider. The bridge wants the provider's path without the
// version at its end.
func Start(ctx context.Context, binary, provider string) (*Process, error) {
	engine, err := serveNothing()
	if err != nil {
		return nil, err
	}
	cmd := exec.Command(binary, engine)
	cmd.Stderr = os.Stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return nil, fmt.Errorf("start the provider bridge: %w", err)
	}
	if err := cmd.Start(); err != nil {
		return nil, fmt.Errorf("start the provider bridge: %w", err)
	}
	p := &Process{cmd: cmd, exited: make(chan struct{})}

	lines := bufio.NewReader(stdout)
	port, err := lines.ReadString('\n')
	go func() {
		_, _ = io.Copy(io.Discard, lines)
		_ = cmd.Wait()
		close(p.exited)
	}()
	if err != nil {
		p.Stop()
		return nil, errors.New("the provider bridge ended before it was ready")
	}

	p.address = "127.0.0.1:" + strings.TrimSpace(port)
	conn, err := connect(p.address)
	if err == nil {
		p.Client = pulumirpc.NewResourceProviderClient(conn)
		err = p.becomeAWS(ctx, provider)
	}
	if err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
}

// serveNothing starts an engine that implements no call, and returns its address. The bridge is started with it, and
// commands attach their own later. Every five minutes the bridge asks the first one whether it still runs: without an
// answer, the bridge ends.
func serveNothing() (string, error) {
	served, err := serve(nil, func(_ context.Context, method string, _, _ proto.Message) error {
		return status.Errorf(codes.Unimplemented, "no engine runs that implements %s", method)
	})
	if err != nil {
		return "", fmt.Errorf("serve the bridge's health checks: %w", err)
	}
	return fmt.Sprintf("127.0.0.1:%d", served.Port), nil
}

// becomeAWS loads no more than the table of types, which saves seconds at every start.
func (p *Process) becomeAWS(ctx context.Context, provider string) error {
	args := []string{provider, "--include", strings.Join(translate.TerraformNames(), ",")}
	_, err := p.Client.Parameterize(ctx, &pulumirpc.ParameterizeRequest{
		Parameters: &pulumirpc.ParameterizeRequest_Args{
			Args: &pulumirpc.ParameterizeRequest_ParametersArgs{Args: args},
		},
	})
	if err != nil {
		return fmt.Errorf("load %s: %w", provider, err)
	}
	return nil
}

// Exited is closed when the bridge has ended.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop ends the bridge, which ends the Terraform provider under it.
func (p *Process) Stop() {
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.exited:
	case <-time.After(stopGrace):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}
