package adopt

import (
	"fmt"
	"slices"
	"strings"
	"text/tabwriter"
)

// String returns the plan as a table.
func (p *plan) String() string {
	var text strings.Builder
	text.WriteString("Plan:\n")
	table := tabwriter.NewWriter(&text, 0, 0, 2, ' ', 0)
	for _, action := range []action{replace, remove, keep, change, create} {
		for _, row := range p.rows {
			if row.action != action {
				continue
			}
			service, _, _ := strings.Cut(row.Type.Module().Name().String(), "/")
			_, _ = fmt.Fprintf(table, "  %s\t%s %s\t%s\t%s\n", action, service, row.Type.Name(), row.inAWS(),
				row.changes())
		}
	}
	_ = table.Flush() // a strings.Builder returns no error
	return strings.TrimRight(text.String(), "\n")
}

// inAWS returns the logical name, and the id of a resource that AWS has.
func (p *planned) inAWS() string {
	if p.ID == "" || p.action == create {
		return p.URN.Name()
	}
	return fmt.Sprintf("%s (%s)", p.URN.Name(), p.ID)
}

// computed are properties that follow from others.
var computed = []string{"tagsAll", "version", "insecureValue"}

// changes returns the properties that change.
func (p *planned) changes() string {
	return strings.Join(slices.DeleteFunc(slices.Clone(p.properties), func(name string) bool {
		return slices.Contains(computed, name)
	}), ", ")
}

// replaceable are the types that can be replaced without a loss: a revision of a task definition, and the lifecycle
// policy of the repository.
var replaceable = []string{taskDefinition, lifecycle}

// refuse returns an error if the plan replaces or deletes a resource of the deployment.
func (p *plan) refuse() error {
	var lines []string
	for _, row := range p.rows {
		if (row.action == replace || row.action == remove) && !slices.Contains(replaceable, string(row.Type)) {
			lines = append(lines, fmt.Sprintf("    %s (%s) would be %s: %s", row.URN.Name(), row.Type, row.action,
				row.changes()))
		}
	}
	if len(lines) == 0 {
		return nil
	}
	return fmt.Errorf("an up would not keep these resources of the deployment, so nothing was imported:\n%s\n"+
		"    Change the configuration so that it matches the deployment, then run the command again",
		strings.Join(lines, "\n"))
}
