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

// fakeMoto answers by action and keeps the bodies it got.
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

// got returns the bodies of the calls of one action that reached moto.
func (m *fakeMoto) got(action string) []string {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.seen[action]
}

// client makes calls to a front the way the SDK does.
type client struct {
	t    *testing.T
	base string
}

// answer is a whole answer, read.
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
		r.Header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20200101/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	}
	if contentType != "" {
		r.Header.Set("Content-Type", contentType)
	}
	if target != "" {
		r.Header.Set("X-Amz-Target", target)
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

// element is an element of an XML answer.
type element struct{ *etree.Element }

func (e element) value(name string) string { return childText(e.Element, name) }

func (e element) all(name string) []element {
	var elements []element
	for _, found := range e.FindElements(".//" + name) {
		elements = append(elements, element{found})
	}
	return elements
}

// refused asserts that a is the error of that code.
func (a answer) refused(t *testing.T, status int, code string) {
	t.Helper()
	assert.Equal(t, status, a.status, a.body)
	assert.Contains(t, a.body, code)
}

func TestAnActionMotoLacksFailsAtOnceAndByName(t *testing.T) {
	c, _ := newShim(t, nil)
	tests := map[string]struct {
		answer    answer
		code      string
		action    string
		header    string
		bodyBegin string
	}{
		"query": {c.query("rds", "DescribeNonsense"), "InvalidAction", "rds:DescribeNonsense", "", "<ErrorResponse>"},
		"ec2":   {c.query("ec2", "DescribeNonsense"), "InvalidAction", "ec2:DescribeNonsense", "", "<Response><Errors>"},
		"json": {c.json("ecs", "ListNonsense", "{}"), "UnknownOperationException", "ecs:ListNonsense",
			"UnknownOperationException", `{"__type"`},
		"rest json": {c.do("GET", "/2015-02-01/nonsense", "elasticfilesystem", "", "", ""), "UnknownOperationException",
			"elasticfilesystem:GET /2015-02-01/nonsense", "UnknownOperationException", `{"__type"`},
		"rest xml": {c.do("GET", "/2013-04-01/nonsense", "route53", "", "", ""), "UnknownOperationException",
			"route53:GET /2013-04-01/nonsense", "", "<ErrorResponse>"},
		"s3": {c.do("GET", "/bucket", "s3", "", "", ""), "UnknownOperationException", "s3:GET /bucket", "", "<Error>"},
		"not served by our own cache": {c.query("elasticache", "CreateCacheCluster"), "InvalidAction",
			"elasticache:CreateCacheCluster", "", "<ErrorResponse>"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.answer.refused(t, http.StatusBadRequest, test.code)
			assert.Contains(t, test.answer.body, test.action)
			assert.Equal(t, test.header, test.answer.header.Get("X-Amzn-ErrorType"))
			assert.True(t, strings.HasPrefix(test.answer.body, test.bodyBegin), test.answer.body)
		})
	}
}

func TestMotoGoneFailsAtOnce(t *testing.T) {
	closed := httptest.NewServer(http.NotFoundHandler())
	closed.Close()
	newClient(t, closed.URL).query("sts", "GetCallerIdentity").refused(t, http.StatusBadRequest, "LocalAWSFailure")
}

func TestWhatHasNoRulePassesUntouched(t *testing.T) {
	c, m := newShim(t, map[string]string{"GetParameter": `{"a":1}`, "GET //odd/../path": "odd", "HEAD /": "body"})

	got := c.json("ssm", "GetParameter", `{"Name":"x"}`)
	assert.Equal(t, `{"a":1}`, got.body)
	assert.Equal(t, "yes", got.header.Get("X-Kept"))
	assert.Equal(t, []string{`{"Name":"x"}`}, m.got("GetParameter"))

	assert.Equal(t, "odd", c.do("GET", "//odd/../path", "backup", "", "", "").body)
	head := c.do("HEAD", "/", "ecr", "", "", "")
	assert.Equal(t, http.StatusOK, head.status)
	assert.Empty(t, head.body)
	assert.Equal(t, "4", head.header.Get("Content-Length"))
}

func TestAnErrorOfAWSThatClaimsToBeHTMLStaysAsItIs(t *testing.T) {
	const refusal = "<ErrorResponse><Error><Code>NoSuchEntity</Code></Error></ErrorResponse>"
	moto := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		w.WriteHeader(http.StatusNotFound)
		_, _ = io.WriteString(w, refusal)
	}))
	t.Cleanup(moto.Close)
	got := newClient(t, moto.URL).query("iam", "GetRole")
	assert.Equal(t, http.StatusNotFound, got.status)
	assert.Equal(t, refusal, got.body)
}

func TestCallsAreCountedByServiceAndAction(t *testing.T) {
	c, _ := newShim(t, map[string]string{"GetParameter": `{}`})
	c.json("ssm", "GetParameter", `{}`)
	c.json("ssm", "GetParameter", `{}`)
	c.query("elasticache", "DescribeReplicationGroups")
	assert.JSONEq(t, `{"ssm:GetParameter":2,"elasticache:DescribeReplicationGroups":1}`,
		c.do("GET", "/_local/calls", "", "", "", "").body)
}

func TestHealthNamesTheInstance(t *testing.T) {
	health := func() Health {
		c, _ := newShim(t, nil)
		var h Health
		require.NoError(t, json.Unmarshal([]byte(c.do("GET", "/_local/health", "", "", "", "").body), &h))
		return h
	}
	first, second := health(), health()
	assert.True(t, first.Ready)
	assert.NotEmpty(t, first.Instance)
	assert.NotEqual(t, first.Instance, second.Instance, "another life of the emulator has another id")
}

func TestResetForgetsEverythingAndReachesMoto(t *testing.T) {
	c, m := newShim(t, map[string]string{"POST /moto-api/reset": `{"status": "ok"}`})
	createGroup(c)
	require.Equal(t, http.StatusOK, c.do("POST", "/moto-api/reset", "", "", "", "").status)
	assert.Len(t, m.got("POST /moto-api/reset"), 1)
	c.query("elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "threa").
		refused(t, http.StatusNotFound, "ReplicationGroupNotFoundFault")
}

func TestWhatIAMWouldDecideOnIsRecordedOncePerClientWithoutTheBody(t *testing.T) {
	c, _ := newShim(t, map[string]string{"PutParameter": `{}`, "Leap": `{}`})
	c.json("ssm", "PutParameter", `{"Name": "/threa/key", "Value": "a-secret"}`)
	c.json("ssm", "PutParameter", `{"Name": "/threa/key", "Value": "another"}`)
	c.json("quantum", "Leap", `{}`)
	recorded := func(method string) (all []Authorization) {
		body := c.do(method, "/_local/authorizations", "", "", "", "").body
		assert.NotContains(t, body, "secret")
		require.NoError(t, json.Unmarshal([]byte(body), &all))
		return all
	}
	all := recorded("DELETE")
	require.Len(t, all, 2)
	assert.Equal(t, "ssm:PutParameter", all[0].Action)
	assert.Equal(t, "arn:aws:ssm:eu-central-1:123456789012:parameter/threa/key", all[0].Resource)
	assert.Contains(t, all[1].Unknown, "quantum")
	assert.Empty(t, recorded("GET"), "DELETE forgets")
}
