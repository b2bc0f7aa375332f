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
	"google.golang.org/grpc"

	"threa-infra/local/offline/translate"
)

// stopGrace is how long the bridge may take to end by itself: the engine gives its plugins one second in all.
const stopGrace = 700 * time.Millisecond

// Process is a running bridge that has become the AWS provider.
type Process struct {
	Client pulumirpc.ResourceProviderClient

	cmd    *exec.Cmd
	conn   *grpc.ClientConn
	exited chan struct{}
}

// Start runs the bridge's binary against a Terraform provider. The bridge wants the provider's path without the
// version at its end. engineAddress is where it sends its messages.
func Start(ctx context.Context, binary, provider, engineAddress string) (*Process, error) {
	// Same process group as ours: the engine ends a plugin by its group.
	cmd := exec.Command(binary, engineAddress)
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

	if p.conn, err = connect("127.0.0.1:" + strings.TrimSpace(port)); err != nil {
		p.Stop()
		return nil, fmt.Errorf("connect to the provider bridge: %w", err)
	}
	p.Client = pulumirpc.NewResourceProviderClient(p.conn)
	if err := p.becomeAWS(ctx, provider); err != nil {
		p.Stop()
		return nil, err
	}
	return p, nil
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

// Exited is closed when the bridge has ended, for whatever reason.
func (p *Process) Exited() <-chan struct{} { return p.exited }

// Stop ends the bridge, which ends the Terraform provider under it.
func (p *Process) Stop() {
	if p.conn != nil {
		_ = p.conn.Close()
	}
	_ = p.cmd.Process.Signal(syscall.SIGINT)
	select {
	case <-p.exited:
	case <-time.After(stopGrace):
		_ = p.cmd.Process.Kill()
		<-p.exited
	}
}
