package shim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// Shim is the AWS endpoint that clients talk to.
type Shim struct {
	instance string
	proxy    *httputil.ReverseProxy
	rules    map[string]rule
	faults   faults
	spot     spotRoom

	mu             sync.Mutex
	calls          map[string]int
	authorizations authorizations
}

// Health is the answer of GET /_local/health.
type Health struct {
	// Instance is a random id that lives as long as the emulated account: a
	// different one means that everything deployed before is gone.
	Instance string `json:"instance"`
	// Ready is true once calls are served.
	Ready bool `json:"ready"`
}

type callKey struct{}

// New returns a front for the moto server at upstream.
func New(upstreamURL *url.URL) *Shim {
	// Idle connections outlive moto's patience with them, so calls that cannot be
	// repeated would fail now and then: one connection per call is safe.
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	f := &Shim{
		instance:       rand.Text(),
		calls:          map[string]int{},
		authorizations: newAuthorizations(),
	}
	f.rules = newRules(&upstream{base: upstreamURL, client: &http.Client{Transport: transport}}, &f.spot)
	f.proxy = &httputil.ReverseProxy{
		Transport:      transport,
		Rewrite:        func(p *httputil.ProxyRequest) { rewrite(p, upstreamURL) },
		ModifyResponse: f.mend,
		ErrorHandler:   writeFailure,
	}
	return f
}

// Instance returns the id that GET /_local/health reports.
func (f *Shim) Instance() string { return f.instance }

// ServeHTTP answers one AWS call, or one of the endpoints of the front itself.
func (f *Shim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	// Not a ServeMux: that redirects paths like "//", which mean something to AWS.
	if r.URL.Path == "/_local/faults" {
		f.faults.serve(w, r)
		return
	}
	if r.URL.Path == "/_local/spot" {
		f.spot.serve(w, r)
		return
	}
	switch r.Method + " " + r.URL.Path {
	case "GET /_local/health":
		writeJSON(w, Health{Instance: f.instance, Ready: true})
	case "GET /_local/calls":
		f.serveCalls(w)
	case "GET /_local/authorizations", "DELETE /_local/authorizations":
		f.serveAuthorizations(w, r)
	case "GET /_local/credentials":
		f.serveCredentials(w)
	case "POST /moto-api/reset":
		f.serveReset(w, r)
	default:
		f.serveAWS(w, r)
	}
}

func (f *Shim) serveCalls(w http.ResponseWriter) {
	f.mu.Lock()
	defer f.mu.Unlock()
	writeJSON(w, f.calls)
}

func (f *Shim) serveReset(w http.ResponseWriter, r *http.Request) {
	for _, rule := range f.rules {
		rule.forget()
	}
	f.proxy.ServeHTTP(w, r)
}

func (f *Shim) serveAWS(w http.ResponseWriter, r *http.Request) {
	c, err := readCall(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	if c.service == "" {
		f.proxy.ServeHTTP(w, r)
		return
	}
	f.mu.Lock()
	f.calls[c.name()]++
	f.authorizations.add(c)
	f.mu.Unlock()
	f.faults.inject(w, r, c, f.answer)
}

// answer carries out a call that is signed for a service.
func (f *Shim) answer(w http.ResponseWriter, r *http.Request) {
	c := callOf(r)
	if rule, ok := f.rules[c.service]; ok {
		answer, err := rule.before(c)
		if err != nil {
			writeFailure(w, r, err)
			return
		}
		if answer != nil {
			answer.write(w)
			return
		}
	}
	f.proxy.ServeHTTP(w, r)
}

// rewrite sends the call, as the rule left it, to moto. The Host header stays
// the client's, because moto builds URLs from it.
func rewrite(p *httputil.ProxyRequest, upstreamURL *url.URL) {
	p.SetURL(upstreamURL)
	p.Out.Host = p.In.Host
	if c := callOf(p.In); c != nil && c.buffered {
		p.Out.Body = io.NopCloser(bytes.NewReader(c.body))
		p.Out.ContentLength = int64(len(c.body))
	}
}

// isErrorPage reports whether resp may be the HTML page with which moto's web
// framework hides an unknown action or an exception. AWS never answers HTML.
func isErrorPage(resp *http.Response) bool {
	return resp.StatusCode >= http.StatusBadRequest && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// mend replaces moto's answer where it differs from that of AWS. Answers that
// nobody has to look at stream through.
func (f *Shim) mend(resp *http.Response) error {
	c := callOf(resp.Request)
	if c == nil || c.service == "" || resp.Request.Method == http.MethodHead {
		return nil
	}
	rule, ok := f.rules[c.service]
	if !ok && !isErrorPage(resp) {
		return nil
	}
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return fmt.Errorf("read moto's answer to %s: %w", c.name(), err)
	}
	if isErrorPage(resp) && bytes.HasPrefix(body, []byte("<!doctype html")) {
		return missingAction(c)
	}
	answer := &reply{status: resp.StatusCode, contentType: resp.Header.Get("Content-Type"), body: body}
	if ok && answer.status == http.StatusOK {
		if err := rule.after(c, answer); err != nil {
			return fmt.Errorf("mend moto's answer to %s: %w", c.name(), err)
		}
	}
	resp.StatusCode, resp.Status = answer.status, ""
	resp.Body = io.NopCloser(bytes.NewReader(answer.body))
	resp.ContentLength = int64(len(answer.body))
	resp.Header.Set("Content-Length", strconv.Itoa(len(answer.body)))
	resp.Header.Set("Content-Type", answer.contentType)
	return nil
}

func callOf(r *http.Request) *call {
	c, _ := r.Context().Value(callKey{}).(*call)
	return c
}

func writeJSON(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	// The only failure left is a client that went away.
	_ = json.NewEncoder(w).Encode(v)
}
