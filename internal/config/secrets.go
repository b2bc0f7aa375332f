package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/internal/naming"
)

// Secrets configures the app's own secrets in SSM Parameter Store.
type Secrets struct {
	// Existing maps an environment variable to the full name of a parameter that the user created.
	Existing map[string]string
	// Stored maps an environment variable to a value that the program stores in a parameter.
	Stored map[string]Secret
}

// MaxSecret is the maximum size of a secret in bytes, that of a standard (free) SSM parameter. Source:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const MaxSecret = 4096

// VariableName matches the names of environment variables.
var VariableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

var (
	// bracketed matches text that SSM rejects in a value. Source:
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Value)
	bracketed     = regexp.MustCompile(`(?s)\{\{.*\}\}`)
	parameterName = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,12}$`)
)

// Provided are the variables that the program sets: REDIS_URL with a cache, DATABASE_REPLICA_URL with a replica.
var Provided = []string{
	"DATABASE_URL",
	"DATABASE_REPLICA_URL",
	"REDIS_URL",
	"NODE_ENV",
	"PORT",
	"NODE_EXTRA_CA_CERTS",
	"PGSSLROOTCERT",
}

func (r *reader) secrets(c *Config) Secrets {
	s := Secrets{Existing: r.existingSecrets(c.Name), Stored: r.storedSecrets()}

	provided := map[string]string{}
	for _, name := range Provided {
		if name == "DATABASE_REPLICA_URL" && !c.Database.ReadReplica || name == "REDIS_URL" && !c.Cache.Enabled {
			continue
		}
		provided[name] = "the program"
	}
	r.assign(provided, "appEnvironment", slices.Collect(maps.Keys(c.Container.Environment)))
	r.assign(provided, "appSecrets", slices.Collect(maps.Keys(s.Existing)))
	r.assign(provided, "appSecretValues", slices.Collect(maps.Keys(s.Stored)))
	r.required(provided, c.Container.ImageTag)
	return s
}

// assign records the source of variables. It rejects invalid names and variables that have another source.
func (r *reader) assign(provided map[string]string, source string, names []string) {
	slices.Sort(names)
	for _, name := range names {
		path := source + "." + name
		fix := "pulumi config rm --path " + shellescape.Quote(path)
		if !VariableName.MatchString(name) {
			r.rejectInstead(path, "set", validName, fix)
		}
		if owner, taken := provided[name]; taken {
			r.rejectInstead(path, "set", "is already set by "+owner, fix)
			continue
		}
		provided[name] = source
	}
}

// validName is the rule for names of environment variables.
const validName = "must be a valid name of an environment variable: letters, digits and underscores"

// required rejects invalid names, and a deployment without a variable that the app needs to start.
func (r *reader) required(provided map[string]string, imageTag string) {
	names := r.list("requiredVariables")
	r.checkElements("requiredVariables", names, func(_ []string, name string) string {
		if !VariableName.MatchString(name) {
			return validName
		}
		return ""
	}, func(name string) []string { return []string{strings.NewReplacer("-", "_", " ", "_").Replace(name)} })
	for _, name := range names {
		if _, ok := provided[name]; !ok && imageTag != "" && VariableName.MatchString(name) {
			r.reject("appSecretValues."+name, "not set",
				"the app does not start without it (requiredVariables); set it here, in appSecrets or in appEnvironment",
				"pulumi config set --secret --path appSecretValues."+name)
		}
	}
}

func (r *reader) existingSecrets(name string) map[string]string {
	stack := naming.Stack{Name: name}
	prefix := stack.Parameter("")
	existing := r.table("appSecrets")
	for _, variable := range slices.Sorted(maps.Keys(existing)) {
		given := existing[variable]
		leaf := strings.TrimPrefix(given, prefix)
		if !parameterName.MatchString(leaf) || reservedParameter(stack, leaf) {
			// The value is not shown, because it may be the secret itself.
			r.reject("appSecrets."+variable, "set", "must be the name of a parameter of your own under "+prefix,
				fmt.Sprintf("pulumi config set --plaintext --path appSecrets.%s %s", variable,
					strings.ToLower(strings.ReplaceAll(variable, "_", "-"))))
		}
		existing[variable] = prefix + leaf
	}
	return existing
}

// reservedParameter reports whether the program may create a parameter of this name.
func reservedParameter(stack naming.Stack, leaf string) bool {
	name := stack.Parameter(leaf)
	return name == stack.OwnerRecord() || slices.Contains(stack.Parameters(), name) ||
		strings.HasPrefix(leaf, naming.ParameterAppPrefix)
}

func (r *reader) storedSecrets() map[string]Secret {
	values := r.table("appSecretValues")
	stored := make(map[string]Secret, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		path := "appSecretValues." + name
		fix := "pulumi config set --secret --path " + path
		switch {
		case r.isUnencrypted(name):
			r.reject(path, "unencrypted",
				"must be stored encrypted; this value is in a file now, so change it where it was issued", fix)
		case value == "" || len(value) > MaxSecret || strings.Contains(value, "\x00"):
			r.reject(path, "[secret]", fmt.Sprintf("must be 1 to %d bytes, without a NUL byte", MaxSecret), fix)
		case bracketed.MatchString(value):
			r.reject(path, "[secret]",
				"must not contain {{ before }}, which Parameter Store treats as a reference; encode it, for example as Base64",
				fix)
		}
		stored[name] = Secret(value)
	}
	return stored
}
