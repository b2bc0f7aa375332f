package cost

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"

	"threa-infra/internal/config"
)

// change is a key that a configuration changes, with its value.
type change struct{ name, value string }

// parseConfiguration splits a configuration, such as "prod,multiAz=true", into a stack and changes.
func parseConfiguration(configuration string) (stack string, changes []change, err error) {
	stack, rest, changed := strings.Cut(configuration, ",")
	if !changed {
		return stack, nil, nil
	}
	for part := range strings.SplitSeq(rest, ",") {
		name, value, isChange := strings.Cut(part, "=")
		switch {
		case isChange && name != "":
			changes = append(changes, change{name, value})
		case !isChange && len(changes) > 0: // the value is a list, such as MON,WED
			changes[len(changes)-1].value += "," + part
		default:
			return "", nil, fmt.Errorf("%q in %q does not change a key. Example: prod,multiAz=true", part, configuration)
		}
	}
	return stack, changes, nil
}

// setOrRemove matches the command of a problem that sets or removes a key.
var setOrRemove = regexp.MustCompile(`^pulumi config (set|rm) ([a-zA-Z:]+)(?: (.+))?$`)

// explain rewrites the problems of a configuration that changes keys. The command of a problem would change the stack's
// file. explain replaces it with the command that estimates a valid configuration.
func explain(err error, stack string, changes []change) error {
	var problems *config.Problems
	if len(changes) == 0 || !errors.As(err, &problems) {
		return err
	}
	var text strings.Builder
	fmt.Fprintf(&text, "the changes of %s have problems:", stack)
	for _, problem := range problems.List {
		fmt.Fprintf(&text, "\n\n  %s is %s: %s", problem.Key, problem.Value, problem.Must)
		_, name, _ := strings.Cut(problem.Key, ":")
		fromFile := problem.Value != "not set" &&
			!slices.ContainsFunc(changes, func(c change) bool { return c.name == name || c.name == problem.Key })
		match := setOrRemove.FindStringSubmatch(problem.Fix)
		switch {
		case match != nil && !fromFile:
			fmt.Fprintf(&text, "\n    go run ./cmd/threa cost %s", shellescape.Quote(stack+withFix(changes, match)))
		case fromFile:
			text.WriteString("\n    " + problem.Fix)
		}
	}
	return errors.New(text.String())
}

// withFix returns changes, of which one is set or removed, as a configuration has them after the stack.
func withFix(changes []change, command []string) string {
	action, name, value := command[1], command[2], strings.Trim(command[3], "'")
	fixed, text := slices.Clone(changes), ""
	i := slices.IndexFunc(fixed, func(c change) bool { return c.name == name })
	switch {
	case i >= 0 && action == "rm":
		fixed = slices.Delete(fixed, i, i+1)
	case i >= 0:
		fixed[i].value = value
	case action == "set":
		fixed = append(fixed, change{name, value})
	}
	for _, c := range fixed {
		text += "," + c.name + "=" + c.value
	}
	return text
}
