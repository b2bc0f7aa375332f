package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Recovery puts one stack in order.
type Recovery struct {
	// Pulumi runs the pulumi command on the stack, with input as its standard input, and returns its standard output.
	// The error of a failed command carries what it wrote to both outputs.
	Pulumi func(ctx context.Context, input []byte, args ...string) ([]byte, error)
	API    *API
	// Print prints one line.
	Print func(format string, values ...any)
	// Approve asks before anything is changed.
	Approve func(question string) bool
	// Missing also looks for what a preview would create: a run that lost an answer fails because it exists already.
	Missing bool
}

// ErrDeclined is returned when the user does not approve.
var ErrDeclined = errors.New("nothing was changed")

const (
	updateQuestion = "Update the state like this? What is not this stack's is not imported. AWS is not changed."
	deleteQuestion = "Delete these in AWS? They are this stack's, but not in its state. AWS refuses what is in use."
)

// missing is a resource that the state lacks and AWS may have.
type missing struct {
	resource object
	id       string // "" when AWS does not have it
	pending  bool   // a run was creating it when it ended
}

// Run compares the state with AWS, imports what interrupted runs have created and deletes duplicates. It changes
// nothing if the AWS names belong to another stack. It can be killed and run again.
func (r *Recovery) Run(ctx context.Context) error {
	known, err := r.load(ctx)
	if err != nil {
		return err
	}
	owned, err := r.checkOwner(ctx, known)
	if err != nil {
		return err
	}
	known.removeCandidates()
	all, err := r.missing(ctx, known)
	if err != nil {
		return err
	}
	if err := r.find(ctx, known, all); err != nil {
		return err
	}
	changed := 0
	if changes := stateChanges(all, known.interrupted()); len(changes) > 0 {
		if !r.Approve(strings.Join(changes, "\n") + "\n" + updateQuestion) {
			return ErrDeclined
		}
		if known, changed, err = r.updateState(ctx, known, all, owned); err != nil {
			return err
		}
	}
	deleted := 0
	if owned {
		if deleted, err = r.deleteOrphans(ctx, known); err != nil {
			return err
		}
	}
	if changed+deleted == 0 {
		r.Print("The stack and AWS agree on what there is: nothing to recover.")
	}
	return nil
}

// stateChanges lists what is to be changed in the state, one resource per line.
func stateChanges(all []*missing, interrupted []object) []string {
	var lines []string
	for _, resource := range interrupted {
		lines = append(lines, "read again: "+described(resource)+" "+resource.text("id"))
	}
	for _, one := range all {
		switch {
		case one.id != "":
			lines = append(lines, "import: "+described(one.resource)+" "+one.id)
		case one.pending:
			lines = append(lines, "clear the pending creation: "+described(one.resource))
		}
	}
	return lines
}

// described is the logical name and the type of a resource.
func described(resource object) string { return name(resource) + " (" + resource.text("type") + ")" }

// missing lists pending creations, and with Missing what a preview would create.
func (r *Recovery) missing(ctx context.Context, known *state) ([]*missing, error) {
	var all []*missing
	seen := map[string]bool{}
	for _, resource := range known.pendingCreates() {
		seen[resource.text("urn")] = true
		all = append(all, &missing{resource: resource, pending: true})
	}
	if !r.Missing {
		return all, nil
	}
	planned, err := r.planned(ctx)
	if err != nil {
		return nil, err
	}
	for _, resource := range planned {
		if !seen[resource.text("urn")] {
			all = append(all, &missing{resource: resource})
		}
	}
	return all, nil
}

// find gives each missing resource its id.
func (r *Recovery) find(ctx context.Context, known *state, all []*missing) error {
	for _, one := range all {
		kind := one.resource.text("type")
		if custom, _ := one.resource["custom"].(bool); !custom || strings.HasPrefix(kind, "pulumi:providers:") {
			continue // a component or a provider: AWS has none of them
		}
		look, ok := finders[kind]
		if !ok {
			return fmt.Errorf("%s: do not know how to find a %s in AWS: add it to cmd/threa/recovery/finders.go",
				name(one.resource), kind)
		}
		id, err := look(ctx, r.API, known, one.resource.object("inputs"))
		if err != nil && !errors.Is(err, errUnknown) {
			return fmt.Errorf("look for %s (%s): %w", name(one.resource), kind, err)
		}
		if err != nil || known.has(kind, id) || !known.hasProvider(one.resource.text("provider")) {
			id = ""
		}
		// What it depends on comes first in the list. Without that, it cannot have been created.
		if one.id = id; id != "" && !haveAll(known, all, dependencies(one.resource)) {
			one.id = ""
		}
	}
	return nil
}

// haveAll tells whether each URN is in the state, or about to be.
func haveAll(known *state, all []*missing, urns []string) bool {
	return !slices.ContainsFunc(urns, func(urn string) bool {
		found := slices.ContainsFunc(all, func(one *missing) bool { return one.id != "" && one.resource.text("urn") == urn })
		return !found && known.live(urn) == nil
	})
}

// deleteOrphans deletes what is too much in AWS.
func (r *Recovery) deleteOrphans(ctx context.Context, known *state) (int, error) {
	orphans, err := r.API.orphans(ctx, known)
	if err != nil || len(orphans) == 0 {
		return 0, err
	}
	var lines []string
	for _, one := range orphans {
		lines = append(lines, "delete: "+one.String())
	}
	if !r.Approve(strings.Join(lines, "\n") + "\n" + deleteQuestion) {
		return 0, ErrDeclined
	}
	for _, one := range orphans {
		if err := one.remove(ctx); err != nil && !absent(err) {
			return 0, fmt.Errorf("delete %s: %w", one, err)
		}
		r.Print("Deleted %s.", one)
	}
	return len(orphans), nil
}
