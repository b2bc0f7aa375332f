package recovery

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
)

// pulumi stands in for the pulumi command: it keeps one state, and its refresh knows what the provider would read.
type pulumi struct {
	t        *testing.T
	exported string
	// reads is what the provider reads by "type id": the outputs, with the real id where it is another.
	reads   map[string]object
	preview string
	refused string // the message of a preview that fails
	locked  string // the message of a locked stack, until cancel
	killed  string // the command after which the recovery is killed
	short   string // a file of the state that was cut short: nothing can be exported as long as it is there
	folder  string // of the state
	ran     []string
}

func (p *pulumi) run(_ context.Context, input []byte, args ...string) ([]byte, error) {
	command := strings.Join(args[:min(2, len(args))], " ")
	p.ran = append(p.ran, command)
	if p.locked != "" && (command == "stack import" || args[0] == "refresh") {
		return nil, errors.New(p.locked)
	}
	switch {
	case command == "config --json":
		return []byte(`{"threa:appName":{"value":"threa"},"threa:environment":{"value":""}}`), nil
	case command == "stack --show-name":
		return []byte("prod\n"), nil
	case command == "stack export":
		if _, err := os.Stat(p.short); err == nil {
			return nil, errors.New("failed to load checkpoint: EOF")
		}
		return []byte(p.exported), nil
	case args[0] == "whoami":
		return json.Marshal(map[string]string{"url": (&url.URL{Scheme: "file", Path: p.folder}).String()})
	case command == "stack import":
		return nil, p.replaceState(input)
	case args[0] == "refresh":
		if err := p.refresh(args[1:]); err != nil || p.killed == "" {
			return nil, err
		}
		return nil, errKilled
	case args[0] == "preview":
		if p.refused != "" {
			return nil, errors.New(p.refused)
		}
		return []byte(p.preview), nil
	case command == "cancel --yes":
		p.locked = ""
		return nil, nil
	}
	return nil, fmt.Errorf("unexpected command: %v", args)
}

// replaceState drops pending operations, as pulumi does.
func (p *pulumi) replaceState(text []byte) error {
	imported, err := parseState(text)
	if err != nil {
		return err
	}
	imported.setList("pending_operations", nil)
	text, err = imported.encode()
	p.exported = string(text)
	return err
}

var errKilled = errors.New("killed")

// refresh reads each target as the provider does when it knows nothing but the id.
func (p *pulumi) refresh(args []string) error {
	known, err := parseState([]byte(p.exported))
	if err != nil {
		return err
	}
	var kept []object
	for _, one := range known.resources() {
		targeted := false
		for i, arg := range args {
			targeted = targeted || arg == "--target" && args[i+1] == one.text("urn")
		}
		if !targeted || one["delete"] == true {
			kept = append(kept, one)
			continue
		}
		outputs, found := p.reads[one.text("type")+" "+one.text("id")]
		if !found {
			continue
		}
		if id := outputs.text("id"); id != "" {
			one["id"] = id
		}
		one["outputs"], one["inputs"] = map[string]any(outputs), map[string]any{}
		kept = append(kept, one)
	}
	known.setList("resources", kept)
	text, err := known.encode()
	p.exported = string(text)
	return err
}

// state is what the stack has come to.
func (p *pulumi) state() *state {
	p.t.Helper()
	known, err := parseState([]byte(p.exported))
	require.NoError(p.t, err)
	return known
}

const (
	stackURN  = "urn:pulumi:prod::threa::pulumi:pulumi:Stack::threa-prod"
	urnPrefix = "urn:pulumi:prod::threa::"
)

func urn(kind, name string) string { return urnPrefix + kind + "::" + name }

// made is a resource of a state.
func made(kind, name, id string, inputs object) object {
	return object{"urn": urn(kind, name), "type": kind, "custom": true, "id": id, "parent": stackURN,
		"inputs": map[string]any(inputs), "outputs": map[string]any{"arn": id, "known": "before"}}
}

// wantedOne is a resource that is being created.
func wantedOne(kind, name string, inputs object) object {
	one := made(kind, name, "", inputs)
	delete(one, "id")
	delete(one, "outputs")
	return one
}

// exported is a stack with resources, and with creations that were under way.
func exported(t *testing.T, resources, pending []object) string {
	t.Helper()
	s := &state{export: object{"version": json.Number("3"), "deployment": map[string]any{}}}
	s.setList("resources", append([]object{{"urn": stackURN, "type": "pulumi:pulumi:Stack", "custom": false}}, resources...))
	s.setPendingCreates(pending)
	text, err := s.encode()
	require.NoError(t, err)
	return string(text)
}

// cloud stands in for AWS. It answers each call, such as "ec2:DescribeVpcs", with what a test has put there; EC2 has
// nothing of what the test does not name.
type cloud struct {
	answers map[string]string
	calls   []string // each call with its parameters
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	service := strings.Split(r.Header.Get("Authorization"), "/")[3]
	action := r.Header.Get("X-Amz-Target")
	action = action[strings.LastIndex(action, ".")+1:]
	if action == "" {
		form, _ := url.ParseQuery(string(body))
		action = form.Get("Action")
		form.Del("Action")
		form.Del("Version")
		body = []byte(form.Encode())
	}
	c.calls = append(c.calls, service+":"+action+" "+string(body))
	answer, ok := c.answers[service+":"+action]
	switch {
	case strings.HasPrefix(answer, "error "):
		w.WriteHeader(http.StatusBadRequest)
	case !ok && action == "GetParameter":
		w.WriteHeader(http.StatusBadRequest)
		answer = `{"__type":"ParameterNotFound"}`
	case !ok && (service == "ecs" || service == "acm"):
		answer = "{}"
	case !ok:
		answer = "<Nothing/>"
	}
	_, _ = io.WriteString(w, answer)
}

// called are the calls of one name.
func (c *cloud) called(name string) []string {
	var all []string
	for _, call := range c.calls {
		if strings.HasPrefix(call, name+" ") {
			all = append(all, call)
		}
	}
	return all
}

func newAPI(t *testing.T, c *cloud) *API {
	t.Helper()
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return NewAPI(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
}

// recoverOnce runs a recovery and returns what it said.
func recoverOnce(t *testing.T, p *pulumi, c *cloud, change func(*Recovery)) (string, error) {
	t.Helper()
	var said strings.Builder
	p.t = t
	r := &Recovery{
		Pulumi: p.run, API: newAPI(t, c), Approve: func(string) bool { return true },
		Print: func(format string, values ...any) { fmt.Fprintf(&said, format+"\n", values...) },
	}
	if change != nil {
		change(r)
	}
	err := r.Run(t.Context())
	return said.String(), err
}
