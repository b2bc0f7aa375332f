package shim

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"

	"github.com/beevik/etree"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const htmlError = "<!doctype html>\n<title>500 Internal Server Error</title>"

// fakeMoto has an answer for each action and keeps the bodies of the calls.
type fakeMoto struct {
	answers map[string]string

	mu   sync.Mutex
	seen map[string][]string
}

func (m *fakeMoto) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	action := r.Method + " " + r.URL.Path
	if target := r.Header.Get("X-Amz-Target"); target != "" {
		action = target[strings.LastIndex(target, ".")+1:]
	} else if form, err := url.ParseQuery(string(body)); err == nil && form.Get("Action") != "" {
		action = form.Get("Action")
	}
	m.mu.Lock()
	m.seen[action] = append(m.seen[action], string(body))
	m.mu.Unlock()
	answer, ok := m.answers[action]
	if !ok {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, htmlError)
		return
	}
	w.Header().Set("Content-Type", "application/x-amz-json-1.1")
	if strings.HasPrefix(answer, "<") {
		w.Header().Set("Content-Type", "text/xml")
	}
	w.Header().Set("X-Kept", "yes")
	_, _ = io.WriteString(w, answer)
}

// got returns the bodies of an action's calls that reached moto.
func (m *fakeMoto) got(action string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[action]
}

// form returns the parameters of the action's last call that reached moto.
func (m *fakeMoto) form(t *testing.T, action string) url.Values {
	t.Helper()
	calls := m.got(action)
	require.NotEmpty(t, calls)
	form, err := url.ParseQuery(calls[len(calls)-1])
	require.NoError(t, err)
	return form
}

// client calls a shim as the SDK does.
type client struct {
	t       *testing.T
	base    string
	headers [][2]string // added to each call
}

// answer is an answer of the shim.
type answer struct {
	status int
	header http.Header
	body   string
}

func newShim(t *testing.T, answers map[string]string) (*client, *fakeMoto) {
	t.Helper()
	m := &fakeMoto{answers: answers, seen: map[string][]string{}}
	upstreamServer := httptest.NewServer(m)
	t.Cleanup(upstreamServer.Close)
	return newClient(t, upstreamServer.URL), m
}

func newClient(t *testing.T, upstreamURL string) *client {
	t.Helper()
	base, err := url.Parse(upstreamURL)
	require.NoError(t, err)
	server := httptest.NewServer(New(base))
	t.Cleanup(server.Close)
	return &client{t: t, base: server.URL}
}

func (c *client) do(method, path, service, target, contentType, body string) answer {
	c.t.Helper()
	r, err := http.NewRequest(method, c.base+path, strings.NewReader(body))
	require.NoError(c.t, err)
	if service != "" {
		r.Header.Set(
			"Authorization",
			"AWS4-HMAC-SHA256 Credential=test/20200101/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0",
		)
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
	}
	for _, header := range c.headers {
		r.Header.Set(header[0], header[1])
	}
	resp, err := http.DefaultClient.Do(r)
	require.NoError(c.t, err)
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	require.NoError(c.t, err)
	return answer{resp.StatusCode, resp.Header, string(data)}
}

// query makes a call of the query protocol; args are names and values in turn.
func (c *client) query(service, action string, args ...string) answer {
	c.t.Helper()
	form := url.Values{"Action": {action}, "Version": {"2014-10-31"}}
	for i := 0; i < len(args); i += 2 {
		form.Set(args[i], args[i+1])
	}
	return c.do(http.MethodPost, "/", service, "", "application/x-www-form-urlencoded; charset=utf-8", form.Encode())
}

func (c *client) json(service, action, body string) answer {
	c.t.Helper()
	return c.do(http.MethodPost, "/", service, "Prefix_20200101."+action, "application/x-amz-json-1.1", body)
}

// accepted makes a JSON call that must succeed, and returns the answer.
func (c *client) accepted(service, action, body string) string {
	c.t.Helper()
	a := c.json(service, action, body)
	require.Equal(c.t, http.StatusOK, a.status, a.body)
	return a.body
}

// local calls an endpoint of the shim's own.
func (c *client) local(method, endpoint string) answer {
	c.t.Helper()
	return c.do(method, "/_local/"+endpoint, "", "", "", "")
}

// decoded reads a JSON answer.
func decoded[T any](t *testing.T, a answer) (out T) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(a.body), &out), a.body)
	return out
}

// element is an element of an XML answer.
type element struct{ *etree.Element }

func (e element) value(name string) string { return childText(e.Element, name) }

func (e element) elements(name string) []element {
	var elements []element
	for _, e := range e.FindElements(".//" + name) {
		elements = append(elements, element{e})
	}
	return elements
}

// refused asserts that a is the error of that code.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	assert.Equal(t, status, a.status, a.body)
	assert.Contains(t, a.body, code)
}

// every parses an answer and returns its elements of that name.
func every(t *testing.T, a answer, name string) []element {
	t.Helper()
	require.Equal(t, http.StatusOK, a.status, a.body)
	root, err := parseXML([]byte(a.body))
	require.NoError(t, err)
	return element{root}.elements(name)
}

// single parses an answer with exactly one element of that name.
func single(t *testing.T, a answer, name string) element {
	t.Helper()
	elements := every(t, a, name)
	require.Len(t, elements, 1, a.body)
	return elements[0]
}
