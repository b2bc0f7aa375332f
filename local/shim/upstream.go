package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
)

// upstream lets a rule ask moto questions of its own.
type upstream struct {
	base   *url.URL
	client *http.Client
}

// query makes a call of the query protocol to any service in c's region.
func (u *upstream) query(c *call, service string, form url.Values) (*reply, error) {
	header := http.Header{}
	header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	header.Set("Authorization", signature(c.region, service))
	return u.post(c.request.Context(), header, []byte(form.Encode()))
}

// json makes another call to c's own service. out may be nil.
func (u *upstream) json(c *call, action string, in, out any) error {
	body, err := json.Marshal(in)
	if err != nil {
		return fmt.Errorf("encode %s: %w", action, err)
	}
	target := c.request.Header.Get("X-Amz-Target")
	header := http.Header{}
	header.Set("Content-Type", c.request.Header.Get("Content-Type"))
	header.Set("Authorization", c.request.Header.Get("Authorization"))
	header.Set("X-Amz-Target", target[:strings.LastIndex(target, ".")+1]+action)
	answer, err := u.post(c.request.Context(), header, body)
	if err != nil {
		return fmt.Errorf("ask moto for %s: %w", action, err)
	}
	if answer.status != http.StatusOK {
		return fmt.Errorf("ask moto for %s: status %d: %s", action, answer.status, answer.body)
	}
	if out == nil {
		return nil
	}
	if err := decodeJSON(answer.body, out); err != nil {
		return fmt.Errorf("read moto's answer to %s: %w", action, err)
	}
	return nil
}

// jsonOf makes a call of the JSON protocol to any service in c's region, and tells whether moto found what it asks for.
func (u *upstream) jsonOf(c *call, service, target string, in, out any) (found bool, err error) {
	body, err := json.Marshal(in)
	if err != nil {
		return false, fmt.Errorf("encode %s: %w", target, err)
	}
	header := http.Header{}
	header.Set("Content-Type", "application/x-amz-json-1.1")
	header.Set("Authorization", signature(c.region, service))
	header.Set("X-Amz-Target", target)
	answer, err := u.post(c.request.Context(), header, body)
	if err != nil {
		return false, fmt.Errorf("ask moto for %s: %w", target, err)
	}
	if answer.status == http.StatusBadRequest {
		return false, nil
	}
	if err := decodeJSON(answer.body, out); err != nil {
		return false, fmt.Errorf("read moto's answer to %s: %w", target, err)
	}
	return true, nil
}

// signature is as much of one as moto looks at.
func signature(region, service string) string {
	return fmt.Sprintf("AWS4-HMAC-SHA256 Credential=test/20200101/%s/%s/aws4_request, SignedHeaders=host, Signature=0", region, service)
}

func (u *upstream) post(ctx context.Context, header http.Header, body []byte) (*reply, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, u.base.JoinPath("/").String(), bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	request.Header = header
	return u.do(request)
}

// get asks for a path of c's own service.
func (u *upstream) get(c *call, path string, query url.Values) (*reply, error) {
	address := u.base.JoinPath(path)
	address.RawQuery = query.Encode()
	request, err := http.NewRequestWithContext(c.request.Context(), http.MethodGet, address.String(), nil)
	if err != nil {
		return nil, err
	}
	// moto tells by the host which service a path belongs to.
	request.Host = c.request.Host
	request.Header.Set("Authorization", c.request.Header.Get("Authorization"))
	return u.do(request)
}

func (u *upstream) do(request *http.Request) (*reply, error) {
	response, err := u.client.Do(request)
	if err != nil {
		return nil, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, err
	}
	return &reply{status: response.StatusCode, contentType: response.Header.Get("Content-Type"), body: data}, nil
}
