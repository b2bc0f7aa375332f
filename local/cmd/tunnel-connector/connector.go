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

// connector carries requests until it is told to stop.
type connector struct {
	metrics, edge net.Listener
	proxy         *httputil.ReverseProxy
	grace         time.Duration
	leaving       atomic.Bool
	underWay      sync.WaitGroup // requests, and WebSockets for as long as they are open
}

func newConnector(ctx context.Context, c *command, edge, service string) (*connector, error) {
	to, err := url.Parse(service)
	if err != nil || to.Host == "" {
		return nil, fmt.Errorf("STANDIN_SERVICE %q is no URL", service)
	}
	var listening net.ListenConfig
	metrics, err := listening.Listen(ctx, "tcp", c.metrics)
	if err != nil {
		return nil, fmt.Errorf("listen for --metrics: %w", err)
	}
	from, err := listening.Listen(ctx, "tcp", edge)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("listen at STANDIN_EDGE: %w", err), metrics.Close())
	}
	return &connector{metrics: metrics, edge: from, grace: c.grace, proxy: &httputil.ReverseProxy{
		// A tunnel passes the name on by which the user asked.
		Rewrite: func(r *httputil.ProxyRequest) { r.SetURL(to); r.SetXForwarded(); r.Out.Host = r.In.Host },
	}}, nil
}

// run returns when all that was under way has ended, or the grace period has.
func (c *connector) run(ctx context.Context, out io.Writer) error {
	health := &http.Server{Handler: http.HandlerFunc(c.ready), ReadHeaderTimeout: time.Minute}
	users := &http.Server{Handler: http.HandlerFunc(c.serve), ReadHeaderTimeout: time.Minute}
	failed := make(chan error, 2)
	go func() { failed <- health.Serve(c.metrics) }()
	go func() { failed <- users.Serve(c.edge) }()
	defer func() { _ = health.Close() }()
	select {
	case err := <-failed:
		return errors.Join(err, users.Close())
	case <-ctx.Done():
	}
	c.leaving.Store(true)
	_, _ = fmt.Fprintf(out, "leaves the tunnel: nothing new comes, what is under way has %s\n", c.grace)
	last, cancel := context.WithTimeout(context.WithoutCancel(ctx), c.grace)
	defer cancel()
	ended := make(chan struct{})
	go func() {
		_ = users.Shutdown(last) // takes no more, and does not know of WebSockets
		c.underWay.Wait()
		close(ended)
	}()
	select {
	case <-ended:
		_, _ = fmt.Fprintln(out, "all that was under way has ended")
	case <-last.Done():
		_, _ = fmt.Fprintln(out, "the grace period is over: what is under way is cut off")
	}
	return users.Close()
}

func (c *connector) serve(w http.ResponseWriter, r *http.Request) {
	c.underWay.Add(1)
	defer c.underWay.Done()
	c.proxy.ServeHTTP(w, r)
}

// ready answers as cloudflared does: 503 once it has left the tunnel.
func (c *connector) ready(w http.ResponseWriter, r *http.Request) {
	switch {
	case r.URL.Path != "/ready":
		w.WriteHeader(http.StatusNotFound)
	case c.leaving.Load():
		w.WriteHeader(http.StatusServiceUnavailable)
	}
}
