package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"threa-infra/local/shim/authorization"
)

// credentialScope finds region and service in "Credential=KEY/DATE/REGION/SERVICE/aws4_request".
var credentialScope = regexp.MustCompile(`Credential=[^/]+/[^/]+/([^/]+)/([^/]+)/aws4_request`)

// protocol is the wire format of a service; errors look different in each.
type protocol int

const (
	protocolREST protocol = iota
	protocolQuery
	protocolJSON
)

// call is an AWS API call on its way to moto.
type call struct {
	request  *http.Request
	service  string
	region   string
	action   string
	protocol protocol

	// form holds the parameters of a query call. A correction that changes them must call setForm.
	form url.Values
	// body is what moto gets if buffered is true. The body of a REST call streams.
	body     []byte
	buffered bool
}

// readCall finds out the service and the action of a request. A request without a signature belongs to no service.
func readCall(r *http.Request) (*call, error) {
	c := &call{request: r, action: r.Method + " " + r.URL.Path}
	scope := credentialScope.FindStringSubmatch(r.Header.Get("Authorization"))
	if scope == nil {
		return c, nil
	}
	c.region, c.service = scope[1], scope[2]

	target := r.Header.Get("X-Amz-Target")
	isForm := strings.HasPrefix(r.Header.Get("Content-Type"), "application/x-www-form-urlencoded")
	if target == "" && !isForm {
		return c, nil
	}
	if err := c.read(); err != nil {
		return nil, err
	}
	if target != "" {
		c.protocol = protocolJSON
		c.action = target[strings.LastIndex(target, ".")+1:]
		return c, nil
	}
	var err error
	if c.form, err = url.ParseQuery(string(c.body)); err != nil {
		return nil, fmt.Errorf("parse the call's form: %w", err)
	}
	c.protocol, c.action = protocolQuery, c.form.Get("Action")
	return c, nil
}

// read buffers a body that would stream otherwise.
func (c *call) read() error {
	if c.buffered {
		return nil
	}
	body, err := io.ReadAll(c.request.Body)
	if err != nil {
		return fmt.Errorf("read the call's body: %w", err)
	}
	c.body, c.buffered = body, true
	return nil
}

// name returns the call as "ecs:CreateService".
func (c *call) name() string { return c.service + ":" + c.action }

// authorizationRequests returns what IAM would authorize. It must be called before a correction changes the call.
func (c *call) authorizationRequests() ([]authorization.Request, error) {
	seen := authorization.Call{Service: c.service, Action: c.action, Region: c.region, Form: c.form}
	switch c.protocol {
	case protocolJSON:
		if err := json.Unmarshal(c.body, &seen.Body); err != nil {
			return nil, fmt.Errorf("read %s: %w", c.name(), err)
		}
	case protocolREST:
		seen.Form = c.request.URL.Query()
	case protocolQuery:
	}
	return authorization.Requests(seen)
}

// setForm makes the parameters the call's body.
func (c *call) setForm(form url.Values) {
	c.form, c.body = form, []byte(form.Encode())
}

// decode reads the body of a JSON call into v.
func (c *call) decode(v any) error {
	if err := decodeJSON(c.body, v); err != nil {
		return fmt.Errorf("read %s: %w", c.name(), err)
	}
	return nil
}

// decodeJSON keeps numbers as they are written, so that what is passed on does not change.
func decodeJSON(data []byte, v any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber()
	return d.Decode(v)
}

// params reads the parameters of a query call. Each method returns its second argument for a missing parameter.
type params url.Values

func (p params) has(key string) bool { return url.Values(p).Has(key) }

func (p params) text(key, otherwise string) string {
	if p.has(key) {
		return url.Values(p).Get(key)
	}
	return otherwise
}

func (p params) flag(key string, otherwise bool) bool {
	if p.has(key) {
		return url.Values(p).Get(key) == "true"
	}
	return otherwise
}

func (p params) number(key string, otherwise int) (int, error) {
	if !p.has(key) {
		return otherwise, nil
	}
	n, err := strconv.Atoi(url.Values(p).Get(key))
	if err != nil {
		return 0, badRequest("MalformedInput", "%s must be a number, got %q", key, url.Values(p).Get(key))
	}
	return n, nil
}

// list reads PREFIX.1, PREFIX.2 and so on.
func (p params) list(prefix string) []string {
	var values []string
	for n := 1; p.has(prefix + "." + strconv.Itoa(n)); n++ {
		values = append(values, p.text(prefix+"."+strconv.Itoa(n), ""))
	}
	return values
}

// each calls f with "PREFIX.1.", "PREFIX.2." and so on, as long as the structure there has the member.
func (p params) each(prefix, member string, f func(element string)) {
	for n := 1; ; n++ {
		element := prefix + "." + strconv.Itoa(n) + "."
		if !p.has(element + member) {
			return
		}
		f(element)
	}
}
