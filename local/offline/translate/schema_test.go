package translate_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/stretchr/testify/require"

	"threa-infra/local/offline/bridge"
)

// update reads the bridge's schema again, after a change of the registry or of a version:
//
// It needs a bridge with the packages that the local AWS leaves out:
//
//	go run ./local tools && cp -r .local/bin bridge && rm bridge/pulumi-resource-terraform-provider
//	(cd tools/bridge && GOWORK=off go build -o ../../bridge/pulumi-resource-terraform-provider tool)
//	go test ./local/offline/translate -update "$PWD/bridge"
var update = flag.String("update", "", "write testdata/bridge.json from the bridge in this folder")

const golden = "testdata/bridge.json"

// bridgeSchema is what the bridge calls things: a tree of property names by its token. A leaf is the name of a type,
// a list has one element, a map is "map".
func bridgeSchema(t *testing.T) map[string]map[string]any {
	t.Helper()
	if *update != "" {
		data, err := json.MarshalIndent(compact(t, askBridge(t)), "", " ")
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Dir(golden), 0o755))
		require.NoError(t, os.WriteFile(golden, append(data, '\n'), 0o644))
	}
	data, err := os.ReadFile(golden)
	require.NoError(t, err)
	var schema map[string]map[string]any
	require.NoError(t, json.Unmarshal(data, &schema))
	return schema
}

func askBridge(t *testing.T) string {
	t.Helper()
	process, err := bridge.Start(t.Context(), filepath.Join(*update, "pulumi-resource-terraform-provider"),
		filepath.Join(*update, "terraform-provider-aws"))
	require.NoError(t, err)
	defer process.Stop()
	schema, err := process.Client.GetSchema(t.Context(), &pulumirpc.GetSchemaRequest{
		SubpackageName: "aws", SubpackageVersion: "0.0.0",
	})
	require.NoError(t, err)
	return schema.GetSchema()
}

type property struct {
	Ref   string    `json:"$ref"`
	Type  string    `json:"type"`
	Items *property `json:"items"`
}

type object struct {
	Properties      map[string]property `json:"properties"`
	InputProperties map[string]property `json:"inputProperties"`
}

// compact keeps names and kinds of the bridge's schema, inputs and outputs together.
func compact(t *testing.T, schema string) map[string]map[string]any {
	t.Helper()
	var s struct {
		Types     map[string]object `json:"types"`
		Resources map[string]object `json:"resources"`
		Functions map[string]struct {
			Inputs  object `json:"inputs"`
			Outputs object `json:"outputs"`
		} `json:"functions"`
	}
	require.NoError(t, json.Unmarshal([]byte(schema), &s))
	var tree func(p property) any
	tree = func(p property) any {
		switch name, isType := strings.CutPrefix(p.Ref, "#/types/"); {
		case isType:
			fields := map[string]any{}
			for field, q := range s.Types[name].Properties {
				fields[field] = tree(q)
			}
			return fields
		case p.Type == "array":
			return []any{tree(*p.Items)}
		case p.Type == "object":
			return "map"
		}
		return p.Type
	}
	out := map[string]map[string]any{}
	add := func(token string, properties ...map[string]property) {
		out[token] = map[string]any{}
		for _, group := range properties {
			for name, p := range group {
				out[token][name] = tree(p)
			}
		}
	}
	for token, r := range s.Resources {
		add(token, r.Properties, r.InputProperties)
	}
	for token, f := range s.Functions {
		add(token, f.Inputs.Properties, f.Outputs.Properties)
	}
	return out
}

// sdkType returns the type of a struct of the Go SDK, or the one that an input struct stands for.
func sdkType(value any) reflect.Type {
	if input, ok := value.(pulumi.Input); ok {
		return input.ElementType()
	}
	return reflect.TypeOf(value)
}

// sdkTree is the same tree for a type of the Go SDK, from its pulumi tags.
func sdkTree(t reflect.Type) any {
	for t.Kind() == reflect.Pointer {
		t = t.Elem()
	}
	switch t.Kind() {
	case reflect.String:
		return "string"
	case reflect.Bool:
		return "boolean"
	case reflect.Int, reflect.Float64:
		return "number"
	case reflect.Slice:
		return []any{sdkTree(t.Elem())}
	case reflect.Map:
		return "map"
	case reflect.Interface:
		return "any"
	case reflect.Struct:
		fields := map[string]any{}
		for i := range t.NumField() {
			if tag := t.Field(i).Tag.Get("pulumi"); tag != "" {
				fields[strings.Split(tag, ",")[0]] = sdkTree(t.Field(i).Type)
			}
		}
		return fields
	}
	return t.String()
}
