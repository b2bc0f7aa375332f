// Package config reads the stack's configuration: it parses and checks every key of Pulumi.yaml.
//
// Only this package knows the keys, what AWS allows for them, and the command that fixes a wrong value. It reports all
// problems together, before any resource is registered. Pulumi.yaml declares the defaults.
package config

import (
	"maps"
	"os"
	"slices"

	"threa-infra/internal/drain"
	"threa-infra/internal/naming"
	"threa-infra/internal/stackconfig"
)

// Config is the checked configuration of one stack.
type Config struct {
	AppName     string `key:"appName"`
	Environment string `key:"environment"`
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

// production is the environment whose AWS names have no suffix and whose data is protected by default.
const production = "prod"

// Parse checks a stack's configuration. The error is a *Problems that lists every problem.
func Parse(values Values) (*Config, error) {
	c, r := parse(values)
	return c, r.finish(func(other Values) []Problem {
		_, again := parse(other)
		return again.problems
	})
}

func parse(values Values) (*Config, *reader) {
	r := &reader{Values: values, rules: rules["threa"]}
	if environment := r.key("environment"); r.Set[environment] == "" {
		r.Set = maps.Clone(r.Set)
		r.Set[environment] = r.Stack
	}
	c := &Config{Region: r.region()}
	r.fill(c)
	r.checkNames(c)
	r.checkNetwork(&c.Network, c.Region)
	r.checkIngress(c)
	r.checkScaling(c)
	r.checkContainer(&c.Container, &c.Scaling)
	c.Drain = r.drain(c)
	if c.Ingress.IdleTimeout > 0 {
		c.Drain.Idle = c.Ingress.IdleTimeout
	}
	r.checkDatabase(&c.Database, c.Environment)
	c.Cache.MayReplace = slices.Contains(r.confirmed(), "cache")
	c.Secrets = r.secrets(c)
	r.checkMonitoring(&c.Monitoring)
	return c, r
}

// ReadStackFile reads the stack's file, which only improves checks. It returns nil without one, such as if the user
// passes --config-file. On the local AWS, the user's file has the texts as they were typed, and a second file has the
// values.
func ReadStackFile(stack string) *stackconfig.Config {
	file, _ := stackconfig.Read(".", stack)
	local, err := stackconfig.ReadFile(".", os.Getenv(stackconfig.FileVariable), stack)
	if err != nil {
		return file
	}
	if file != nil {
		local.Changed = file.Changed
	}
	return local
}

// Tags returns the tags of every resource. Bills can be split by them.
func (c *Config) Tags() map[string]string {
	return map[string]string{
		naming.TagProject:     c.AppName,
		naming.TagEnvironment: c.Environment,
		naming.TagManagedBy:   naming.ManagedBy,
		naming.TagStack:       c.Name,
	}
}
