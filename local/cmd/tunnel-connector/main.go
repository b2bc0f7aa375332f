// Command tunnel-connector replaces cloudflared on the local AWS. It accepts the part of cloudflared's command line
// that the program uses and reads the token from the same variable, but joins no tunnel. It forwards requests from an
// address of the task to the app as cloudflared does: none before it runs, no new ones after SIGTERM, and the open ones
// until the grace period ends.
//
// Two variables of its image replace the configuration at Cloudflare: LOCAL_TUNNEL_ADDRESS, where it accepts requests,
// and LOCAL_TUNNEL_SERVICE, the URL to which it forwards them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"threa-infra/internal/tunnel"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Getenv, os.Stdout)
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "ERR", err)
		os.Exit(1)
	}
}

// command is a command line of cloudflared. Sources: https://github.com/cloudflare/cloudflared/blob/master/Dockerfile
// (the entry point) and
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/run-parameters/
type command struct {
	name    string        // run or ready
	metrics string        // address
	grace   time.Duration // from SIGTERM to the end
}

// parse reads "--no-autoupdate tunnel [options] run", or ready in place of run.
func parse(args []string) (*command, error) {
	c := &command{}
	outer := newFlags("cloudflared")
	inner := newFlags("cloudflared tunnel")
	inner.StringVar(&c.metrics, "metrics", "", "")
	inner.DurationVar(&c.grace, "grace-period", 30*time.Second, "")
	if err := outer.Parse(args); err != nil {
		return nil, fmt.Errorf("parse the command line of the local connector: %w", err)
	}
	if outer.Arg(0) != "tunnel" {
		return nil, fmt.Errorf("the local connector supports the command tunnel, not %q", outer.Args())
	}
	if err := inner.Parse(outer.Args()[1:]); err != nil {
		return nil, fmt.Errorf("parse the command line of the local connector: %w", err)
	}
	if c.name = inner.Arg(0); inner.NArg() != 1 || c.name != "run" && c.name != "ready" {
		return nil, fmt.Errorf("the local connector supports tunnel run and tunnel ready without arguments, not %q",
			inner.Args())
	}
	if _, _, err := net.SplitHostPort(c.metrics); err != nil {
		return nil, fmt.Errorf("parse the address of --metrics: %w", err)
	}
	return c, nil
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.Bool("no-autoupdate", false, "")
	return flags
}

func run(ctx context.Context, args []string, getenv func(string) string, out io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.name == "ready" {
		return checkReady(ctx, c.metrics)
	}
	token, err := tunnel.Parse(getenv("TUNNEL_TOKEN"))
	if err != nil {
		return fmt.Errorf("TUNNEL_TOKEN: %w", err)
	}
	connector, err := newConnector(c, getenv("LOCAL_TUNNEL_ADDRESS"), getenv("LOCAL_TUNNEL_SERVICE"))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "local connector: forwards requests to %s instead of joining the tunnel %s\n",
		getenv("LOCAL_TUNNEL_SERVICE"), token.Tunnel)
	return connector.run(ctx, out)
}

// checkReady returns an error unless the connector with that metrics address is connected.
func checkReady(ctx context.Context, metrics string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metrics+"/ready", nil)
	if err != nil {
		return fmt.Errorf("request /ready: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("request /ready: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New("the tunnel is not connected")
	}
	return nil
}
