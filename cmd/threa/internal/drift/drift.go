// Package drift reports how AWS differs from what was deployed, after manual changes.
package drift

import (
	"encoding/json"
	"fmt"
	"maps"
	"reflect"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/resources"
)

// Change is what the next up would do to a resource to undo a manual change.
type Change struct {
	Operation  string // Pulumi's name, such as update
	Resource   string // logical name
	Type       string
	Properties []string // that differ, sorted
}

// Report is how AWS differs from what was deployed.
type Report struct {
	Changes []Change
	// Unmanaged describes the stack's resources in AWS that are not in its state, and that threa recover deletes.
	Unmanaged []string
	// Added are the parts that were added to the stack's resources by hand.
	Added []recovery.Addition
	// Skipped are the kinds of parts that were not checked because a permission is missing.
	Skipped []string
}

// step is one step of a preview. After a refresh, OldState is the resource as AWS has it.
type step struct {
	Op, URN     string
	DiffReasons []string
	OldState    struct{ Inputs, Outputs map[string]any }
}

// ReadPreview reads the output of pulumi preview --refresh --json: one refresh step for each resource of the state, and
// the steps of the program. Drift is what the refresh changes and the program would change back. Differences that the
// program ignores, such as the desired count under autoscaling, are not drift. Nor are changes of the program that are
// not deployed yet.
func ReadPreview(preview []byte) ([]Change, error) {
	var plan struct{ Steps []step }
	if err := json.Unmarshal(preview, &plan); err != nil {
		return nil, fmt.Errorf("read preview: %w", err)
	}
	deployed := map[string]step{}
	for _, s := range plan.Steps {
		if s.Op == "refresh" || s.Op == "delete" { // the refresh has found that it is gone
			deployed[s.URN] = s
		}
	}
	notDrift := []string{"same", "refresh", "read", "read-discard", "delete"}
	var changes []Change
	for _, s := range plan.Steps {
		before, isDeployed := deployed[s.URN]
		if slices.Contains(notDrift, s.Op) || !isDeployed {
			continue
		}
		urn := resource.URN(s.URN)
		if !urn.IsValid() {
			return nil, fmt.Errorf("read preview: %q is not a URN", s.URN)
		}
		var changed []string
		for _, key := range s.DiffReasons {
			if key != "tagsAll" && changedInAWS(key, before, s) { // the tags, with the provider's own
				changed = append(changed, key)
			}
		}
		if len(changed) == 0 && s.Op != "create" {
			continue
		}
		slices.Sort(changed)
		changes = append(changes, Change{s.Op, urn.Name(), string(urn.Type()), slices.Compact(changed)})
	}
	return changes, nil
}

// changedInAWS reports whether a refresh has changed a property. A secret may have changed if any other property has:
// AWS counts the versions of a parameter.
func changedInAWS(key string, before, after step) bool {
	old, now := before.OldState.Outputs[key], after.OldState.Outputs[key]
	if old == recovery.HiddenValue && now == recovery.HiddenValue {
		return slices.ContainsFunc(slices.Collect(maps.Keys(after.OldState.Outputs)), func(key string) bool {
			return !equal(before.OldState.Outputs[key], after.OldState.Outputs[key])
		})
	}
	if old == nil && now == nil {
		old, now = before.OldState.Inputs[key], after.OldState.Inputs[key]
	}
	return !equal(old, now)
}

// equal compares two values. A missing value equals an empty one, which the provider reads from AWS.
func equal(a, b any) bool {
	return isEmpty(a) && isEmpty(b) || reflect.DeepEqual(a, b)
}

func isEmpty(value any) bool {
	switch value := value.(type) {
	case []any:
		return len(value) == 0
	case map[string]any:
		return len(value) == 0
	}
	return value == nil || value == "" || value == false || value == 0.0
}

// Empty reports whether AWS matches what was deployed.
func (r *Report) Empty() bool { return len(r.Changes)+len(r.Unmanaged)+len(r.Added) == 0 }

// Markdown returns the differences and the commands that undo them.
func (r *Report) Markdown(stack string) string {
	var out strings.Builder
	if r.Empty() {
		out.WriteString("AWS matches what stack " + stack + " deployed.\n")
	} else {
		out.WriteString("AWS differs from what stack " + stack + " deployed.\n")
	}
	if len(r.Changes) > 0 {
		out.WriteString("\n| Resource | Type | Difference | The next `up` would |\n|---|---|---|---|\n")
		for _, c := range r.Changes {
			fmt.Fprintf(&out, "| `%s` | `%s` | %s | %s it |\n", c.Resource, c.Type, difference(c), c.Operation)
		}
		out.WriteString(advice(r.Changes))
	}
	if len(r.Unmanaged) > 0 {
		out.WriteString("\nIn AWS, but not in the state:\n\n")
		for _, line := range r.Unmanaged {
			fmt.Fprintf(&out, "- `%s`\n", line)
		}
		out.WriteString("\n`go run ./cmd/threa recover` deletes them.\n")
	}
	if len(r.Added) > 0 {
		out.WriteString("\nAdded by hand, which no `up` removes:\n\n")
		for _, addition := range r.Added {
			fmt.Fprintf(&out, "- %s. Remove it: `%s`\n", addition.Description, addition.Remove)
		}
	}
	if len(r.Skipped) > 0 {
		fmt.Fprintf(&out, "\nNot checked, because the credentials lack the permission: %s.\n", strings.Join(r.Skipped, ", "))
	}
	return out.String()
}

// advice says how to undo the changes. It never recommends a command that loses data.
func advice(changes []Change) string {
	var lost, empty []string
	for _, c := range changes {
		switch {
		case !resources.HoldsData(c.Type, c.Resource):
		case c.Operation == "create" && c.Type == resources.Database:
			return restore
		case c.Operation == "create":
			empty = append(empty, "`"+c.Resource+"`")
		case c.Operation != "update":
			lost = append(lost, "`"+c.Resource+"`")
		}
	}
	switch {
	case len(lost) > 0:
		return "\n**The next `up` would lose the data of " + strings.Join(lost, " and ") +
			".** Before it, undo the change in AWS, or change the configuration to match AWS.\n"
	case len(empty) > 0:
		return "\nCreate it again with `pulumi up --refresh`. The data of " + strings.Join(empty, " and ") +
			" is already lost: it will be empty.\n"
	}
	return "\nUndo it with `pulumi up --refresh`. If it is intended, change the program or its configuration.\n"
}

// restore is the advice for a deleted database. An up would create an empty one.
const restore = `
The database was deleted. **The next ` + "`up --refresh`" + ` would create an empty one.**
To restore the newest snapshot:

    pulumi config set restoreFromSnapshot latest
    pulumi up --refresh

` + "`latest`" + ` is the newest snapshot that was created by hand or when the database was deleted.
To restore another one, set its name. List them with ` + "`aws rds describe-db-snapshots`" + `.
`

func difference(c Change) string {
	switch {
	case c.Operation == "create":
		return "it was deleted"
	case len(c.Properties) == 0:
		return "see the preview"
	}
	return "`" + strings.Join(c.Properties, "`, `") + "`"
}
