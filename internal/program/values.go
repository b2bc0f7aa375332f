package program

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/config"
)

// keysKey is the configuration key that carries the list of keys. No provider or project has its namespace.
const keysKey = "config:keys"

// withKeys is the run option that passes the list of set keys to Values. A Pulumi context returns the value of one key,
// but not the list of keys, which is necessary to find unknown ones.
func withKeys(info *pulumi.RunInfo) {
	keys, err := json.Marshal(slices.Sorted(maps.Keys(info.Config)))
	if err != nil {
		panic(err) // a list of strings
	}
	extended := maps.Clone(info.Config)
	if extended == nil {
		extended = map[string]string{}
	}
	extended[keysKey] = string(keys)
	info.Config = extended
}

// Values returns the configuration of a program that Run or RunErr runs.
func Values(ctx *pulumi.Context) (config.Values, error) {
	listed, _ := ctx.GetConfig(keysKey)
	var keys []string
	if err := json.Unmarshal([]byte(listed), &keys); err != nil {
		return config.Values{}, fmt.Errorf("read the list of configuration keys: %w", err)
	}
	values := config.Values{
		Project: ctx.Project(), Stack: ctx.Stack(), Set: map[string]string{}, Secret: map[string]bool{},
		File: config.ReadStackFile(ctx.Stack()),
	}
	for _, key := range keys {
		values.Set[key], _ = ctx.GetConfig(key)
		values.Secret[key] = ctx.IsConfigSecret(key)
	}
	return values, nil
}

// Secret returns a text as a Pulumi secret, which the engine encrypts in the state and hides in its output.
func Secret(text config.Secret) pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(string(text))).(pulumi.StringOutput)
}
