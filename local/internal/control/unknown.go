package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"reflect"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// recorder is an HTTP client that keeps the last answer. The SDK drops keys that its types do not have.
type recorder struct {
	client aws.HTTPClient
	answer []byte
}

// Do implements aws.HTTPClient.
func (r *recorder) Do(request *http.Request) (*http.Response, error) {
	response, err := r.client.Do(request)
	if err != nil {
		return nil, err //nolint:wrapcheck // the SDK explains it
	}
	body, err := io.ReadAll(response.Body)
	if err := errors.Join(err, response.Body.Close()); err != nil {
		return nil, err
	}
	response.Body = io.NopCloser(bytes.NewReader(body))
	r.answer = body
	return response, nil
}

// checkKeys refuses container definitions with keys that the SDK's types do not have, in the answer to
// DescribeTaskDefinition. Without it, a misspelled or new key would have no effect on this machine.
func checkKeys(answer []byte) error {
	var described struct {
		TaskDefinition struct{ ContainerDefinitions []map[string]any }
	}
	if err := json.Unmarshal(answer, &described); err != nil {
		return fmt.Errorf("read the task definition: %w", err)
	}
	var problems []error
	for _, container := range described.TaskDefinition.ContainerDefinitions {
		for _, key := range unknownKeys(container, reflect.TypeFor[types.ContainerDefinition](), "") {
			problems = append(problems,
				fmt.Errorf("container %v: the local AWS does not know the key %s", container["name"], key))
		}
	}
	return errors.Join(problems...)
}

// unknownKeys returns the paths of the keys in a value that a type has no field for. Keys of maps are the user's.
func unknownKeys(value any, kind reflect.Type, path string) (unknown []string) {
	if kind.Kind() == reflect.Pointer {
		kind = kind.Elem()
	}
	switch value := value.(type) {
	case []any:
		if kind.Kind() == reflect.Slice {
			for _, element := range value {
				unknown = append(unknown, unknownKeys(element, kind.Elem(), path)...)
			}
		}
	case map[string]any:
		if kind.Kind() != reflect.Struct {
			return nil
		}
		for key, element := range value {
			field, known := kind.FieldByName(strings.ToUpper(key[:min(1, len(key))]) + key[min(1, len(key)):])
			if !known {
				unknown = append(unknown, path+key)
				continue
			}
			unknown = append(unknown, unknownKeys(element, field.Type, path+key+".")...)
		}
	}
	return unknown
}
