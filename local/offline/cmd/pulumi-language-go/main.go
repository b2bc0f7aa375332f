// The command pulumi-language-go runs Go programs for the Pulumi engine where the official language host, which
// comes with the official CLI, is not installed.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"

	"threa-infra/local/offline/langhost"
	"threa-infra/local/offline/plugin"
)

// sdkVersion is the Pulumi SDK's; the launcher sets it when it builds the host.
var sdkVersion = "3.0.0"

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-language-go:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	address, err := plugin.EngineAddress(args)
	if err != nil {
		return err
	}
	ctx, cancel := plugin.Context()
	defer cancel()

	served, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Init: func(s *grpc.Server) error {
			host := &langhost.Host{Version: sdkVersion, Engine: address}
			pulumirpc.RegisterLanguageRuntimeServer(s, host)
			return nil
		},
	})
	if err != nil {
		return fmt.Errorf("serve the engine: %w", err)
	}
	fmt.Println(served.Port)
	select {
	case <-ctx.Done():
		return nil
	case err := <-served.Done:
		return err
	}
}
