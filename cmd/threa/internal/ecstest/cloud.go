// Package ecstest plays an AWS in which something has become of a deployment. The states in testdata have the form of the
// API's own answers; the words in them are those that AWS documents.
package ecstest

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/stretchr/testify/require"
)

//go:embed testdata
var testdata embed.FS

// Wanted is the revision that the stack registered last, in every state.
const Wanted = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7"

// Object is JSON that is passed on as it is.
type Object = map[string]any

// states are answers of ECS to one who looks again and again, and what the containers said, by stream.
type states struct {
	Steps []struct {
		Service Object
		Standby Object // nil without one
		Tasks   []Object
	}
	Logs map[string][]string
}

// Cloud is an AWS that plays a state, one step further with each question for the service.
type Cloud struct {
	URL        string
	Definition Object // the answer to DescribeTaskDefinition
	// Answers are asked first, by the name of the call: what they return is the answer, or a *Refusal.
	Answers map[string]func(in Object) (any, error)

	states states
	mu     sync.Mutex
	step   int
	asked  map[string][]Object
}

// Refusal is an error that AWS answers.
type Refusal struct{ Code, Message string }

func (r *Refusal) Error() string { return r.Code + ": " + r.Message }

// States are the names of all that can be played.
func States(t *testing.T) []string {
	t.Helper()
	files, err := testdata.ReadDir("testdata/states")
	require.NoError(t, err)
	var names []string
	for _, file := range files {
		names = append(names, strings.TrimSuffix(file.Name(), ".json"))
	}
	return names
}

// Play starts an AWS that is in a state.
func Play(t *testing.T, state string) *Cloud {
	t.Helper()
	c := &Cloud{Answers: map[string]func(Object) (any, error){}, asked: map[string][]Object{}}
	read := func(name string, into any) {
		text, err := testdata.ReadFile(path.Join("testdata", name))
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, into))
	}
	read("definition.json", &c.Definition)
	read("states/"+state+".json", &c.states)
	server := httptest.NewServer(c)
	t.Cleanup(server.Close)
	c.URL = server.URL
	return c
}

// Settings are those of a client of this AWS. They try once.
func (c *Cloud) Settings() aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &c.URL, RetryMaxAttempts: 1,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	}
}

// Asked are the questions of one call so far.
func (c *Cloud) Asked(call string) []Object {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.asked[call]
}

// ServeHTTP answers one call.
func (c *Cloud) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	target := r.Header.Get("X-Amz-Target")
	name := target[strings.LastIndex(target, ".")+1:]
	var in Object
	if err := json.Unmarshal(body, &in); err != nil && name != "" {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	if name == "" { // of the query protocol, which EC2 speaks
		name = string(body)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.asked[name] = append(c.asked[name], in)
	out, err := c.answer(name, in)
	if err != nil {
		refused := &Refusal{"InternalFailure", err.Error()}
		errors.As(err, &refused)
		w.Header().Set("X-Amzn-ErrorType", refused.Code)
		w.WriteHeader(http.StatusBadRequest)
		out = Object{"__type": refused.Code, "message": refused.Message}
	}
	if text, ok := out.(string); ok { // XML
		_, _ = io.WriteString(w, text)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (c *Cloud) answer(name string, in Object) (any, error) {
	if own, ok := c.Answers[name]; ok {
		return own(in)
	}
	step := c.states.Steps[min(max(0, c.step-1), len(c.states.Steps)-1)]
	switch name {
	case "DescribeTaskDefinition":
		return c.Definition, nil
	case "DescribeServices":
		c.step++
		step = c.states.Steps[min(c.step, len(c.states.Steps))-1]
		found := []Object{}
		for _, service := range []Object{step.Service, step.Standby} {
			if service != nil && slices.Contains(in["services"].([]any), service["serviceName"]) {
				found = append(found, service)
			}
		}
		return Object{"services": found, "failures": []any{}}, nil
	case "ListTasks":
		arns := []any{}
		for _, task := range step.Tasks {
			if task["desiredStatus"] == in["desiredStatus"] && task["group"] == "service:"+in["serviceName"].(string) {
				arns = append(arns, task["taskArn"])
			}
		}
		return Object{"taskArns": arns}, nil
	case "DescribeTasks":
		found := []Object{}
		for _, task := range step.Tasks {
			for _, arn := range in["tasks"].([]any) {
				if task["taskArn"] == arn {
					found = append(found, task)
				}
			}
		}
		return Object{"tasks": found, "failures": []any{}}, nil
	case "GetLogEvents":
		stream := in["logStreamName"].(string)
		lines, ok := c.states.Logs[stream]
		if !ok || in["logGroupName"] != "/ecs/threa" {
			return nil, &Refusal{"ResourceNotFoundException", "The specified log stream does not exist."}
		}
		events := []Object{}
		for i, line := range lines {
			events = append(events, Object{"timestamp": 1795430000000 + i, "message": line})
		}
		return Object{"events": events, "nextForwardToken": "f/1"}, nil
	}
	return nil, fmt.Errorf("unexpected call %s %v", name, in)
}
