// Package ecstest plays an AWS in which a deployment is in a given state. The states in testdata have the form of the
// API's answers, and the texts that AWS documents.
package ecstest

import (
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/stretchr/testify/require"
)

//go:embed testdata
var testdata embed.FS

// Registered is the revision that the stack registered last, in every state.
const Registered = "arn:aws:ecs:eu-central-1:123456789012:task-definition/threa:7"

// Object is a JSON object.
type Object = map[string]any

// AWS is a server that plays a state, and goes one step further with each DescribeServices request.
type AWS struct {
	URL        string
	Definition Object // answer to DescribeTaskDefinition
	// Answers take precedence, by API call. They return an object, XML text or an *Error.
	Answers map[string]func(in Object) (any, error)

	state struct {
		Steps []step
		Logs  map[string][]string // lines by stream
	}
	mu       sync.Mutex
	step     int
	requests map[string][]Object
}

// step is what ECS reports at one moment.
type step struct {
	Service Object
	Standby Object // on-demand fallback; nil without one
	Tasks   []Object
}

// Error is an error that AWS answers.
type Error struct{ Code, Message string }

func (e *Error) Error() string { return e.Code + ": " + e.Message }

// States returns the names of all states.
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

// Play starts a server that plays a state.
func Play(t *testing.T, state string) *AWS {
	t.Helper()
	a := &AWS{Answers: map[string]func(Object) (any, error){}, requests: map[string][]Object{}}
	for name, target := range map[string]any{"definition": &a.Definition, "states/" + state: &a.state} {
		text, err := testdata.ReadFile("testdata/" + name + ".json")
		require.NoError(t, err)
		require.NoError(t, json.Unmarshal(text, target))
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.URL = server.URL
	return a
}

// Config returns the configuration for clients of this server. They do not retry.
func (a *AWS) Config() aws.Config {
	return aws.Config{
		Region: "eu-central-1", BaseEndpoint: &a.URL, RetryMaxAttempts: 1,
		Credentials: credentials.NewStaticCredentialsProvider("test", "test", ""),
	}
}

// Answer sets the answer to an API call: an object or XML text.
func (a *AWS) Answer(call string, answer any) {
	a.Answers[call] = func(Object) (any, error) { return answer, nil }
}

// Refuse makes an API call fail.
func (a *AWS) Refuse(call, code, message string) {
	a.Answers[call] = func(Object) (any, error) { return nil, &Error{Code: code, Message: message} }
}

// Containers returns the container definitions of the registered revision: rds-ca, migrate and the app.
func (a *AWS) Containers() []Object {
	var containers []Object
	for _, c := range a.Definition["taskDefinition"].(Object)["containerDefinitions"].([]any) {
		containers = append(containers, c.(Object))
	}
	return containers
}

// Requests returns the requests for an API call so far.
func (a *AWS) Requests(call string) []Object {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.requests[call]
}

// ServeHTTP answers one request of the JSON protocol, or EC2's query protocol, whose call is the whole body.
func (a *AWS) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	target := r.Header.Get("X-Amz-Target")
	call := target[strings.LastIndex(target, ".")+1:]
	var in Object
	if call == "" {
		call = string(body)
	} else if err == nil {
		err = json.Unmarshal(body, &in)
	}
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requests[call] = append(a.requests[call], in)
	out, err := a.answer(call, in)
	if err != nil {
		refused := &Error{Code: "InternalFailure", Message: err.Error()}
		errors.As(err, &refused)
		w.Header().Set("X-Amzn-ErrorType", refused.Code)
		w.WriteHeader(http.StatusBadRequest)
		out = Object{"__type": refused.Code, "message": refused.Message}
	}
	if xml, ok := out.(string); ok {
		_, _ = io.WriteString(w, xml)
		return
	}
	_ = json.NewEncoder(w).Encode(out)
}

func (a *AWS) answer(call string, in Object) (any, error) {
	if answer, ok := a.Answers[call]; ok {
		return answer(in)
	}
	if call == "DescribeServices" && a.step < len(a.state.Steps) {
		a.step++
	}
	now := a.state.Steps[max(0, a.step-1)]
	switch call {
	case "Action=GetCallerIdentity&Version=2011-06-15":
		return `<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>` +
			`</GetCallerIdentityResult></GetCallerIdentityResponse>`, nil
	case "DescribeTaskDefinition":
		return a.Definition, nil
	case "DescribeServices":
		services := slices.DeleteFunc([]Object{now.Service, now.Standby}, func(s Object) bool {
			return s == nil || !slices.Contains(in["services"].([]any), s["serviceName"])
		})
		return Object{"services": services, "failures": []any{}}, nil
	case "ListTasks":
		arns := []any{}
		for _, task := range now.Tasks {
			if task["desiredStatus"] == in["desiredStatus"] && task["group"] == "service:"+in["serviceName"].(string) {
				arns = append(arns, task["taskArn"])
			}
		}
		return Object{"taskArns": arns}, nil
	case "DescribeTasks":
		tasks := slices.DeleteFunc(slices.Clone(now.Tasks), func(task Object) bool {
			return !slices.Contains(in["tasks"].([]any), task["taskArn"])
		})
		return Object{"tasks": tasks, "failures": []any{}}, nil
	case "GetLogEvents":
		lines, ok := a.state.Logs[in["logStreamName"].(string)]
		if !ok || in["logGroupName"] != "/ecs/threa" {
			return nil, &Error{Code: "ResourceNotFoundException", Message: "The specified log stream does not exist."}
		}
		events := []Object{}
		for i, line := range lines {
			events = append(events, Object{"timestamp": 1795430000000 + i, "message": line})
		}
		return Object{"events": events, "nextForwardToken": "f/1"}, nil
	}
	return nil, fmt.Errorf("unexpected call %s %v", call, in)
}
