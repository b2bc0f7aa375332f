package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"threa-infra/internal/naming"
)

// ofProgram are the variables that the program sets itself.
var ofProgram = []string{"NODE_ENV", "PORT", "DATABASE_URL", "REDIS_URL", "DATABASE_REPLICA_URL"}

// variableSettings returns the variables of the app that the configuration lacks. Their values are not printed, because
// some teams have secrets in them.
func (a *Adoption) variableSettings(_ context.Context, d *deployment) (settings []setting, err error) {
	var plain, existing, stored map[string]any
	for key, target := range map[string]*map[string]any{
		"appEnvironment": &plain, "appSecrets": &existing, "appSecretValues": &stored,
	} {
		if text := a.value(key); text != "" && json.Unmarshal([]byte(text), target) != nil { // the error could quote a secret
			return nil, fmt.Errorf("read the stack's configuration: %s has the wrong type", key)
		}
	}
	known := func(name string) bool {
		return plain[name] != nil || existing[name] != nil || stored[name] != nil || slices.Contains(ofProgram, name)
	}
	for _, secret := range d.app(a.names).Secrets {
		if parameter := a.ownParameter(aws.ToString(secret.ValueFrom)); parameter != "" && !known(*secret.Name) {
			settings = append(settings, setting{key: "appSecrets." + *secret.Name, value: parameter,
				options: []string{"--plaintext", "--path"}}) // the name of a parameter can look like a secret
		}
	}
	if d.tags[naming.TagManagedBy] == naming.ManagedBy {
		return settings, nil // this program sets more variables, and the stack file has those of the user
	}
	for _, variable := range d.app(a.names).Environment {
		name, value := aws.ToString(variable.Name), aws.ToString(variable.Value)
		s := setting{key: "appEnvironment." + name, value: value, options: stringOptions, hidden: "the task definition"}
		if secretName.MatchString(name) || secretValue.MatchString(value) {
			s.key, s.options = "appSecretValues."+name, []string{"--secret", "--path"}
		}
		if !known(name) {
			settings = append(settings, s)
		}
	}
	return settings, nil
}

// stringOptions keep pulumi from storing a value such as 8080 as a number.
var stringOptions = []string{"--type", "string", "--path"}

// parameters returns the names of the SSM parameters of the app that the user has created.
func (a *Adoption) parameters(d *deployment) []string {
	var names []string
	for _, secret := range d.app(a.names).Secrets {
		names = append(names, a.ownParameter(aws.ToString(secret.ValueFrom)))
	}
	return names
}

// ownParameter returns the name of the SSM parameter that a secret of the task definition comes from, if the user has
// created it below the stack's path. It is empty for another source, which describe names.
func (a *Adoption) ownParameter(source string) string {
	if _, parameter, isARN := strings.Cut(source, ":parameter/"); isARN {
		source = "/" + parameter
	}
	path := a.names.Parameter("")
	if !strings.HasPrefix(source, path) || strings.HasPrefix(source, path+naming.ParameterAppPrefix) {
		return ""
	}
	return source
}

// secretName and secretValue match variables that may be secrets. The stack file gets those encrypted.
var (
	secretName  = regexp.MustCompile(`(?i)key|secret|token|pass|pwd|private|credential|webhook`)
	secretValue = regexp.MustCompile(`://[^/]+@`)
)
