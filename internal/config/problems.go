package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/agext/levenshtein"

	"threa-infra/internal/stackconfig"
)

// Problem is one wrong value of the configuration.
type Problem struct {
	Key   string // with its namespace, such as threa:containerCpu
	Value string // the value that is set; never a secret
	Must  string // the rule that it breaks
	Fix   string // the command that fixes it
}

func (p Problem) String() string {
	return fmt.Sprintf("%s is %s: %s\n    %s", p.Key, p.Value, p.Must, p.Fix)
}

// Problems is the error that lists every problem of a stack's configuration.
type Problems struct {
	Stack string
	List  []Problem
}

func (p *Problems) Error() string {
	var text strings.Builder
	plural := "problems"
	if len(p.List) == 1 {
		plural = "problem"
	}
	fmt.Fprintf(&text, "the configuration of stack %s has %d %s, nothing was changed:", p.Stack, len(p.List), plural)
	for _, problem := range p.List {
		fmt.Fprintf(&text, "\n\n  %s", problem)
	}
	return text.String()
}

// finish returns the problems of the configuration, if it has any.
func (r *reader) finish(parse func(Values) []Problem) error {
	r.correct(parse)
	r.unknownKeys()
	r.foreignKeys()
	if len(r.problems) == 0 {
		return nil
	}
	return &Problems{Stack: r.Stack, List: r.problems}
}

// unknownKeys reports the keys of the project's namespace that the program does not read. Without it, a misspelled key
// would silently have no effect.
func (r *reader) unknownKeys() {
	var unknown []string
	for key := range r.Set {
		name, ours := strings.CutPrefix(key, r.Project+":")
		if _, known := r.rules[name]; ours && !known && !slices.Contains(replacedKeys, name) {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	for _, name := range unknown {
		must, fix := "no such key", "pulumi config rm "+shellescape.Quote(name)
		if nearest := r.nearestKeys(name); len(nearest) > 0 {
			must += "; did you mean " + either(nearest) + "?"
		} else if capitals.MatchString(name) {
			must += "; variables of the app belong to appEnvironment, secret ones to appSecretValues"
			fix += "\n    pulumi config set --type string --path appEnvironment." + name + " <value>"
			if r.isSecret(name) {
				fix = "pulumi config rm " + name + "\n    pulumi config set --secret --path appSecretValues." + name
			}
		}
		r.reject(name, "set", must, fix)
	}
}

// foreignKeys reports keys of the program in another namespace, where a rename of the project in Pulumi.yaml leaves
// them without any effect.
func (r *reader) foreignKeys() {
	names := map[string][]string{} // by namespace
	for _, key := range slices.Sorted(maps.Keys(r.Set)) {
		namespace, name, _ := strings.Cut(key, ":")
		if _, known := r.rules[name]; known && namespace != r.Project && !slices.Contains(engineNamespaces, namespace) {
			names[namespace] = append(names[namespace], name)
		}
	}
	for _, namespace := range slices.Sorted(maps.Keys(names)) {
		file := shellescape.Quote("Pulumi." + r.Stack + ".yaml")
		r.reject(namespace+":"+strings.Join(names[namespace], ", "), "set", "has no effect, because the project in "+
			stackconfig.ProjectFile+" is called "+r.Project, fmt.Sprintf(`sed -i.before 's/^\( *\)%s:/\1%s:/' %s`,
			namespace, r.Project, file))
	}
}

// engineNamespaces are those of the engine and of the provider that the program uses.
var engineNamespaces = []string{"aws", "pulumi", "config"}

// capitals matches the usual names of environment variables.
var capitals = regexp.MustCompile(`^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$`)

// nearestKeys returns the known key with the smallest edit distance. If none is close, it returns up to four keys that
// contain the name or that the name contains.
func (r *reader) nearestKeys(name string) []string {
	type match struct {
		key   string
		edits int
	}
	tooFar := min(4, len(name)/2+1)
	var matches []match
	lower := strings.ToLower(name)
	for _, key := range append(slices.Sorted(maps.Keys(r.rules)), "aws:region") {
		known := strings.ToLower(key)
		edits := levenshtein.Distance(lower, known, nil)
		if edits < tooFar || len(name) > 2 && (strings.Contains(known, lower) || strings.Contains(lower, known)) {
			matches = append(matches, match{key, edits})
		}
	}
	slices.SortStableFunc(matches, func(a, b match) int { return a.edits - b.edits })
	var keys []string
	for i, m := range matches {
		if i == 4 || i > 0 && matches[0].edits < tooFar {
			break
		}
		keys = append(keys, m.key)
	}
	return keys
}

// Secret is a text that is never printed: fmt formats it as [secret].
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[secret]" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "[secret]" }
