// Command pulumi-resource-aws is Pulumi's AWS plugin for the local AWS on machines that cannot download the official
// one. The engine starts it. It runs terraform-provider-aws through Pulumi's bridge.
//
// It refuses to run without an endpoint on this machine, because it must never reach an AWS account.
package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"threa-infra/local/offline/bridge"
	"threa-infra/local/offline/plugin"
)

// awsVersion is the pulumi-aws release whose upstream is terraform-provider-aws 5.100.0. The launcher sets it from the
// program's go.mod.
var awsVersion = "6.83.2"

// Names of the two binaries beside this one.
const (
	bridgeName   = "pulumi-resource-terraform-provider"
	providerName = "terraform-provider-aws"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "pulumi-resource-aws:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) == 3 && args[0] == bridge.KeepCommand {
		return keep(args[1], args[2])
	}
	address, err := plugin.EngineAddress(args)
	if err != nil {
		return err
	}
	if address == "" {
		return errors.New("this is a plugin that the pulumi command starts")
	}
	if err := requireLocalEndpoint(os.Getenv("AWS_ENDPOINT_URL")); err != nil {
		return err
	}
	ctx, cancel := plugin.Context()
	defer cancel()

	stop := make(chan bool)
	proxied, err := bridge.ServeEngine(address, stop)
	if err != nil {
		return err
	}
	lease, err := bridge.Take(ctx, proxied)
	if err != nil {
		return err
	}
	server, err := bridge.ServeProvider(awsVersion, lease, stop)
	if err != nil {
		lease.End()
		return fmt.Errorf("serve the engine: %w", err)
	}
	fmt.Println(server.Port)

	<-ctx.Done()
	if errors.Is(context.Cause(ctx), plugin.ErrEngineDied) {
		lease.End()
	} else {
		lease.Return()
	}
	return nil
}

// keep keeps a bridge for the next commands. The command that has started it reads the error from the output.
func keep(folder, user string) error {
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer cancel()
	binary, provider, err := binaries()
	if err == nil {
		err = bridge.Keep(ctx, folder, binary, provider, user)
	}
	if err != nil {
		fmt.Println(err)
	}
	return err
}

// requireLocalEndpoint returns an error for an endpoint that is not on this machine.
func requireLocalEndpoint(endpoint string) error {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" {
		return errors.New("AWS_ENDPOINT_URL is not set: this plugin serves the local AWS only (go run ./local help)")
	}
	if ip := net.ParseIP(u.Hostname()); u.Hostname() != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return fmt.Errorf("AWS_ENDPOINT_URL is %s: this plugin serves the local AWS only, on 127.0.0.1", endpoint)
	}
	return nil
}

// binaries returns the paths of the bridge and the Terraform provider, which are beside this binary.
func binaries() (bridgeBinary, provider string, err error) {
	self, err := os.Executable()
	if err == nil {
		self, err = filepath.EvalSymlinks(self)
	}
	if err != nil {
		return "", "", fmt.Errorf("find the plugin's folder: %w", err)
	}
	bridgeBinary, provider = filepath.Join(filepath.Dir(self), bridgeName), filepath.Join(filepath.Dir(self), providerName)
	for _, path := range []string{bridgeBinary, provider} {
		if _, err := os.Stat(path); err != nil {
			return "", "", fmt.Errorf("incomplete installation (go run ./local preview fixes it): %w", err)
		}
	}
	return bridgeBinary, provider, nil
}
