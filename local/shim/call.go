package shim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"slices"
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

	// form holds the parameters of a query call. Only setForm changes them.
	form params
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
	form, err := url.ParseQuery(string(c.body))
	if err != nil {
		return nil, fmt.Errorf("parse the call's form: %w", err)
	}
	c.form = params{form}
	c.protocol, c.action = protocolQuery, form.Get("Action")
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
	seen := authorization.Call{Service: c.service, Action: c.action, Region: c.region, Form: c.form.Values}
	switch c.protocol {
	case protocolJSON:
		if err := json.Unmarshal(c.body, &seen.Body); err != nil {
			return nil, fmt.Errorf("read %s: %w", c.name(), err)
		}
	case protocolREST:
		seen.Form = c.request.URL.Query()
		if c.service == "scheduler" { // its calls name the schedule group and the role in the body
			if err := c.read(); err != nil {
				return nil, err
			}
			if len(c.body) > 0 {
				if err := json.Unmarshal(c.body, &seen.Body); err != nil {
					return nil, fmt.Errorf("read %s: %w", c.name(), err)
				}
			}
		}
	case protocolQuery:
	}
	return authorization.Requests(seen)
}

// setForm gives the call's form other parameters, by names and values in turn. An empty value removes a parameter.
func (c *call) setForm(parameters ...string) {
	for pair := range slices.Chunk(parameters, 2) {
		c.form.Set(pair[0], pair[1])
		if pair[1] == "" {
			c.form.Del(pair[0])
		}
	}
	c.body = []byte(c.form.Encode())
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

// params reads the parameters of a query call.
type params struct{ url.Values }

// text returns its second argument for a missing parameter.
func (p params) text(key, otherwise string) string {
	if p.Has(key) {
		return p.Get(key)
	}
	return otherwise
}

// number returns 0 for a missing parameter.
func (p params) number(key string) (int, error) {
	if !p.Has(key) {
		return 0, nil
	}
	n, err := strconv.Atoi(p.Get(key))
	if err != nil {
		return 0, badRequest("MalformedInput", "%s must be a number, got %q", key, p.Get(key))
	}
	return n, nil
}

// list reads PREFIX.1, PREFIX.2 and so on.
func (p params) list(prefix string) []string {
	var values []string
	for n := 1; p.Has(prefix + "." + strconv.Itoa(n)); n++ {
		values = append(values, p.Get(prefix+"."+strconv.Itoa(n)))
	}
	return values
}

// structures returns "PREFIX.1.", "PREFIX.2." and so on, as long as the structure there has the member.
func (p params) structures(prefix, member string) []string {
	var structures []string
	for n := 1; p.Has(fmt.Sprintf("%s.%d.%s", prefix, n, member)); n++ {
		structures = append(structures, fmt.Sprintf("%s.%d.", prefix, n))
	}
	return structures
}
