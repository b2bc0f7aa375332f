// Package awsquery calls EC2, Elastic Load Balancing and IAM without their SDKs. The command makes a handful of these
// calls, and so do the end-to-end tests. EC2's SDK takes two minutes of CPU time and 3 GB of memory to compile, and
// every user of the command would compile it.
package awsquery

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
)

const (
	callTimeout = 30 * time.Second
	attempts    = 6
)

// Client calls AWS. Its region, credentials and endpoint are those of the SDK's settings.
type Client struct {
	settings aws.Config
	client   *http.Client
	signer   *v4.Signer
	backoff  *retry.ExponentialJitterBackoff
}

// New makes a client from the SDK's settings.
func New(settings aws.Config) *Client {
	const maxPause = 8 * time.Second
	return &Client{
		settings: settings, client: &http.Client{Timeout: callTimeout}, signer: v4.NewSigner(),
		backoff: retry.NewExponentialJitterBackoff(maxPause),
	}
}

// Error is AWS's refusal of a call.
type Error struct {
	Call    string // such as "ec2:DescribeVpcs"
	Status  int    // HTTP status
	Code    string // such as "InvalidVpcID.NotFound", or "" if the answer has no code
	Message string // the whole answer if it has no code
}

func (e *Error) Error() string {
	message := e.Message
	if e.Code != "" {
		message = e.Code + ": " + message
	}
	return fmt.Sprintf("%s: %d: %s", e.Call, e.Status, message)
}

// newError reads the answer to a refused call. EC2 has another place for the code than the other services.
func newError(call string, status int, answer []byte) *Error {
	type refusal struct{ Code, Message string }
	var parsed struct {
		EC2   *refusal `xml:"Errors>Error"`
		Other *refusal `xml:"Error"`
	}
	err := &Error{Call: call, Status: status, Message: string(answer)}
	if xml.Unmarshal(answer, &parsed) != nil {
		return err
	}
	for _, r := range []*refusal{parsed.EC2, parsed.Other} {
		if r != nil {
			err.Code, err.Message = r.Code, r.Message
		}
	}
	return err
}

// versions are the API versions of the services, from the SDK's models.
var versions = map[string]string{"ec2": "2016-11-15", "elasticloadbalancing": "2015-12-01", "iam": "2010-05-08"}

// Query makes a call of the query protocol and reads its XML into answer, unless that is nil. It repeats a call that
// failed on the way or on the side of AWS, so the call must be one that can be repeated.
func (c *Client) Query(ctx context.Context, service, action string, parameters map[string]string, answer any) error {
	form := url.Values{"Action": {action}, "Version": {versions[service]}}
	for key, value := range parameters {
		form.Set(key, value)
	}
	for attempt := 1; ; attempt++ {
		body, err := c.call(ctx, service, action, form.Encode())
		var refused *Error
		if errors.As(err, &refused) && refused.Status < http.StatusInternalServerError &&
			refused.Status != http.StatusTooManyRequests && !strings.Contains(refused.Code, "Throttling") {
			return err
		}
		if err == nil && answer != nil {
			if err := xml.Unmarshal(body, answer); err != nil {
				return fmt.Errorf("read the answer to %s:%s: %w", service, action, err)
			}
		}
		if err == nil || attempt == attempts {
			return err
		}
		pause, backoffErr := c.backoff.BackoffDelay(attempt, err)
		if backoffErr != nil {
			return errors.Join(err, backoffErr)
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("call %s:%s: %w", service, action, ctx.Err())
		case <-time.After(pause):
		}
	}
}

func (c *Client) call(ctx context.Context, service, action, form string) ([]byte, error) {
	region := c.settings.Region
	endpoint := fmt.Sprintf("https://%s.%s.amazonaws.com/", service, region)
	if service == "iam" { // has one endpoint: https://docs.aws.amazon.com/general/latest/gr/iam-service.html
		region, endpoint = "us-east-1", "https://iam.amazonaws.com/"
	}
	if c.settings.BaseEndpoint != nil {
		endpoint = *c.settings.BaseEndpoint + "/"
	}
	call, body := service+":"+action, []byte(form)
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, endpoint, bytes.NewReader(body))
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call, err)
	}
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	credentials, err := c.settings.Credentials.Retrieve(ctx)
	if err != nil {
		return nil, fmt.Errorf("find AWS credentials: %w", err)
	}
	sum := sha256.Sum256(body)
	hash := hex.EncodeToString(sum[:])
	if err := c.signer.SignHTTP(ctx, credentials, request, hash, service, region, time.Now()); err != nil {
		return nil, fmt.Errorf("sign %s: %w", call, err)
	}
	response, err := c.client.Do(request)
	if err != nil {
		return nil, fmt.Errorf("call %s: %w", call, err)
	}
	defer func() { _ = response.Body.Close() }()
	answer, err := io.ReadAll(response.Body)
	if err != nil {
		return nil, fmt.Errorf("read the answer to %s: %w", call, err)
	}
	if response.StatusCode != http.StatusOK {
		return nil, newError(call, response.StatusCode, answer)
	}
	return answer, nil
}
