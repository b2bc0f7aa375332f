// Package drift says how AWS differs from what was deployed, because somebody changed it by hand.
package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"threa-infra/internal/dataholder"
)

// Change is what the next up would do to a resource to put it back.
type Change struct {
	Operation  string // of Pulumi, such as update
	Resource   string // logical name
	Type       string
	Properties []string // that differ, sorted
}

// Report is how AWS differs from what was deployed.
type Report struct {
	Changes []Change
	// Strangers are lines about what is in AWS and in no state: the next up does not see it.
	Strangers []string
}

// Read reads what pulumi preview --refresh --json has printed, and pulumi stack export before it. What the program tells
// Pulumi to ignore, such as the number of tasks while something else sets it, is no step of a preview and so no drift. Nor is
// what the program has more or less than the state: it was not deployed yet, or has been destroyed.
func Read(preview, state []byte) ([]Change, error) {
	var plan struct {
		Steps []struct {
			Op, URN     string
			DiffReasons []string
		}
	}
	if err := json.Unmarshal(preview, &plan); err != nil {
		return nil, fmt.Errorf("read the preview: %w", err)
	}
	var deployed struct {
		Deployment struct{ Resources []struct{ URN string } }
	}
	if err := json.Unmarshal(state, &deployed); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	there := map[string]bool{}
	for _, one := range deployed.Deployment.Resources {
		there[one.URN] = true
	}
	var all []Change
	for _, step := range plan.Steps {
		if slices.Contains([]string{"same", "refresh", "read", "read-discard", "delete"}, step.Op) || step.Op == "create" && !there[step.URN] {
			continue
		}
		id := resource.URN(step.URN)
		if !id.IsValid() {
			return nil, fmt.Errorf("read the preview: %q is no URN", step.URN)
		}
		properties := slices.Clone(step.DiffReasons)
		slices.Sort(properties)
		all = append(all, Change{step.Op, id.Name(), string(id.Type()), slices.Compact(properties)})
	}
	return all, nil
}

// None tells whether AWS is as it was deployed.
func (r *Report) None() bool { return len(r.Changes)+len(r.Strangers) == 0 }

// Markdown is the report for people: what differs, and the commands that put it back.
func (r *Report) Markdown(stack string) string {
	if r.None() {
		return "AWS is as stack " + stack + " was deployed.\n"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "AWS is not as stack %s was deployed.\n", stack)
	if len(r.Changes) > 0 {
		out.WriteString("\n| Resource | Type | What differs | The next `up` would |\n|---|---|---|---|\n")
		for _, change := range r.Changes {
			fmt.Fprintf(&out, "| `%s` | `%s` | %s | %s it |\n", change.Resource, change.Type, differs(change), change.Operation)
		}
		out.WriteString(advice(r.Changes))
	}
	if len(r.Strangers) > 0 {
		out.WriteString("\nIn AWS, but not in the state:\n\n")
		for _, one := range r.Strangers {
			fmt.Fprintf(&out, "- `%s`\n", one)
		}
		out.WriteString("\n`go run ./cmd/threa recover` deletes them.\n")
	}
	return out.String()
}

// advice says how to put the changes back. It never recommends a command that loses data.
func advice(changes []Change) string {
	var lost, empty []string
	for _, change := range changes {
		switch {
		case !dataholder.Holds(change.Type, change.Resource):
		case change.Operation == "create" && change.Type == dataholder.Database:
			return restore
		case change.Operation == "create":
			empty = append(empty, "`"+change.Resource+"`")
		case change.Operation != "update":
			lost = append(lost, "`"+change.Resource+"`")
		}
	}
	switch {
	case len(lost) > 0:
		return "\n**The next `up` would lose what is in " + strings.Join(lost, " and ") +
			".** Change it back in AWS, or the configuration to what AWS has, before the next `up`.\n"
	case len(empty) > 0:
		return "\nPut it back with `pulumi up --refresh`. What was in " + strings.Join(empty, " and ") +
			" is lost already: it comes back empty.\n"
	}
	return "\nPut it back with `pulumi up --refresh`, or say in the program or its configuration that it is meant.\n"
}

// restore is the advice for a database that is gone: an up would create an empty one.
const restore = `
The database is gone. **The next ` + "`up --refresh`" + ` would create an empty one.** To start it with its newest snapshot:

    pulumi config set restoreFromSnapshot latest
    pulumi up --refresh

` + "`latest`" + ` is the newest snapshot that was made by hand or when the database was deleted. For another one, name it.
List them with ` + "`aws rds describe-db-snapshots`" + `.
`

func differs(change Change) string {
	switch {
	case change.Operation == "create":
		return "it is gone"
	case len(change.Properties) == 0:
		return "see the preview"
	}
	return "`" + strings.Join(change.Properties, "`, `") + "`"
}
