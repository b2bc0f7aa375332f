// Package shim is an AWS API that corrects moto so far that the real AWS provider can deploy this project to it.
//
// The shim corrects the differences between moto and AWS that this project meets, and only those: corrections.go lists
// them by service and action. A correction answers a call, changes it, refuses what AWS refuses, or edits moto's
// answer. All other calls pass through unchanged, except that an action that moto lacks fails with an error that no
// client retries, instead of the 500 that the AWS SDK repeats for minutes.
//
// The shim checks no signatures, imitates no waits and writes nothing to disk. Package moto starts the moto server.
package shim

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"sync"
)

// Shim is the AWS endpoint that clients call.
type Shim struct {
	instance string
	proxy    *httputil.ReverseProxy
	account  *account
	faults   faults

	mu             sync.Mutex
	calls          map[string]int
	authorizations authorizations
}

// Health is the answer of GET /_local/health.
type Health struct {
	// Instance is a random id of the emulated account. If it changes, everything deployed before is gone.
	Instance string `json:"instance"`
}

type callKey struct{}

// New returns a shim for the moto server at a URL.
func New(moto *url.URL) *Shim {
	// moto closes idle connections, and a call that must not be repeated would fail on one.
	transport := &http.Transport{DisableCompression: true, DisableKeepAlives: true}
	s := &Shim{
		instance: rand.Text(),
		account: &account{
			upstream: &upstream{base: moto, client: &http.Client{Transport: transport}}, state: newState(),
		},
		calls:          map[string]int{},
		authorizations: newAuthorizations(),
	}
	s.account.corrections = newCorrections(s.account)
	s.proxy = &httputil.ReverseProxy{
		Transport:      transport,
		Rewrite:        func(p *httputil.ProxyRequest) { rewrite(p, moto) },
		ModifyResponse: s.correct,
		ErrorHandler:   writeFailure,
	}
	return s
}

// Instance returns the id that GET /_local/health reports.
func (s *Shim) Instance() string { return s.instance }

// isLocal reports whether a Host header names this machine, or a bucket below localhost. The page of a website whose
// name resolves to 127.0.0.1 (DNS rebinding) could read the answers otherwise. Names below localhost never leave the
// machine: https://www.rfc-editor.org/rfc/rfc6761#section-6.3
func isLocal(host string) bool {
	parsed := url.URL{Host: strings.ToLower(host)}
	name := parsed.Hostname()
	ip := net.ParseIP(name)
	return ip != nil && ip.IsLoopback() || name == "localhost" || strings.HasSuffix(name, ".localhost")
}

// isOfWebsite reports whether a browser sent the request for the page of a website. Links and images have no Origin.
func isOfWebsite(r *http.Request) bool {
	return r.Header.Get("Origin") != "" || r.Header.Get("Sec-Fetch-Site") == "cross-site"
}

// ServeHTTP answers an AWS API call, or one of the shim's own endpoints.
func (s *Shim) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !isLocal(r.Host) {
		http.Error(w, "the local AWS answers to localhost and 127.0.0.1 only", http.StatusForbidden)
		return
	}
	if isOfWebsite(r) {
		http.Error(w, "the local AWS does not answer requests of websites", http.StatusForbidden)
		return
	}
	// A ServeMux would redirect paths like "//", which AWS gives a meaning.
	switch r.URL.Path {
	case "/_local/health":
		writeJSON(w, Health{Instance: s.instance})
	case "/_local/calls":
		s.mu.Lock()
		defer s.mu.Unlock()
		writeJSON(w, s.calls)
	case "/_local/authorizations":
		s.serveAuthorizations(w, r)
	case "/_local/credentials":
		writeJSON(w, s.account.credentials())
	case "/_local/faults":
		s.faults.serve(w, r)
	case "/_local/spot":
		s.account.spot.serve(w, r)
	case "/moto-api/reset":
		s.account.reset()
		s.proxy.ServeHTTP(w, r)
	default:
		s.serveAWS(w, r)
	}
}

func (s *Shim) serveAWS(w http.ResponseWriter, r *http.Request) {
	c, err := readCall(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	r = r.WithContext(context.WithValue(r.Context(), callKey{}, c))
	if c.service == "" {
		s.proxy.ServeHTTP(w, r)
		return
	}
	authorized := s.authorizationsOf(c)
	s.mu.Lock()
	s.calls[c.name()]++
	s.authorizations.add(authorized)
	s.mu.Unlock()
	s.faults.inject(w, r, s.answer)
}

// answer serves a call that is signed for a service.
func (s *Shim) answer(w http.ResponseWriter, r *http.Request) {
	answer, err := s.account.before(callOf(r))
	switch {
	case err != nil:
		writeFailure(w, r, err)
	case answer != nil:
		answer.write(w)
	default:
		s.proxy.ServeHTTP(w, r)
	}
}

// rewrite sends the corrected call to moto. The Host header stays the client's, because moto builds URLs from it.
func rewrite(p *httputil.ProxyRequest, moto *url.URL) {
	p.SetURL(moto)
	p.Out.Host = p.In.Host
	if c := callOf(p.In); c != nil && c.buffered {
		p.Out.Body = io.NopCloser(bytes.NewReader(c.body))
		p.Out.ContentLength = int64(len(c.body))
	}
}

// isErrorPage reports whether resp may be the HTML page with which moto's web framework answers an unknown action or an
// exception. AWS never answers HTML.
func isErrorPage(resp *http.Response) bool {
	return resp.StatusCode >= http.StatusBadRequest && strings.HasPrefix(resp.Header.Get("Content-Type"), "text/html")
}

// correct edits moto's answer where it differs from that of AWS. Answers without a correction stream through.
func (s *Shim) correct(resp *http.Response) error {
	c := callOf(resp.Request)
	if c == nil || c.service == "" || resp.Request.Method == http.MethodHead {
		return nil
	}
	corrected := s.account.correction(c).after != nil && resp.StatusCode == http.StatusOK
	if !corrected && !isErrorPage(resp) {
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
	if corrected {
		if err := s.account.after(c, answer); err != nil {
			return fmt.Errorf("correct moto's answer to %s: %w", c.name(), err)
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
	// The only failure left is a client that has gone away.
	_ = json.NewEncoder(w).Encode(v)
}
