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
	// Print says one line.
	Print func(format string, values ...any)
	// Approve asks before anything is changed.
	Approve func(question string) bool
	// Missing also looks for what a preview would create: a run that lost an answer fails because it exists already.
	Missing bool
}

// ErrDeclined is returned when the user does not approve.
var ErrDeclined = errors.New("nothing was changed")

// missing is a resource that the state lacks and AWS may have.
type missing struct {
	resource object
	id       string // "" when AWS does not have it
	pending  bool   // a run was creating it when it ended
}

// Run finds out what is wrong, says so line by line, and mends it. It can be killed and run again.
func (r *Recovery) Run(ctx context.Context) error {
	known, err := r.load(ctx)
	if err != nil {
		return err
	}
	r.forgetInterrupted(known)
	all, err := r.missing(ctx, known)
	if err != nil {
		return err
	}
	if err := r.find(ctx, known, all); err != nil {
		return err
	}
	halfway := known.interrupted()
	taken := 0
	if r.announce(all, halfway) {
		if !r.Approve("Look at them, take over what AWS has and clear the rest?") {
			return ErrDeclined
		}
		if known, taken, err = r.takeOver(ctx, known, all, halfway); err != nil {
			return err
		}
	}
	swept, err := r.sweep(ctx, known)
	if err == nil && taken+swept == 0 {
		r.Print("The stack and AWS agree on what there is: nothing to recover.")
	}
	return err
}

// announce says what is to be looked at, and whether anything is.
func (r *Recovery) announce(all []*missing, halfway []object) bool {
	for _, resource := range halfway {
		r.Print("%s: its change or deletion was under way.", name(resource))
	}
	planned := 0
	for _, one := range all {
		switch {
		case one.pending:
			r.Print("%s: its creation was under way.", name(one.resource))
		case one.id != "":
			planned++
		}
	}
	if planned > 0 {
		r.Print("The next up would create %d more, which AWS may have already.", planned)
	}
	return planned > 0 || len(halfway) > 0 || slices.ContainsFunc(all, func(one *missing) bool { return one.pending })
}

// forgetInterrupted drops what a killed recovery has listed without looking at it: such resources have no outputs.
func (r *Recovery) forgetInterrupted(known *state) {
	for _, resource := range known.pendingCreates() {
		if listed := known.live(resource.text("urn")); listed != nil && len(listed.object("outputs")) == 0 {
			known.remove(listed)
		}
	}
}

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
			continue // a component, or settings: AWS knows nothing of them
		}
		look, ok := finders[kind]
		if !ok {
			return fmt.Errorf("%s: do not know how to find a %s in AWS: add it to internal/recovery/finders.go", name(one.resource), kind)
		}
		id, err := look(ctx, r.API, known, one.resource.object("inputs"))
		if err != nil && !errors.Is(err, errUnknown) {
			return fmt.Errorf("look for %s (%s): %w", name(one.resource), kind, err)
		}
		if err != nil || known.has(kind, id) {
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

// takeOver lists what has an id, lets the engine look at it and at what was left halfway, and keeps what is there and
// belongs to the stack. It returns how many resources were not as the state has them.
func (r *Recovery) takeOver(ctx context.Context, known *state, all []*missing, halfway []object) (*state, int, error) {
	var waiting []object
	refresh := []string{"refresh", "--yes", "--skip-preview", "--non-interactive"}
	for _, resource := range halfway {
		refresh = append(refresh, "--target", resource.text("urn"))
	}
	for _, one := range all {
		if one.id == "" {
			continue
		}
		known.adopt(one.resource, one.id)
		waiting = append(waiting, one.resource)
		refresh = append(refresh, "--target", one.resource.text("urn"))
	}
	// Until the end they stay listed as pending: a recovery that is killed starts over.
	known.setPendingCreates(waiting)
	if err := r.save(ctx, known); err != nil {
		return nil, 0, err
	}
	if len(waiting)+len(halfway) > 0 {
		if err := r.withLock(ctx, nil, refresh...); err != nil {
			return nil, 0, fmt.Errorf("look at what AWS has: %w", err)
		}
		var err error
		if known, err = r.load(ctx); err != nil {
			return nil, 0, err
		}
	}
	changed := len(halfway)
	for _, resource := range halfway {
		if known.live(resource.text("urn")) == nil {
			r.Print("%s: AWS has deleted it.", name(resource))
		} else {
			r.Print("%s: AWS has it; the state says now how it is.", name(resource))
		}
	}
	for _, one := range all {
		if r.judge(known, one) || one.pending {
			changed++
		}
	}
	known.setList("pending_operations", nil)
	return known, changed, r.save(ctx, known)
}

// judge keeps a resource that was found, with what the program wanted of it, or drops it from the state. It tells whether
// AWS has one.
func (r *Recovery) judge(known *state, one *missing) bool {
	urn, inputs := one.resource.text("urn"), one.resource.object("inputs")
	if one.id == "" {
		if one.pending {
			r.Print("%s: cleared; the next up creates it.", name(one.resource))
		}
		return false
	}
	found := known.live(urn)
	switch {
	case found == nil:
		known.revive(urn)
		if one.pending {
			r.Print("%s: AWS does not have it; the next up creates it.", name(one.resource))
		}
	case foreign(found.object("outputs"), inputs):
		known.remove(found)
		known.revive(urn)
		r.Print("%s: AWS has %s, but without this stack's tags: it belongs to something else and stays as it is.", name(one.resource), one.id)
	default:
		keep(found, inputs)
		r.Print("%s: AWS has it as %s; the stack takes it over.", name(one.resource), found.text("id"))
	}
	return found != nil
}

// foreign tells whether a resource that should have tags has not got ours. Every creation hands the tags over in the
// same call, so that even a half-made resource has them.
func foreign(outputs, inputs object) bool {
	ours := inputs.object("tags")
	if len(ours) == 0 {
		return false
	}
	actual := map[string]string{}
	for key := range outputs.object("tags") {
		actual[key] = outputs.object("tags").text(key)
	}
	return !sameTags(actual, ours)
}

// keep gives a resource the inputs that it was created with, and what AWS does not tell of them: passwords, and what
// concerns its deletion. Without them its next change would be another than the one that the program asks for.
func keep(found, inputs object) {
	outputs := found.object("outputs")
	for key, value := range inputs {
		if value == unknownValue || value == hiddenValue || strings.HasPrefix(key, "__") {
			continue
		}
		found.object("inputs")[key] = value
		if outputs[key] == nil {
			outputs[key] = value
		}
	}
}

// revive takes back that a resource is to be deleted, when there is no other in its place.
func (s *state) revive(urn string) {
	if s.live(urn) != nil {
		return
	}
	all := s.resources()
	for i := len(all) - 1; i >= 0; i-- {
		if all[i].text("urn") == urn {
			delete(all[i], "delete")
			break
		}
	}
	s.setList("resources", all)
}

// sweep deletes what is too much.
func (r *Recovery) sweep(ctx context.Context, known *state) (int, error) {
	orphans, err := r.API.orphans(ctx, known)
	if err != nil || len(orphans) == 0 {
		return 0, err
	}
	for _, one := range orphans {
		r.Print("%s: a %s belongs to this stack by tags or place, but is not in its state.", one.id, one.noun)
	}
	if !r.Approve("Delete them? AWS refuses what is in use.") {
		return 0, ErrDeclined
	}
	for _, one := range orphans {
		if err := one.remove(ctx); err != nil && !absent(err) {
			return 0, fmt.Errorf("delete the %s %s: %w", one.noun, one.id, err)
		}
		r.Print("%s: deleted.", one.id)
	}
	return len(orphans), nil
}
