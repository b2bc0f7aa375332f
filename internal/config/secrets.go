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

// Secrets is what the app gets from the SSM Parameter Store beside the URLs of its database and cache.
type Secrets struct {
	// Existing maps an environment variable to the full name of a parameter that the user made.
	Existing map[string]string
	// Stored maps an environment variable to a value that the program keeps in a parameter of its own.
	Stored map[string]Secret
}

// standardParameter is the most that a standard, free SSM parameter holds, in bytes. Source:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html
const standardParameter = 4096

var (
	variable = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
	// bracketed is what SSM refuses within a value. Source:
	// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Value)
	bracketed     = regexp.MustCompile(`(?s)\{\{.*\}\}`)
	parameterName = regexp.MustCompile(`^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+){0,12}$`)
)

// Provided are the variables that the program gives the app, REDIS_URL with a cache and DATABASE_REPLICA_URL with a replica.
var Provided = []string{"DATABASE_URL", "DATABASE_REPLICA_URL", "REDIS_URL", "NODE_ENV", "PORT", "NODE_EXTRA_CA_CERTS", "PGSSLROOTCERT"}

func (r *reader) secrets(c *Config) Secrets {
	s := Secrets{Existing: r.existingSecrets(c.Name), Stored: r.storedSecrets()}

	provided := map[string]string{}
	for _, name := range Provided {
		if name == "DATABASE_REPLICA_URL" && !c.Database.ReadReplica || name == "REDIS_URL" && !c.Cache.Enabled {
			continue
		}
		provided[name] = "the program"
	}
	r.claim(provided, "appEnvironment", slices.Collect(maps.Keys(c.Container.Environment)))
	r.claim(provided, "appSecrets", slices.Collect(maps.Keys(s.Existing)))
	r.claim(provided, "appSecretValues", slices.Collect(maps.Keys(s.Stored)))
	r.required(provided, c.Container.ImageTag)
	return s
}

// claim gives variables to one source and reports names that are no names and names that have a source already.
func (r *reader) claim(provided map[string]string, source string, names []string) {
	slices.Sort(names)
	for _, name := range names {
		path := source + "." + name
		mend := "pulumi config rm --path " + shellescape.Quote(path)
		if !variable.MatchString(name) {
			r.rejectElement(path, "set", "must be named like an environment variable: letters, digits and underscores", mend)
		}
		if owner, taken := provided[name]; taken {
			r.rejectElement(path, "set", "is provided by "+owner+" already", mend)
			continue
		}
		provided[name] = source
	}
}

// required refuses to run a container that ends at once for want of a variable.
func (r *reader) required(provided map[string]string, imageTag string) {
	for _, name := range r.list("requiredVariables") {
		if _, ok := provided[name]; !ok && imageTag != "" {
			r.rejectElement("appSecretValues."+name, "not set",
				"the app does not start without it (requiredVariables); give it here, in appSecrets or in appEnvironment",
				"pulumi config set --secret --path appSecretValues."+name)
		}
	}
}

func (r *reader) existingSecrets(name string) map[string]string {
	if r.Secret[r.key("appSecrets")] {
		r.rejectElement("appSecrets", "[secret]", "must hold names of parameters; a secret value goes to appSecretValues",
			"pulumi config set --secret --path appSecretValues.NAME")
		return nil
	}
	stack := naming.Stack{Name: name}
	prefix := stack.Parameter("")
	existing := r.table("appSecrets")
	for _, variable := range slices.Sorted(maps.Keys(existing)) {
		given := existing[variable]
		leaf := strings.TrimPrefix(given, prefix)
		if !parameterName.MatchString(leaf) || reservedParameter(stack, leaf) {
			r.rejectElement("appSecrets."+variable, "set", // not shown: it may be the secret itself
				fmt.Sprintf("must be the name of a parameter of your own under %s", prefix),
				fmt.Sprintf("pulumi config set --plaintext --path appSecrets.%s %s", variable, strings.ToLower(strings.ReplaceAll(variable, "_", "-"))))
		}
		existing[variable] = prefix + leaf
	}
	return existing
}

// reservedParameter tells whether the program itself may create a parameter.
func reservedParameter(stack naming.Stack, leaf string) bool {
	name := stack.Parameter(leaf)
	return name == stack.OwnerRecord() || slices.Contains(stack.Parameters(), name) || strings.HasPrefix(leaf, naming.ParameterAppPrefix)
}

func (r *reader) storedSecrets() map[string]Secret {
	values := r.table("appSecretValues")
	stored := make(map[string]Secret, len(values))
	for _, name := range slices.Sorted(maps.Keys(values)) {
		value := values[name]
		path := "appSecretValues." + name
		mend := "pulumi config set --secret --path " + path
		switch {
		case !r.Secret[r.key("appSecretValues")] || r.InClear[name]:
			r.rejectElement(path, "in the clear", "must be stored encrypted; this value has been written to a file, so change it at its source", mend)
		case value == "" || len(value) > standardParameter || strings.Contains(value, "\x00"):
			r.rejectElement(path, "[secret]", fmt.Sprintf("must be 1 to %d bytes, none of them NUL", standardParameter), mend)
		case bracketed.MatchString(value):
			r.rejectElement(path, "[secret]", "must have no {{ before a }}: Parameter Store takes that for a reference; encode it, for example as Base64", mend)
		}
		stored[name] = Secret(value)
	}
	return stored
}
