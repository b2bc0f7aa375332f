package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
	"threa-infra/internal/stackconfig"
)

// Config is the configuration of one stack, checked.
type Config struct {
	AppName     string
	Environment string
	Name        string // prefix of every AWS name, unique in the account
	Region      string
	Network     Network
	Ingress     Ingress
	Drain       drain.Times
	Scaling     Scaling
	Container   Container
	Secrets     Secrets
	Database    Database
	Cache       Cache
	Monitoring  Monitoring
}

// production is the environment whose AWS names stand without a suffix and whose data is protected unless the user
// says otherwise.
const production = "prod"

// Parse checks a stack's configuration. The error is a *Problems with everything that is wrong.
func Parse(values Values) (*Config, error) {
	r := newReader(values)
	c := &Config{}
	r.names(c)
	c.Region = r.region()
	c.Network = r.network(c.Region)
	c.Ingress = r.ingress(c)
	c.Scaling = r.scaling()
	c.Container = r.container(c.Scaling)
	c.Drain = r.drain(c)
	r.tunnelPort(c)
	c.Database = r.database(c.Environment)
	c.Cache = r.cache()
	c.Secrets = r.secrets(c)
	c.Monitoring = r.monitoring()
	r.bounds(c)
	r.misspelt()
	if len(r.problems) > 0 {
		return nil, &Problems{Stack: values.Stack, List: r.problems}
	}
	return c, nil
}

// Load is Parse for the configuration of a running program, which must have been started with WithKeys.
func Load(ctx *pulumi.Context) (*Config, error) {
	values, err := valuesOf(ctx)
	if err != nil {
		return nil, err
	}
	return Parse(values)
}

func valuesOf(ctx *pulumi.Context) (Values, error) {
	listed, _ := ctx.GetConfig(keysKey)
	var keys []string
	if err := json.Unmarshal([]byte(listed), &keys); err != nil {
		return Values{}, fmt.Errorf("read the list of configuration keys: %w", err)
	}
	values := Values{Project: ctx.Project(), Stack: ctx.Stack(), Set: map[string]string{}, Secret: map[string]bool{}}
	for _, key := range keys {
		values.Set[key], _ = ctx.GetConfig(key)
		values.Secret[key] = ctx.IsConfigSecret(key)
	}
	values.InClear = inClear(ctx.Stack())
	return values, nil
}

// inClear finds the entries of appSecretValues that are not encrypted beside others that are: to a program, Pulumi calls the
// whole of it a secret then. Where the stack's file is elsewhere (--config-file), what Pulumi says has to do.
func inClear(stack string) map[string]bool {
	file, err := stackconfig.Read(".", stack)
	if err != nil {
		return nil
	}
	var entries map[string]any
	if json.Unmarshal([]byte(file.Set[file.Key("appSecretValues")]), &entries) != nil {
		return nil
	}
	found := map[string]bool{}
	for name, value := range entries {
		found[name] = value != stackconfig.Encrypted
	}
	return found
}

// keysKey carries the list of keys; its namespace is no provider's and no project's.
const keysKey = "config:keys"

// WithKeys lists the keys that are set where Load finds them. A Pulumi context answers for one key at a time, and a
// misspelt key is one that nobody asks for.
func WithKeys(info *pulumi.RunInfo) {
	keys, err := json.Marshal(slices.Sorted(maps.Keys(info.Config)))
	if err != nil {
		panic(err) // a list of strings
	}
	withKeys := maps.Clone(info.Config)
	if withKeys == nil {
		withKeys = map[string]string{}
	}
	withKeys[keysKey] = string(keys)
	info.Config = withKeys
}

// Tags are put on every resource that takes tags, so that a bill can be split by application and environment.
func (c *Config) Tags() pulumi.StringMap {
	return pulumi.StringMap{
		naming.TagProject:     pulumi.String(c.AppName),
		naming.TagEnvironment: pulumi.String(c.Environment),
		naming.TagManagedBy:   pulumi.String(naming.ManagedBy),
		naming.TagStack:       pulumi.String(c.Name),
	}
}
