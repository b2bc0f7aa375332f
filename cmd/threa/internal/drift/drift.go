// Package drift reports how AWS differs from what was deployed, because somebody changed it by hand.
package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

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
	// Unmanaged describes the stack's resources in AWS that are not in its state. An up ignores them.
	Unmanaged []string
}

// ReadPreview reads the output of pulumi preview --refresh --json, and that of pulumi stack export before it. What the
// program ignores, such as the desired count under autoscaling, is not a step of the preview. Resources that are not
// deployed yet, or are to be deleted, are not drift either.
func ReadPreview(preview, state []byte) ([]Change, error) {
	var plan struct {
		Steps []struct {
			Op, URN     string
			DiffReasons []string
		}
	}
	if err := json.Unmarshal(preview, &plan); err != nil {
		return nil, fmt.Errorf("read preview: %w", err)
	}
	var export struct {
		Deployment struct{ Resources []struct{ URN string } }
	}
	if err := json.Unmarshal(state, &export); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	deployed := map[string]bool{}
	for _, r := range export.Deployment.Resources {
		deployed[r.URN] = true
	}
	notDrift := []string{"same", "refresh", "read", "read-discard", "delete"}
	var changes []Change
	for _, step := range plan.Steps {
		if slices.Contains(notDrift, step.Op) || step.Op == "create" && !deployed[step.URN] {
			continue
		}
		urn := resource.URN(step.URN)
		if !urn.IsValid() {
			return nil, fmt.Errorf("read preview: %q is not a URN", step.URN)
		}
		properties := slices.Clone(step.DiffReasons)
		slices.Sort(properties)
		changes = append(changes, Change{step.Op, urn.Name(), string(urn.Type()), slices.Compact(properties)})
	}
	return changes, nil
}

// Empty reports whether there is no drift.
func (r *Report) Empty() bool { return len(r.Changes)+len(r.Unmanaged) == 0 }

// Markdown returns the differences and the commands that undo them.
func (r *Report) Markdown(stack string) string {
	if r.Empty() {
		return "AWS matches what stack " + stack + " deployed.\n"
	}
	var out strings.Builder
	fmt.Fprintf(&out, "AWS differs from what stack %s deployed.\n", stack)
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
