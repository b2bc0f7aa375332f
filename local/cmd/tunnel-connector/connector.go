package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"sync"
	"sync/atomic"
	"time"
)

// connector forwards requests until it is told to stop.
type connector struct {
	metrics, requests net.Listener
	proxy             *httputil.ReverseProxy
	grace             time.Duration
	isStopping        atomic.Bool
	open              sync.WaitGroup // requests, and WebSockets, which http.Server.Shutdown does not wait for
}

func newConnector(c *command, address, service string) (*connector, error) {
	target, err := url.Parse(service)
	if err != nil || target.Host == "" {
		return nil, fmt.Errorf("LOCAL_TUNNEL_SERVICE %q is not a URL", service)
	}
	metrics, err := net.Listen("tcp", c.metrics)
	if err != nil {
		return nil, fmt.Errorf("listen for --metrics: %w", err)
	}
	requests, err := net.Listen("tcp", address)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen on LOCAL_TUNNEL_ADDRESS: %w", err), metrics.Close())
	}
	return &connector{metrics: metrics, requests: requests, grace: c.grace, proxy: &httputil.ReverseProxy{
		// A tunnel keeps the host name of the request.
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(target); r.SetXForwarded(); r.Out.Host = r.In.Host },
	}}, nil
}

// run returns when all open requests have ended after ctx, or the grace period is over.
func (c *connector) run(ctx context.Context, out io.Writer) error {
	health := &http.Server{Handler: http.HandlerFunc(c.serveReady), ReadHeaderTimeout: time.Minute}
	proxy := &http.Server{Handler: http.HandlerFunc(c.forward), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 2)
	go func() { failed <- health.Serve(c.metrics) }()
	go func() { failed <- proxy.Serve(c.requests) }()
	defer func() { _ = health.Close() }()
	select {
	case err := <-failed:
		return errors.Join(err, proxy.Close())
	case <-ctx.Done():
	}
	c.isStopping.Store(true)
	_, _ = fmt.Fprintf(out, "disconnects: no new requests, open ones have %s\n", c.grace)
	draining, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.grace)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		_ = proxy.Shutdown(draining)
		c.open.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		_, _ = fmt.Fprintln(out, "all requests have ended")
	case <-draining.Done():
		_, _ = fmt.Fprintln(out, "the grace period is over: open requests are cut off")
	}
	return proxy.Close()
}

func (c *connector) forward(w http.ResponseWriter, r *http.Request) {
	c.open.Add(1)
	defer c.open.Done()
	c.proxy.ServeHTTP(w, r)
}

// serveReady answers as cloudflared does: 503 after it has disconnected.
func (c *connector) serveReady(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/ready":
		w.WriteHeader(http.StatusNotFound)
	case c.isStopping.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
