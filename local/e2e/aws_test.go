package e2e

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// shellCommand returns a command that runs a script in the shell that go run ./local env sets up. Its aws and its python
// are those of the local AWS, not the machine's.
func (s *sandbox) shellCommand(script string, args ...string) *exec.Cmd {
	cmd := exec.Command("sh", append([]string{"-c", `eval "$("$0" env)"; ` + script, launcher}, args...)...)
	cmd.Dir = s.project
	cmd.Env = append(os.Environ(), "THREA_LOCAL_DIR="+s.folder)
	if aws, err := filepath.EvalSymlinks(filepath.Join(s.folder, "bin", "aws")); err == nil { // the local AWS has run
		cmd.Env = append(cmd.Env, "PATH="+filepath.Dir(aws)+":"+os.Getenv("PATH"))
	}
	return cmd
}

// shell runs a script, requires success and returns its output.
func (s *sandbox) shell(t *testing.T, script string, args ...string) string {
	t.Helper()
	out, err := s.shellCommand(script, args...).CombinedOutput()
	require.NoError(t, err, "%s %v\n%s", script, args, out)
	return string(out)
}

// threa runs the command threa as on AWS, requires an exit code and returns its output.
func (s *sandbox) threa(t *testing.T, code int, input string, args ...string) string {
	t.Helper()
	cmd := s.shellCommand(`exec "$@"`, append([]string{threa}, args...)...)
	cmd.Stdin = strings.NewReader(input)
	out, actual := s.finish(cmd)
	require.Equal(t, code, actual, "threa %s\n%s", strings.Join(args, " "), out)
	return out
}

// aws runs the AWS command line and decodes its output.
func aws[T any](t *testing.T, s *sandbox, args ...string) T {
	t.Helper()
	var answer T
	text := s.shell(t, `exec aws --output json "$@"`, args...)
	require.NoError(t, json.Unmarshal([]byte(text), &answer), "aws %v: %s", args, text)
	return answer
}

// awsRead is a call that reads something, by the names of the AWS command line. Arguments are those of the API.
type awsRead struct {
	service, operation string
	arguments          fields
	query              string // JMESPath, or empty for the whole answer
}

// readScript makes calls with boto3, which comes with moto: an AWS command line for each takes half a second of CPU.
const readScript = `import boto3, jmespath, json, sys
clients, answers = {}, []
for service, operation, arguments, query in json.load(sys.stdin):
    if service not in clients:
        clients[service] = boto3.client(service)
    client, method = clients[service], operation.replace("-", "_")
    if client.can_paginate(method):
        answer = client.get_paginator(method).paginate(**arguments).build_full_result()
    else:
        answer = getattr(client, method)(**arguments)
        del answer["ResponseMetadata"]
    answers.append(jmespath.search(query, answer) if query else answer)
json.dump(answers, sys.stdout, default=str, indent=1)`

// read makes calls in one process and returns their answers.
func (s *sandbox) read(t *testing.T, calls ...awsRead) (answers []json.RawMessage) {
	t.Helper()
	var input [][]any
	for _, call := range calls {
		if call.arguments == nil {
			call.arguments = fields{}
		}
		input = append(input, []any{call.service, call.operation, call.arguments, call.query})
	}
	text, err := json.Marshal(input)
	require.NoError(t, err)
	cmd := s.shellCommand(`exec python -c "$1"`, readScript)
	cmd.Stdin = bytes.NewReader(text)
	var problems bytes.Buffer
	cmd.Stderr = &problems
	out, err := cmd.Output()
	require.NoError(t, err, "%s", problems.String())
	require.NoError(t, json.Unmarshal(out, &answers))
	return answers
}

// push puts images for both architectures into the repository. moto makes the digest of an image from its layers.
func (s *sandbox) push(t *testing.T, tags ...string) {
	t.Helper()
	for _, tag := range tags {
		manifest := fmt.Sprintf(`{"schemaVersion":2,"mediaType":"application/vnd.oci.image.index.v1+json",`+
			`"manifests":[{"platform":{"os":"linux","architecture":"amd64"}},`+
			`{"platform":{"os":"linux","architecture":"arm64"}}],`+
			`"config":{"size":1},"layers":[{"digest":"sha256:%064x"}]}`, tag)
		s.shell(t, `exec aws ecr put-image --repository-name threa --image-tag "$1" --image-manifest "$2"`, tag, manifest)
	}
}

// request sends a request to the control API of the local AWS and decodes the answer if it is not nil.
func (s *sandbox) request(t *testing.T, method, path string, body []byte, answer any) {
	t.Helper()
	url := s.processInfo(t, "local-aws.json").URL + "/_local/" + path
	request, err := http.NewRequest(method, url, bytes.NewReader(body))
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Less(t, response.StatusCode, http.StatusMultipleChoices)
	if answer != nil {
		require.NoError(t, json.NewDecoder(response.Body).Decode(answer))
	}
}

// processInfo describes a process of the local AWS, as its file says.
type processInfo struct {
	PID int
	URL string
}

func (s *sandbox) processInfo(t *testing.T, file string) (info processInfo) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(s.folder, file))
	require.NoError(t, err)
	require.NoError(t, json.Unmarshal(text, &info))
	return info
}
