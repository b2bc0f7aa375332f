package secrets

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// Secret is a variable that the app gets, or a configuration key that is a secret.
type Secret struct {
	Name     string
	Source   string // "config", "SSM /threa/…" or "appEnvironment"; empty if it is set nowhere
	Required bool   // whether the app does not start without it
	Status   Status
}

// List returns the secrets that the stack needs and has, sorted by name. tasksStarted is when the running tasks read
// their secrets, zero if none is running.
func (s *Settings) List(ctx context.Context, client *ssm.Client, tasksStarted time.Time) ([]Secret, error) {
	parameters, err := s.readParameters(ctx, client, tasksStarted)
	if err != nil {
		return nil, err
	}
	secrets := map[string]Secret{}
	for key, status := range s.keys {
		secrets[key] = Secret{Source: "config", Required: true, Status: status}
	}
	for variable, status := range s.stored {
		secrets[variable] = Secret{Source: "config", Status: status}
	}
	for variable, name := range s.parameters {
		secrets[variable] = Secret{Source: "SSM " + name, Status: parameters[name]}
	}
	for _, variable := range s.required {
		secret, known := secrets[variable]
		switch {
		case known:
		case slices.Contains(s.plain, variable):
			secret = Secret{Source: "appEnvironment", Status: Set}
		default:
			secret = Secret{Status: Missing}
		}
		secret.Required = true
		secrets[variable] = secret
	}
	var sorted []Secret
	for _, name := range slices.Sorted(maps.Keys(secrets)) {
		secret := secrets[name]
		secret.Name = name
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
		if err != nil && strings.Contains(err.Error(), "AccessDenied") {
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
