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
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/blang/semver"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/stretchr/testify/require"
)

// pulumi is a pulumi command with one stack, whose refresh reads what a test has put into reads.
type pulumi struct {
	t          *testing.T
	deployment apitype.DeploymentV3
	// reads are the outputs that the provider reads by "type id", with the real id if it is another.
	reads   map[string]properties
	planned []apitype.ResourceV3
	refused string // the message of a preview that fails
	locked  string // the message of a locked stack, until cancel
	killed  bool   // the recovery is killed after its refresh
	raced   bool   // another run changes the state before each import
	cut     string // a file of the state that was cut short: nothing can be exported as long as it exists
	folder  string // of the state
	ran     []string
	saved   int // imports
}

func (p *pulumi) Version() semver.Version { return semver.Version{Major: 3, Minor: 259} }

func (p *pulumi) Run(
	_ context.Context, _ string, _ io.Reader, _, _ []io.Writer, _ []string, args ...string,
) (string, string, int, error) {
	command := strings.Join(args[:2], " ")
	p.ran = append(p.ran, command)
	out, err := p.answer(command, args)
	if err != nil {
		return out, err.Error(), 255, errors.New("exit status 255")
	}
	return out, "", 0, nil
}

func (p *pulumi) answer(command string, args []string) (string, error) {
	if p.locked != "" && (command == "stack import" || args[0] == "refresh") {
		return "", errors.New(p.locked)
	}
	switch {
	case command == "config --json":
		return `{"threa:appName":{"value":"threa"},"threa:environment":{"value":""}}`, nil
	case command == "stack export":
		if _, err := os.Stat(p.cut); err == nil {
			return "", errors.New("failed to load checkpoint: EOF")
		}
		if p.raced {
			p.deployment.Resources = append(p.deployment.Resources, made("aws:x/y:Z", fmt.Sprint(len(p.ran)), "id", nil))
		}
		return string(encode(p.t, map[string]any{"version": 3, "deployment": p.deployment})), nil
	case command == "stack import":
		return "", p.replaceState(args[slices.Index(args, "--file")+1])
	case command == "stack history":
		return "[]", nil
	case args[0] == "whoami":
		return string(encode(p.t, map[string]string{"url": (&url.URL{Scheme: "file", Path: p.folder}).String()})), nil
	case args[0] == "refresh":
		p.refresh(args[1:])
		if p.killed {
			return "", errKilled
		}
		return "", nil
	case args[0] == "preview" && p.refused != "":
		return `{"diagnostics":[{"severity":"error","message":"` + p.refused + `"}]}`, errors.New("failed")
	case args[0] == "preview":
		steps := []any{}
		for _, r := range p.planned {
			steps = append(steps, properties{"op": "create", "newState": r})
		}
		return string(encode(p.t, properties{"steps": steps})), nil
	case command == "cancel --yes":
		p.locked = ""
		return "", nil
	}
	return "", fmt.Errorf("unexpected command: %v", args)
}

// replaceState drops pending operations, as pulumi does.
func (p *pulumi) replaceState(file string) error {
	text, err := os.ReadFile(file)
	require.NoError(p.t, err)
	var imported struct{ Deployment apitype.DeploymentV3 }
	require.NoError(p.t, json.Unmarshal(text, &imported))
	p.deployment, p.deployment.PendingOperations = imported.Deployment, nil
	p.saved++
	return nil
}

var errKilled = errors.New("killed")

// refresh reads each target as the provider does if it knows nothing but the id.
func (p *pulumi) refresh(args []string) {
	var kept []apitype.ResourceV3
	for _, r := range p.deployment.Resources {
		outputs, found := p.reads[string(r.Type)+" "+string(r.ID)]
		if slices.Contains(args, "--target="+string(r.URN)) && !r.Delete {
			if !found {
				continue
			}
			if id := outputs.text("id"); id != "" {
				r.ID = resource.ID(id)
			}
			r.Outputs, r.Inputs = outputs, nil
		}
		kept = append(kept, r)
	}
	p.deployment.Resources = kept
}

func (p *pulumi) live(kind, name string) *apitype.ResourceV3 {
	return (&state{DeploymentV3: p.deployment}).live(urn(kind, name))
}

func encode(t *testing.T, value any) []byte {
	text, err := json.Marshal(value)
	require.NoError(t, err)
	return text
}

const stackURN = "urn:pulumi:prod::threa::pulumi:pulumi:Stack::threa-prod"

func urn(kind, name string) resource.URN {
	return resource.NewURN("prod", "threa", "", tokens.Type(kind), name)
}

// made is a resource of a state.
func made(kind, name, id string, inputs properties) apitype.ResourceV3 {
	r := pending(kind, name, inputs)
	r.ID, r.Outputs = resource.ID(id), map[string]any{"arn": id, "known": "before"}
	return r
}

// pending is a resource that is being created.
func pending(kind, name string, inputs properties) apitype.ResourceV3 {
	return apitype.ResourceV3{
		URN: urn(kind, name), Type: tokens.Type(kind), Custom: true, Parent: stackURN, Inputs: inputs,
	}
}

// newPulumi has a stack with these resources, and creations that were interrupted.
func newPulumi(t *testing.T, resources []apitype.ResourceV3, creations ...apitype.ResourceV3) *pulumi {
	t.Helper()
	p := &pulumi{t: t, reads: map[string]properties{}}
	p.deployment.Resources = append([]apitype.ResourceV3{{URN: stackURN, Type: "pulumi:pulumi:Stack"}}, resources...)
	for _, creation := range creations {
		p.interrupt(apitype.OperationTypeCreating, creation)
	}
	return p
}

func (p *pulumi) interrupt(operation apitype.OperationType, r apitype.ResourceV3) {
	interrupted := apitype.OperationV2{Type: operation, Resource: r}
	p.deployment.PendingOperations = append(p.deployment.PendingOperations, interrupted)
}

// cloud is an AWS. It answers each call, such as "ec2:DescribeVpcs", with what a test has put there, and has nothing of
// what the test does not name.
type cloud struct {
	answers map[string]string
	calls   []string // each call with its parameters
}

func (c *cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	service := strings.Split(r.Header.Get("Authorization"), "/")[3]
	action := r.Header.Get("X-Amz-Target")
	action = action[strings.LastIndex(action, ".")+1:]
	query := action == ""
	if query {
		form, _ := url.ParseQuery(string(body))
		action = form.Get("Action")
		form.Del("Action")
		form.Del("Version")
		body = []byte(form.Encode())
	}
	c.calls = append(c.calls, service+":"+action+" "+string(body))
	answer, ok := c.answers[service+":"+action]
	switch {
	case ok && strings.HasPrefix(answer, "error "):
		w.WriteHeader(http.StatusBadRequest)
		answer = strings.TrimPrefix(answer, "error ")
	case !ok && action == "GetParameter":
		w.WriteHeader(http.StatusBadRequest)
		answer = `{"__type":"ParameterNotFound"}`
	case !ok && action == "GetCallerIdentity":
		answer = "<R><GetCallerIdentityResult><Account>42</Account></GetCallerIdentityResult></R>"
	case !ok && query:
		answer = "<R><" + action + "Result></" + action + "Result></R>"
	case !ok:
		answer = "{}"
	}
	_, _ = io.WriteString(w, answer)
}

// called returns the calls of a name.
func (c *cloud) called(name string) []string {
	return slices.DeleteFunc(slices.Clone(c.calls), func(call string) bool { return !strings.HasPrefix(call, name+" ") })
}

func newAPI(t *testing.T, c *cloud) *API {
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	return NewAPI(aws.Config{
		Region: "eu-central-1", BaseEndpoint: &server.URL,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	})
}

// recoverStack runs a recovery and returns what it printed.
func recoverStack(t *testing.T, p *pulumi, c *cloud, change func(*Recovery)) (string, error) {
	var printed strings.Builder
	stack, err := OpenStack(t.Context(), "prod", auto.Pulumi(p))
	require.NoError(t, err)
	r := &Recovery{
		Stack: stack, API: newAPI(t, c), Approve: func(string) bool { return true },
		Print: func(format string, values ...any) { fmt.Fprintf(&printed, format+"\n", values...) },
	}
	if change != nil {
		change(r)
	}
	err = r.Run(t.Context())
	return printed.String(), err
}

func preview(r *Recovery) { r.Preview = true }
