// Package drift says how AWS differs from what was deployed, because somebody changed it by hand.
package drift

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
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
		out.WriteString("\nPut it back with `pulumi up --refresh`, or say in the program or its configuration that it is meant.\n")
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

func differs(change Change) string {
	switch {
	case change.Operation == "create":
		return "it is gone"
	case len(change.Properties) == 0:
		return "see the preview"
	}
	return "`" + strings.Join(change.Properties, "`, `") + "`"
}
