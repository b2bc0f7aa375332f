package shim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/beevik/etree"
)

// upstream makes the shim's own calls to moto, in the region of the call that they serve.
type upstream struct {
	base   *url.URL
	client *http.Client
}

// errRefused is the error of a call that moto answers with an error.
var errRefused = errors.New("moto refuses the call")

// apiVersions are the versions of the query APIs that the shim calls.
var apiVersions = map[string]string{
	"ec2": "2016-11-15", "elasticloadbalancing": "2015-12-01", "iam": "2010-05-08", "rds": "2014-10-31",
	"sns": "2010-03-31",
}

// query makes a query call. parameters are names and values in turn.
func (u *upstream) query(c *call, service, action string, parameters ...string) (*etree.Element, error) {
	form := url.Values{"Action": {action}, "Version": {apiVersions[service]}}
	for i := 0; i < len(parameters); i += 2 {
		form.Set(parameters[i], parameters[i+1])
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	body, err := u.post(c, service, header, []byte(form.Encode()))
	if err != nil {
		return nil, fmt.Errorf("call moto's %s: %w", action, err)
	}
	return parseXML(body)
}

// json makes a call of c's own service. out may be nil.
func (u *upstream) json(c *call, action string, in, out any) error {
	target := c.request.Header.Get("X-Amz-Target")
	return u.jsonOf(c, c.service, target[:strings.LastIndex(target, ".")+1]+action, in, out)
}

// jsonOf makes a JSON call of any service. out may be nil.
func (u *upstream) jsonOf(c *call, service, target string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", target, err)
	}
	header := http.Header{"Content-Type": {"application/x-amz-json-1.1"}, "X-Amz-Target": {target}}
	answer, err := u.post(c, service, header, body)
	if err == nil && out != nil {
		err = decodeJSON(answer, out)
	}
	if err != nil {
		return fmt.Errorf("call moto's %s: %w", target, err)
	}
	return nil
}

// get makes a GET call of c's own service.
func (u *upstream) get(c *call, path string, query url.Values) (*etree.Element, error) {
	address := u.base.JoinPath(path)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(c.request.Context(), http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	request.Host = c.request.Host // moto finds the service of a path by it
	body, err := u.do(request, c.region, c.service)
	if err != nil {
		return nil, fmt.Errorf("call moto's %s: %w", path, err)
	}
	return parseXML(body)
}

func (u *upstream) post(c *call, service string, header http.Header, body []byte) ([]byte, error) {
	address := u.base.JoinPath("/").String()
	request, err := http.NewRequestWithContext(c.request.Context(), http.MethodPost, address, bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header
	return u.do(request, c.region, service)
}

// do signs a request as far as moto looks at signatures, and returns the body of the answer.
func (u *upstream) do(request *http.Request, region, service string) ([]byte, error) {
	request.Header.Set("Authorization", fmt.Sprintf(
		"AWS4-HMAC-SHA256 Credential=test/20200101/%s/%s/aws4_request, SignedHeaders=host, Signature=0", region, service))
	response, err := u.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%w: status %d: %s", errRefused, response.StatusCode, answer)
	}
	return answer, err
}
