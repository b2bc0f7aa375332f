// Package awsquery asks AWS without an SDK: it signs calls of the query protocol, and those to ECS and ACM, and repeats what
// failed on the way. The few questions that are asked of EC2 do not justify its SDK, which alone takes a minute to
// compile and would be compiled by everyone who tries the program.
package awsquery

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	callTimeout = 30 * time.Second
	attempts    = 6
	firstPause  = 250 * time.Millisecond // doubles with every attempt
)

// Client asks AWS. Its settings, region, credentials and endpoint, are those of the SDK.
type Client struct {
	settings aws.Config
	client   *http.Client
	signer   *v4.Signer
	account  string
}

// New makes a client from the SDK's settings.
func New(settings aws.Config) *Client {
	return &Client{settings: settings, client: &http.Client{Timeout: callTimeout}, signer: v4.NewSigner()}
}

// Error is an answer of AWS that says no.
type Error struct {
	Call    string // such as "ec2:DescribeVpcs"
	Status  int    // of HTTP
	Message string // the whole answer, as AWS wrote it
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s: %d: %s", e.Call, e.Status, readable(e.Message))
}

// readable is the code and the text of an answer that says no: in JSON or in XML, where EC2 has another place for them.
func readable(answer string) string {
	type said struct{ Code, Message string }
	var inXML struct {
		EC2    *said `xml:"Errors>Error"`
		Others *said `xml:"Error"`
	}
	if xml.Unmarshal([]byte(answer), &inXML) == nil {
		if one := cmp.Or(inXML.EC2, inXML.Others); one != nil {
			return one.Code + ": " + one.Message
		}
	}
	var inJSON struct {
		Code    string `json:"__type"` // behind the name of the API, in some services
		Message string `json:"message"`
	}
	if json.Unmarshal([]byte(answer), &inJSON) == nil && inJSON.Code != "" {
		return inJSON.Code[strings.LastIndex(inJSON.Code, "#")+1:] + ": " + inJSON.Message
	}
	return answer
}

// versions are the API versions of the query services, from the SDK's models.
var versions = map[string]string{
	"ec2": "2016-11-15", "rds": "2014-10-31", "elasticache": "2015-02-02", "sts": "2011-06-15",
	"elasticloadbalancing": "2015-12-01",
}

// Query makes a call of the query protocol, and reads its XML into answer unless that is nil.
func (c *Client) Query(ctx context.Context, service, action string, parameters map[string]string, answer any) error {
	form := url.Values{"Action": {action}, "Version": {versions[service]}}
	for key, value := range parameters {
		form.Set(key, value)
	}
	header := http.Header{"Content-Type": {"application/x-www-form-urlencoded; charset=utf-8"}}
	body, err := c.call(ctx, service, action, header, []byte(form.Encode()))
	if err != nil || answer == nil {
		return err
	}
	if err := xml.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("read the answer to %s:%s: %w", service, action, err)
	}
	return nil
}

// ECS makes a call of the JSON protocol to ECS.
func (c *Client) ECS(ctx context.Context, action string, question, answer any) error {
	return c.json(ctx, "ecs", "AmazonEC2ContainerServiceV20141113", action, question, answer)
}

// ACM makes a call of the JSON protocol to ACM.
func (c *Client) ACM(ctx context.Context, action string, question, answer any) error {
	return c.json(ctx, "acm", "CertificateManager", action, question, answer)
}

func (c *Client) json(ctx context.Context, service, target, action string, question, answer any) error {
	body, err := json.Marshal(question)
	if err != nil {
		return fmt.Errorf("ask %s:%s: %w", service, action, err)
	}
	header := http.Header{
		"Content-Type": {"application/x-amz-json-1.1"},
		"X-Amz-Target": {target + "." + action},
	}
	if body, err = c.call(ctx, service, action, header, body); err != nil {
		return err
	}
	if err := json.Unmarshal(body, answer); err != nil {
		return fmt.Errorf("read the answer to %s:%s: %w", service, action, err)
	}
	return nil
}

// call repeats what failed on the way or on the side of AWS. Every call here can be repeated: it reads, or it deletes.
func (c *Client) call(ctx context.Context, service, action string, header http.Header, body []byte) ([]byte, error) {
	pause := firstPause
	for attempt := 1; ; attempt++ {
		answer, err := c.once(ctx, service, action, header, body)
		var refused *Error
		final := err == nil || errors.As(err, &refused) && refused.Status < http.StatusInternalServerError &&
			refused.Status != http.StatusTooManyRequests && !strings.Contains(refused.Message, "Throttling")
		if final || attempt == attempts {
			return answer, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("ask %s:%s: %w", service, action, ctx.Err())
		case <-time.After(pause):
			pause *= 2
		}
	}
}

func (c *Client) once(ctx context.Context, service, action string, header http.Header, body []byte) ([]byte, error) {
	endpoint := fmt.Sprintf("https://%s.%s.amazonaws.com/", service, c.settings.Region)
	if c.settings.BaseEndpoint != nil {
		endpoint = *c.settings.BaseEndpoint + "/"
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("ask %s:%s: %w", service, action, err)
	}
	request.Header = header.Clone()
	credentials, err := c.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	if err := c.signer.SignHTTP(ctx, credentials, request, hex.EncodeToString(sum[:]), service, c.settings.Region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign %s:%s: %w", service, action, err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("ask %s:%s: %w", service, action, err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer to %s:%s: %w", service, action, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, &Error{Call: service + ":" + action, Status: response.StatusCode, Message: string(text)}
	}
	return text, nil
}

// Region is the region that is asked.
func (c *Client) Region() string { return c.settings.Region }

// Account is the account that the credentials are for.
func (c *Client) Account(ctx context.Context) (string, error) {
	if c.account != "" {
		return c.account, nil
	}
	var answer struct {
		Account string `xml:"GetCallerIdentityResult>Account"`
	}
	if err := c.Query(ctx, "sts", "GetCallerIdentity", nil, &answer); err != nil {
		return "", err
	}
	c.account = answer.Account
	return c.account, nil
}
