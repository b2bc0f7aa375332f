package config

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/agext/levenshtein"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

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
func (r *reader) finish() error {
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
		must := "no such key"
		if nearest := r.nearestKey(name); nearest != "" {
			must = fmt.Sprintf("no such key; did you mean %s?", nearest)
		}
		r.reject(name, "set", must, "pulumi config rm "+name)
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

// nearestKey returns the known key with the smallest edit distance, or "" if none is close.
func (r *reader) nearestKey(name string) string {
	tooFar := min(4, len(name)/2+1)
	nearest, fewest := "", tooFar
	for known := range r.rules {
		edits := levenshtein.Distance(strings.ToLower(name), strings.ToLower(known), nil)
		if edits < fewest || edits == fewest && edits < tooFar && known < nearest {
			nearest, fewest = known, edits
		}
	}
	return nearest
}

// Secret is a text that is never printed: fmt formats it as [secret].
type Secret string

// String implements fmt.Stringer.
func (Secret) String() string { return "[secret]" }

// GoString implements fmt.GoStringer.
func (Secret) GoString() string { return "[secret]" }

// Output returns the text as a Pulumi secret, which the engine encrypts in the state and hides in its output.
func (s Secret) Output() pulumi.StringOutput {
	return pulumi.ToSecret(pulumi.String(string(s))).(pulumi.StringOutput)
}
