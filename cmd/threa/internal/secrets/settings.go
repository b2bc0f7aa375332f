// Package secrets compares the secrets that the app needs with those that are set, and stores new values. It never
// keeps a value.
package secrets

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/internal/config"
)

// Status says whether a secret can be used.
type Status string

// The statuses of a secret.
const (
	Set         Status = "set"
	Missing     Status = "missing"
	Placeholder Status = "a placeholder"
	Stale       Status = "changed since the tasks started"
	Unreadable  Status = "not readable with these credentials"
)

// The configuration keys that are secrets themselves.
const (
	databasePassword = "dbPassword"
	tunnelToken      = "tunnelToken" // only with ingress tunnel
)

// Settings is what the stack's configuration says about secrets.
type Settings struct {
	project    string
	namePrefix string            // of AWS names
	required   []string          // variables
	plain      []string          // variables of appEnvironment
	parameters map[string]string // full name of the user's own SSM parameter by variable
	stored     map[string]Status // of the values in appSecretValues by variable
	keys       map[string]Status // of the configuration keys that are needed
}

// Load reads the stack's configuration.
func Load(ctx context.Context, pulumi pulumicli.Command) (*Settings, error) {
	stack, err := pulumi.StackName(ctx)
	if err != nil {
		return nil, err
	}
	values, err := pulumi.Config(ctx, "--show-secrets")
	if err != nil {
		return nil, err
	}
	s := &Settings{stored: map[string]Status{}, keys: map[string]Status{}}
	for key := range values {
		if project, declared := strings.CutSuffix(key, ":requiredVariables"); declared {
			s.project = project
		}
	}
	if s.project == "" {
		return nil, errors.New("the stack's configuration does not declare requiredVariables. " +
			"Run the command in the project's folder")
	}
	return s, s.read(values, stack)
}

func (s *Settings) read(values pulumicli.Config, stack string) error {
	value := func(key string) string { return values[s.project+":"+key].Value }
	var plain, stored map[string]any
	for key, target := range map[string]any{
		"requiredVariables": &s.required, "appSecrets": &s.parameters, "appEnvironment": &plain, "appSecretValues": &stored,
	} {
		if text := value(key); text != "" && json.Unmarshal([]byte(text), target) != nil { // its error could quote a secret
			return fmt.Errorf("read the stack's configuration: %s has the wrong type", key)
		}
	}
	s.plain = slices.Sorted(maps.Keys(plain))
	s.namePrefix = config.AWSName(value("appName"), cmp.Or(value("environment"), stack))
	for variable, name := range s.parameters {
		path := "/" + s.namePrefix + "/"
		s.parameters[variable] = path + strings.TrimPrefix(name, path)
	}
	for variable, secret := range stored {
		s.stored[variable] = statusOf(fmt.Sprint(secret))
	}
	s.keys[databasePassword] = statusOf(value(databasePassword))
	if value("ingress") == config.IngressTunnel {
		s.keys[tunnelToken] = statusOf(value(tunnelToken))
	}
	return nil
}

// placeholder matches texts that people write before they have a value.
var placeholder = regexp.MustCompile(`(?i)^(<.*>|\.+|…|x+|\*+|-+|your[-_ ].*|change[-_ ]?me.*|replace[-_ ]?me.*|` +
	`placeholder|todo|tbd|fixme|none|null|undefined|dummy|example|secret|password|test)$`)

// statusOf returns whether a value is set, missing or a placeholder.
func statusOf(value string) Status {
	switch value = strings.TrimSpace(value); {
	case value == "":
		return Missing
	case placeholder.MatchString(value):
		return Placeholder
	}
	return Set
}

// Parameter returns the full name of the user's own SSM parameter for a variable, or false if Pulumi keeps the value.
func (s *Settings) Parameter(variable string) (string, bool) {
	name, own := s.parameters[variable]
	return name, own
}

var variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ConfigPath returns the path of the configuration key that keeps a secret. The error says why there is none.
func (s *Settings) ConfigPath(name string) (string, error) {
	switch {
	case name == databasePassword || name == tunnelToken:
		return name, nil
	case slices.Contains(config.Provided, name):
		return "", fmt.Errorf("the program sets %s itself. Use another name in the app to set your own value", name)
	case slices.Contains(s.plain, name):
		return "", fmt.Errorf("%s is not a secret but set in appEnvironment. To make it one, first remove it there: "+
			"pulumi config rm --path appEnvironment.%s", name, name)
	case !variableName.MatchString(name):
		return "", fmt.Errorf("%q is not the name of an environment variable: use letters, digits and underscores", name)
	}
	return "appSecretValues." + name, nil
}
