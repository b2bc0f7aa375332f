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
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"threa-infra/cmd/threa/internal/pulumicli"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
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

// Secret is a variable that the app gets, or a configuration key that is a secret.
type Secret struct {
	Name   string
	Source string // "config" or "SSM /threa/…"; empty if it is set nowhere
	Status Status
}

// Settings is what the stack's configuration says about secrets.
type Settings struct {
	secrets    map[string]Secret // by name; the statuses of parameters are not known yet
	parameters map[string]string // full name of the user's own SSM parameter by variable
	plain      []string          // variables of appEnvironment
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
	for key := range values {
		if project, declared := strings.CutSuffix(key, ":requiredVariables"); declared {
			return read(func(key string) string { return values[project+":"+key].Value }, stack)
		}
	}
	return nil, errors.New("the stack's configuration does not declare requiredVariables. " +
		"Run the command in the project's folder")
}

func read(value func(key string) string, stack string) (*Settings, error) {
	s := &Settings{secrets: map[string]Secret{}}
	var required []string
	var plain, stored map[string]any
	for key, target := range map[string]any{
		"requiredVariables": &required, "appSecrets": &s.parameters, "appEnvironment": &plain, "appSecretValues": &stored,
	} {
		if text := value(key); text != "" && json.Unmarshal([]byte(text), target) != nil { // its error could quote a secret
			return nil, fmt.Errorf("read the stack's configuration: %s has the wrong type", key)
		}
	}
	add := func(name, source string, status Status) { s.secrets[name] = Secret{name, source, status} }
	for _, variable := range required {
		add(variable, "", Missing)
	}
	for variable := range plain {
		s.plain = append(s.plain, variable)
		delete(s.secrets, variable)
	}
	for variable, secret := range stored {
		add(variable, "config", statusOf(fmt.Sprint(secret)))
	}
	names := naming.Stack{Name: config.AWSName(value("appName"), cmp.Or(value("environment"), stack))}
	path := names.Parameter("")
	for variable, name := range s.parameters {
		s.parameters[variable] = path + strings.TrimPrefix(name, path)
		add(variable, "SSM "+s.parameters[variable], "")
	}
	add(databasePassword, "config", statusOf(value(databasePassword)))
	if value("ingress") == config.IngressTunnel {
		add(tunnelToken, "config", statusOf(value(tunnelToken)))
	}
	return s, nil
}

// placeholder matches texts that people write before they have a value.
var placeholder = regexp.MustCompile(`(?i)^(<.*>|\.+|…|x+|\*+|-+|your[-_ ].*|change[-_ ]?me.*|replace[-_ ]?me.*|` +
	`placeholder|todo|tbd|fixme|none|null|undefined|dummy|example|secret|password|test)$`)

// OwnParameters returns the full names of the user's own SSM parameters, which may not exist yet.
func (s *Settings) OwnParameters() []string { return slices.Sorted(maps.Values(s.parameters)) }

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

// Location returns where a secret is kept: in the user's own SSM parameter with a full name, or in the stack's
// configuration under a path. The error says why it cannot be set.
func (s *Settings) Location(name string) (parameter, path string, err error) {
	switch {
	case s.parameters[name] != "":
		return s.parameters[name], "", nil
	case name == databasePassword || name == tunnelToken:
		return "", name, nil
	case slices.Contains(config.Provided, name):
		return "", "", fmt.Errorf("the program sets %s itself. Use another name in the app to set your own value", name)
	case slices.Contains(s.plain, name):
		return "", "", fmt.Errorf("%s is not a secret but set in appEnvironment. To make it one, first remove it there: "+
			"pulumi config rm --path appEnvironment.%s", name, name)
	case !config.VariableName.MatchString(name):
		return "", "", fmt.Errorf("%q is not the name of an environment variable: use letters, digits and underscores", name)
	}
	return "", "appSecretValues." + name, nil
}

// List returns the secrets that the stack needs and has, sorted by name. tasksStarted is when the running tasks read
// their secrets, zero if none is running.
func (s *Settings) List(ctx context.Context, client *ssm.Client, tasksStarted time.Time) ([]Secret, error) {
	statuses, err := s.readParameters(ctx, client, tasksStarted)
	if err != nil {
		return nil, err
	}
	var sorted []Secret
	for _, name := range slices.Sorted(maps.Keys(s.secrets)) {
		secret := s.secrets[name]
		secret.Status = cmp.Or(secret.Status, statuses[s.parameters[name]])
		sorted = append(sorted, secret)
	}
	return sorted, nil
}

// readParameters returns the statuses of the user's own parameters by name. The source of the limit:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
func (s *Settings) readParameters(
	ctx context.Context, client *ssm.Client, tasksStarted time.Time,
) (map[string]Status, error) {
	const limit = 10 // parameters in one request
	names := slices.Compact(slices.Sorted(maps.Values(s.parameters)))
	statuses := map[string]Status{}
	for chunk := range slices.Chunk(names, limit) {
		answer, err := client.GetParameters(ctx, &ssm.GetParametersInput{Names: chunk, WithDecryption: aws.Bool(true)})
		if preconditions.IsDenied(err) {
			for _, name := range chunk {
				statuses[name] = Unreadable
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("get the app's parameters: %w", err)
		}
		for _, name := range answer.InvalidParameters {
			statuses[name] = Missing
		}
		for _, parameter := range answer.Parameters {
			status := statusOf(aws.ToString(parameter.Value))
			changed := aws.ToTime(parameter.LastModifiedDate)
			if status == Set && !tasksStarted.IsZero() && changed.After(tasksStarted) {
				status = Stale
			}
			statuses[aws.ToString(parameter.Name)] = status
		}
	}
	return statuses, nil
}

// PutParameter creates or changes a parameter of the user's, encrypted with SSM's default key, which the task may use.
func PutParameter(ctx context.Context, client *ssm.Client, name, value string) error {
	_, err := client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	var mismatch *types.HierarchyTypeMismatchException
	if errors.As(err, &mismatch) {
		return fmt.Errorf("parameter %s is not a SecureString, and SSM cannot change its type. Delete it and set it again: "+
			"aws ssm delete-parameter --name %s: %w", name, name, err)
	}
	if err != nil {
		return fmt.Errorf("store parameter %s: %w", name, err)
	}
	return nil
}
