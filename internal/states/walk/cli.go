package walk

import (
	"context"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
)

// CommandLine asks the AWS command line, which knows every call of AWS and its arguments, so that one which does not exist
// is an error here as there. It is given the arguments of aws and returns what that printed; its error is what it printed
// as an error.
type CommandLine func(arguments ...string) (output string, err error)

// dialect is how a service's own names differ from those of Step Functions.
type dialect struct {
	command string // of the AWS command line
	prefix  string // of the errors
	toAPI   func(string) string
	fromAPI func(string) string
}

func same(name string) string { return name }

// dialects of the services that machines of this project call, by their names in resources.
var dialects = map[string]dialect{
	"applicationautoscaling": {"application-autoscaling", "ApplicationAutoScaling", same, same},
	"cloudwatch":             {"cloudwatch", "CloudWatch", same, same},
	"ecs":                    {"ecs", "Ecs", lower, upper},
	"rds": {
		"rds", "Rds",
		func(name string) string { return strings.ReplaceAll(name, "Db", "DB") },
		func(name string) string { return strings.ReplaceAll(name, "DB", "Db") },
	},
}

func lower(name string) string { return strings.ToLower(name[:1]) + name[1:] }
func upper(name string) string { return strings.ToUpper(name[:1]) + name[1:] }

// Call asks as Step Functions would.
func (c CommandLine) Call(_ context.Context, service, action string, arguments map[string]any) (any, error) {
	names, known := dialects[service]
	if !known {
		return nil, fmt.Errorf("the names of %s are not known here: add it to dialects", service)
	}
	for name := range arguments {
		if name == "" || upper(name) != name {
			return nil, fmt.Errorf("%s:%s: the argument %q must begin with a capital letter", service, action, name)
		}
	}
	text, err := json.Marshal(rename(arguments, names.toAPI))
	if err != nil {
		return nil, fmt.Errorf("write the arguments of %s: %w", action, err)
	}
	printed, err := c(names.command, kebab(action), "--output", "json", "--no-paginate", "--cli-input-json", string(text))
	if err != nil {
		if code := refused.FindStringSubmatch(err.Error()); code != nil {
			return nil, &Failure{Name: names.prefix + "." + strings.TrimSuffix(names.fromAPI(code[1]), "Exception") + "Exception", Cause: code[0]}
		}
		return nil, fmt.Errorf("%s:%s: %w", service, action, err)
	}
	var answer any = map[string]any{} // where AWS has nothing to say
	if strings.TrimSpace(printed) != "" {
		if err := json.Unmarshal([]byte(printed), &answer); err != nil {
			return nil, fmt.Errorf("read the answer of %s: %w", action, err)
		}
	}
	return rename(answer, names.fromAPI), nil
}

// refused is how the command line tells of an error of AWS, and its code.
var refused = regexp.MustCompile(`An error occurred \((\w+)\) when calling .*`)

// kebab is how the command line spells an action: describe-db-instances for describeDBInstances.
func kebab(action string) string {
	return strings.ToLower(words.ReplaceAllString(action, "$1$3-$2$4"))
}

var words = regexp.MustCompile(`([a-z0-9])([A-Z])|([A-Z])([A-Z][a-z])`)

// rename changes the names of all fields. Maps whose keys are data, such as tags by name, occur in no call of ours.
func rename(value any, name func(string) string) any {
	switch v := value.(type) {
	case map[string]any:
		all := make(map[string]any, len(v))
		for key, part := range v {
			all[name(key)] = rename(part, name)
		}
		return all
	case []any:
		all := make([]any, len(v))
		for i, part := range v {
			all[i] = rename(part, name)
		}
		return all
	}
	return value
}
