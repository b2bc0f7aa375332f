package deployment

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
	"github.com/aws/aws-sdk-go-v2/service/ecs"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"threa-infra/internal/config"
)

// Secret is one of the variables that the app gets, or a secret key of the configuration. It never holds the value.
type Secret struct {
	Name     string
	Source   string // "config", "SSM /threa/…", "appEnvironment", "" for nowhere
	Required bool   // the app does not start without it
	State    SecretState
}

// SecretState is whether a secret can be used.
type SecretState string

// The states of a secret.
const (
	SecretSet         SecretState = "set"
	SecretMissing     SecretState = "missing"
	SecretPlaceholder SecretState = "a placeholder"
	SecretStale       SecretState = "changed since the tasks started"
	SecretUnknown     SecretState = "not readable with these credentials"
)

// keys are the secrets that are keys of the configuration themselves.
const (
	password    = "dbPassword"
	tunnelToken = "tunnelToken" // with ingress tunnel
)

// settings are the stack's configuration as pulumi config tells it.
type settings map[string]struct {
	Value       string
	ObjectValue json.RawMessage
}

// Settings is what the stack's configuration says of secrets. Values are looked at, and not kept.
type Settings struct {
	project  string
	name     string // prefix of the AWS names
	Region   string
	required []string          // variables
	plain    []string          // variables of appEnvironment
	existing map[string]string // variable to the full name of a parameter of the user's
	stored   map[string]SecretState
	keys     map[string]SecretState // those that are needed
}

// LoadSettings reads the stack's configuration.
func LoadSettings(ctx context.Context, pulumi Pulumi, stack string) (*Settings, error) {
	text, err := pulumi(ctx, nil, "config", "--json", "--show-secrets")
	if err != nil {
		return nil, fmt.Errorf("read the stack's configuration: %w", err)
	}
	var all settings
	if err := json.Unmarshal(text, &all); err != nil {
		return nil, errors.New("read the stack's configuration: pulumi config answers something else than JSON")
	}
	return all.read(stack)
}

func (all settings) read(stack string) (*Settings, error) {
	s := &Settings{stored: map[string]SecretState{}, keys: map[string]SecretState{}}
	for key := range all {
		if project, found := strings.CutSuffix(key, ":requiredVariables"); found {
			s.project = project
		}
	}
	if s.project == "" {
		return nil, errors.New("read the stack's configuration: it does not declare requiredVariables: run this in the project's folder")
	}
	text := func(key string) string { return all[s.project+":"+key].Value }
	var plain, stored map[string]any
	for key, into := range map[string]any{"requiredVariables": &s.required, "appEnvironment": &plain, "appSecrets": &s.existing, "appSecretValues": &stored} {
		if value := text(key); value != "" {
			if err := json.Unmarshal([]byte(value), into); err != nil {
				return nil, fmt.Errorf("read the stack's configuration: %s has another form than it should", key)
			}
		}
	}
	s.plain = slices.Sorted(maps.Keys(plain))
	s.Region = all["aws:region"].Value
	s.name = config.AWSName(text("appName"), cmp.Or(text("environment"), stack))
	for variable, leaf := range s.existing {
		s.existing[variable] = "/" + s.name + "/" + strings.TrimPrefix(leaf, "/"+s.name+"/")
	}
	for variable, value := range stored {
		s.stored[variable] = judge(fmt.Sprint(value))
	}
	s.keys[password] = judge(text(password))
	if text("ingress") == config.IngressTunnel {
		s.keys[tunnelToken] = judge(text(tunnelToken))
	}
	return s, nil
}

// placeholder is what people write where a value is to come.
var placeholder = regexp.MustCompile(`(?i)^(<.*>|\.+|…|x+|\*+|-+|your[-_ ].*|change[-_ ]?me.*|replace[-_ ]?me.*|placeholder|todo|tbd|fixme|none|null|undefined|dummy|example|secret|password|test)$`)

func judge(value string) SecretState {
	switch value = strings.TrimSpace(value); {
	case value == "":
		return SecretMissing
	case placeholder.MatchString(value):
		return SecretPlaceholder
	}
	return SecretSet
}

// Secrets lists what the stack needs and has, sorted by name. since is when the tasks that run now read their secrets, zero
// when none runs.
func (s *Settings) Secrets(ctx context.Context, client *ssm.Client, since time.Time) ([]Secret, error) {
	found, err := s.parameters(ctx, client, since)
	if err != nil {
		return nil, err
	}
	var all []Secret
	for key, state := range s.keys {
		all = append(all, Secret{Name: key, Source: "config", Required: true, State: state})
	}
	for variable, state := range s.stored {
		all = append(all, Secret{Name: variable, Source: "config", State: state})
	}
	for variable, parameter := range s.existing {
		all = append(all, Secret{Name: variable, Source: "SSM " + parameter, State: found[parameter]})
	}
	for _, variable := range s.required {
		at := slices.IndexFunc(all, func(one Secret) bool { return one.Name == variable })
		switch {
		case at >= 0:
			all[at].Required = true
		case slices.Contains(s.plain, variable):
			all = append(all, Secret{Name: variable, Source: "appEnvironment", Required: true, State: SecretSet})
		default:
			all = append(all, Secret{Name: variable, Required: true, State: SecretMissing})
		}
	}
	slices.SortFunc(all, func(x, y Secret) int { return strings.Compare(x.Name, y.Name) })
	return all, nil
}

// parameters looks at those that the user made. Source of the limit:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
func (s *Settings) parameters(ctx context.Context, client *ssm.Client, since time.Time) (map[string]SecretState, error) {
	const limit = 10 // parameters of one question
	found := map[string]SecretState{}
	for names := range slices.Chunk(slices.Sorted(maps.Values(s.existing)), limit) {
		answer, err := client.GetParameters(ctx, &ssm.GetParametersInput{Names: slices.Compact(names), WithDecryption: aws.Bool(true)})
		if err != nil && strings.Contains(err.Error(), "AccessDenied") {
			for _, name := range names {
				found[name] = SecretUnknown
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("look at the parameters of the app: %w", err)
		}
		for _, name := range answer.InvalidParameters {
			found[name] = SecretMissing
		}
		for _, parameter := range answer.Parameters {
			state := judge(aws.ToString(parameter.Value))
			if state == SecretSet && !since.IsZero() && aws.ToTime(parameter.LastModifiedDate).After(since) {
				state = SecretStale
			}
			found[aws.ToString(parameter.Name)] = state
		}
	}
	return found, nil
}

// Parameter is the full name of the user's own parameter for a variable; false when the value is Pulumi's to keep.
func (s *Settings) Parameter(variable string) (string, bool) {
	name, own := s.existing[variable]
	return name, own
}

// ConfigPath is the key under which Pulumi keeps a secret. The error says why it cannot be one.
func (s *Settings) ConfigPath(name string) (string, error) {
	switch {
	case name == password || name == tunnelToken:
		return name, nil
	case slices.Contains(config.Provided, name):
		return "", fmt.Errorf("%s is provided by the program; an app that wants another one reads a variable of another name", name)
	case slices.Contains(s.plain, name):
		return "", fmt.Errorf("%s is plain configuration: pulumi config rm --path appEnvironment.%s comes first", name, name)
	case !variable.MatchString(name):
		return "", fmt.Errorf("%q is no name of an environment variable: use letters, digits and underscores", name)
	}
	return "appSecretValues." + name, nil
}

var variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// PutParameter makes or changes a parameter of the user's, under SSM's default key, which the task may use.
func PutParameter(ctx context.Context, client *ssm.Client, name, value string) error {
	_, err := client.PutParameter(ctx, &ssm.PutParameterInput{
		Name: &name, Value: &value, Type: types.ParameterTypeSecureString, Overwrite: aws.Bool(true),
	})
	var plain *types.HierarchyTypeMismatchException
	if errors.As(err, &plain) {
		return fmt.Errorf("the parameter %s is no SecureString, and SSM does not make it one: aws ssm delete-parameter --name %s, then set it again: %w", name, name, err)
	}
	if err != nil {
		return fmt.Errorf("store the parameter %s: %w", name, err)
	}
	return nil
}

// Restart has ECS start new tasks and stop the old ones: tasks read their secrets only when they start. The definition
// stays, so that Pulumi has nothing to change.
func (a *App) Restart(ctx context.Context) error {
	for _, service := range a.services() {
		_, err := a.ECS.UpdateService(ctx, &ecs.UpdateServiceInput{Cluster: &a.Cluster, Service: &service, ForceNewDeployment: true})
		if err != nil {
			return fmt.Errorf("restart the tasks of %s: %w", service, err)
		}
	}
	return nil
}
