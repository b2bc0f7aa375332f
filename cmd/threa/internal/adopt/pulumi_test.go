package adopt

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/internal/adoption"
	"threa-infra/internal/ownerrecord"
)

// pulumi is a pulumi command with one stack.
type pulumi struct {
	t       *testing.T
	config  map[string]string
	program []string          // keys of the resources that the program creates
	inputs  map[string]any    // of all of them
	diffs   map[string]string // operation after the import, by key; default: update
	state   map[string]string // import ids by key
	ownerID string
	ran     []string // all commands
	fails   string   // the command that fails
}

// configured has the configuration that matches terraformed.
func configured(t *testing.T) *pulumi {
	return &pulumi{t: t, state: map[string]string{}, diffs: map[string]string{}, config: map[string]string{
		"appName": "threa", "environment": "", "dbPassword": password, "dbEngineVersion": "16", "dbName": "threa",
		"dbUsername": "threa", "dbInstanceClass": "db.t4g.small", "dbAllocatedStorage": "20", "dbMaxAllocatedStorage": "100",
		"dbBackupRetentionDays": "7", "dbBackupWindow": "03:00-04:00", "dbMaintenanceWindow": "mon:04:00-mon:05:00",
		"multiAz": "false", "dbReadReplica": "false", "vpc": "default", "containerCpu": "512", "containerMemory": "1024",
		"containerPort": "3000", "cpuArchitecture": "x86_64", "useSpot": "true", "desiredCount": "2", "imageTag": digest,
		"enableRedis": "true", "redisNodeType": "cache.t4g.micro", "logRetentionDays": "30",
		"appEnvironment": `{"LOG_LEVEL": "debug"}`, "appSecrets": `{"WORKOS_API_KEY": "/threa/workos-api-key"}`,
		"appSecretValues": `{"STRIPE_KEY": "sk_live"}`,
	}, program: []string{
		parameters + "::" + ownerrecord.Resource, securityGroups + "::network-rds", roles + "::compute-task",
		taskDefinition + "::compute-task",
	}, inputs: map[string]any{"name": "threa", "tags": map[string]any{"Stack": "threa"}, "description": "The owner"}}
}

func (p *pulumi) command(environ ...string) pulumicli.Command {
	return func(_ context.Context, input []byte, args ...string) ([]byte, error) {
		line := strings.Join(args, " ")
		p.ran = append(p.ran, line)
		require.NotContains(p.t, line, password, "the arguments of a process are visible to all users")
		if p.fails != "" && strings.HasPrefix(line, p.fails) {
			return nil, errors.New("pulumi failed")
		}
		switch {
		case line == "stack --show-name":
			return []byte("prod\n"), nil
		case strings.HasPrefix(line, "config --json"):
			values := map[string]map[string]string{}
			for key, value := range p.config {
				values["threa:"+key] = map[string]string{"value": value}
			}
			return p.encode(values), nil
		case strings.HasPrefix(line, "config set"):
			p.set(args[len(args)-1], string(input))
			return nil, nil
		case line == "stack export":
			return p.export(), nil
		case args[0] == "preview":
			return p.preview(environ, args), nil
		case args[0] == "import":
			return nil, p.importFile(args[2])
		}
		return nil, fmt.Errorf("unexpected command: %v", args)
	}
}

func (p *pulumi) encode(value any) []byte {
	text, err := json.Marshal(value)
	require.NoError(p.t, err)
	return text
}

func (p *pulumi) set(key, value string) {
	if object, name, nested := strings.Cut(key, "."); nested {
		values := map[string]string{}
		if p.config[object] != "" {
			require.NoError(p.t, json.Unmarshal([]byte(p.config[object]), &values))
		}
		values[name], key = value, object
		value = string(p.encode(values))
	}
	p.config[key] = value
}

func (p *pulumi) resource(key string) map[string]any {
	token, name, _ := strings.Cut(key, "::")
	inputs := maps.Clone(p.inputs)
	if name == ownerrecord.Resource {
		inputs["name"] = "/threa/stack"
	}
	return map[string]any{"urn": "urn:pulumi:prod::threa::" + key, "type": token, "custom": true, "id": p.state[key],
		"inputs": inputs}
}

func (p *pulumi) export() []byte {
	var list []any
	for key := range p.state {
		list = append(list, p.resource(key))
	}
	if p.ownerID != "" {
		list = append(list, map[string]any{"urn": "urn:pulumi:prod::threa::pulumi:index:Stash::claim-id",
			"type": "pulumi:index:Stash", "custom": true, "outputs": map[string]any{"output": map[string]any{"id": p.ownerID}}})
	}
	return p.encode(map[string]any{"version": 3, "deployment": map[string]any{"resources": list}})
}

// preview creates what neither the state nor the plan in the environment has.
func (p *pulumi) preview(environ, args []string) []byte {
	var plan adoption.Plan
	if len(environ) > 0 {
		text, err := os.ReadFile(strings.TrimPrefix(environ[0], adoption.Variable+"="))
		require.NoError(p.t, err)
		require.NoError(p.t, json.Unmarshal(text, &plan))
	}
	var steps []any
	file := importFile{Resources: []importSpec{{Type: "threa:network:Network", Name: "network", Component: true}}}
	if p.state[parameters+"::"+ownerrecord.Resource] == "" {
		file.Resources = append(file.Resources, importSpec{Type: "threa:claim:Claim", Name: "claim", Component: true})
	}
	step := func(key, op string) {
		steps = append(steps, map[string]any{"op": op, "urn": p.resource(key)["urn"], "newState": p.resource(key),
			"diffReasons": []string{"tags", "tagsAll"}, "replaceReasons": []string{"name"}})
	}
	for _, key := range p.program {
		token, name, _ := strings.Cut(key, "::")
		imported := p.state[key] != ""
		switch {
		case plan.IDs[key] != "":
			step(key, "import")
			imported = true
		case !imported:
			step(key, "create")
			parent := map[bool]string{true: "claim", false: "network"}[name == ownerrecord.Resource]
			file.Resources = append(file.Resources, importSpec{Type: token, Name: name + token, LogicalName: name, ID: "?",
				Parent: parent})
		}
		if op := p.diffs[key]; imported && op == "" {
			step(key, "update")
		} else if imported {
			step(key, op)
		}
	}
	if i := slices.Index(args, "--import-file"); i >= 0 {
		require.NoError(p.t, os.WriteFile(args[i+1], p.encode(file), 0o600))
	}
	return p.encode(map[string]any{"steps": steps})
}

func (p *pulumi) importFile(name string) error {
	text, err := os.ReadFile(name)
	require.NoError(p.t, err)
	var file importFile
	require.NoError(p.t, json.Unmarshal(text, &file))
	for i, spec := range file.Resources {
		known := func(s importSpec) bool { return s.Component && s.Name == spec.Parent }
		require.True(p.t, spec.Component || slices.ContainsFunc(file.Resources[:i], known), "parents are in the same file")
		if !spec.Component {
			p.state[spec.key()] = spec.ID
		}
	}
	return nil
}
