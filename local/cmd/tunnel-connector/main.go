// Command tunnel-connector stands in for cloudflared where Cloudflare is out of reach. It takes the part of cloudflared's
// command line that the program uses and refuses the rest, reads the token from the same variable, joins nothing, and
// carries requests from an address of the task to the app, as cloudflared does from the tunnel: not before it runs, not
// after SIGTERM, and what is under way until its grace period ends.
//
// What is configured at Cloudflare, and so not in the task definition, comes in two variables of its image: where the
// requests come from (STANDIN_EDGE, an address) and where they go to (STANDIN_SERVICE, a URL).
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

// command is what cloudflared is told on its command line. Sources:
// https://github.com/cloudflare/cloudflared/blob/master/Dockerfile (the entry point) and
// https://developers.cloudflare.com/cloudflare-one/networks/connectors/cloudflare-tunnel/configure-tunnels/run-parameters/
type command struct {
	name    string        // run or ready
	metrics string        // address
	grace   time.Duration // from SIGTERM to the end
}

// parse takes cloudflared --no-autoupdate tunnel [options] run, or ready in its place.
func parse(args []string) (*command, error) {
	c := &command{}
	outer := newFlags("cloudflared")
	outer.Bool("no-autoupdate", false, "")
	if err := outer.Parse(args); err != nil {
		return nil, fmt.Errorf("the stand-in for cloudflared: %w", err)
	}
	if outer.Arg(0) != "tunnel" {
		return nil, fmt.Errorf("the stand-in for cloudflared knows its command tunnel, not %q", outer.Args())
	}
	inner := newFlags("cloudflared tunnel")
	inner.Bool("no-autoupdate", false, "")
	inner.StringVar(&c.metrics, "metrics", "", "")
	inner.DurationVar(&c.grace, "grace-period", 30*time.Second, "")
	if err := inner.Parse(outer.Args()[1:]); err != nil {
		return nil, fmt.Errorf("the stand-in for cloudflared: %w", err)
	}
	if c.name = inner.Arg(0); inner.NArg() != 1 || c.name != "run" && c.name != "ready" {
		return nil, fmt.Errorf("the stand-in for cloudflared tunnel knows run and ready, with nothing behind them, not %q", inner.Args())
	}
	if _, _, err := net.SplitHostPort(c.metrics); err != nil {
		return nil, fmt.Errorf("--metrics %q is no address: %w", c.metrics, err)
	}
	return c, nil
}

func newFlags(name string) *flag.FlagSet {
	flags := flag.NewFlagSet(name, flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	return flags
}

func run(ctx context.Context, args []string, variable func(string) string, out io.Writer) error {
	c, err := parse(args)
	if err != nil {
		return err
	}
	if c.name == "ready" {
		return ready(ctx, c.metrics)
	}
	token, err := tunnel.Parse(variable("TUNNEL_TOKEN"))
	if err != nil {
		return fmt.Errorf("TUNNEL_TOKEN: %w", err)
	}
	carry, err := newConnector(ctx, c, variable("STANDIN_EDGE"), variable("STANDIN_SERVICE"))
	if err != nil {
		return err
	}
	_, _ = fmt.Fprintf(out, "stands in for cloudflared: it would join the tunnel %s, and carries requests to %s instead\n",
		token.Tunnel, variable("STANDIN_SERVICE"))
	return carry.run(ctx, out)
}

// ready asks a running connector, and fails unless it is connected.
func ready(ctx context.Context, metrics string) error {
	ctx, cancel := context.WithTimeout(ctx, 5*time.Second)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+metrics+"/ready", nil)
	if err != nil {
		return fmt.Errorf("ask for /ready: %w", err)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("ask for /ready: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode != http.StatusOK {
		return errors.New("the tunnel is not connected")
	}
	return nil
}
