// Package recovery repairs a stack after a run that was killed or that lost an answer of AWS. The state then lacks
// resources that AWS has: those whose creation was interrupted, and duplicates that repeated calls have created.
// Recovery imports what belongs to the stack, clears the other pending operations and deletes the duplicates.
//
// Another stack may have the same AWS names. Recovery does nothing if the owner record belongs to another stack. It
// imports a resource only with a proof that it belongs to this stack. It deletes only if the owner record belongs to
// this stack (ownership.go).
//
// "pulumi refresh --import-pending-creates" is not enough. It needs the id of each resource, imports without any proof,
// and loses the inputs that AWS does not return. It also misses resources that the state does not list as pending. So
// recovery finds the ids itself and has the engine read the resources first, as external resources (candidates.go).
// Reading, locking and writing the state are Pulumi's own, through its Automation API (stack.go).
//
// Both the command threa and the local AWS use this package.
package recovery

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// Recovery repairs one stack.
type Recovery struct {
	// Stack runs Pulumi on the stack. Required.
	Stack auto.Stack
	// ConfigFile is the stack's configuration. Default: Pulumi.<stack>.yaml.
	ConfigFile string
	// API calls AWS in the account and the region of the stack. Required.
	API *API
	// Print prints one line. Required.
	Print func(format string, values ...any)
	// Approve asks before anything is changed. Required.
	Approve func(question string) bool
	// Preview also looks for the resources that a preview would create: a run that lost an answer of AWS fails because
	// they exist already.
	Preview bool

	owned   bool // the owner record proves that the AWS names are this stack's
	changed bool // something was reported
}

// errDeclined is returned if the user does not approve.
var errDeclined = errors.New("nothing was changed")

const (
	updateQuestion = "Apply these changes to the state? Resources of other stacks are not imported. AWS does not change."
	deleteQuestion = "Delete these resources in AWS? They belong to this stack but are not in its state. " +
		"AWS rejects the deletion of resources in use."
)

// missing is a resource that the state lacks and AWS may have.
type missing struct {
	apitype.ResourceV3
	id      string // import id, "" if AWS does not have the resource
	pending bool   // a run was creating it when it ended
}

// Run compares the state with AWS, imports what interrupted runs have created and deletes duplicates. It changes
// nothing if the AWS names belong to another stack. It can be killed and run again.
func (r *Recovery) Run(ctx context.Context) error {
	known, err := r.begin(ctx)
	if err != nil {
		return err
	}
	var planned []apitype.ResourceV3
	if r.Preview {
		if planned, err = r.planned(ctx); err != nil {
			return err
		}
		// A preview takes its time. Another run may have changed the state since.
		if known, err = r.begin(ctx); err != nil {
			return err
		}
	}
	resources := missingResources(known, planned)
	if err := r.find(ctx, known, resources); err != nil {
		return err
	}
	if changes := stateChanges(resources, known.interrupted()); len(changes) > 0 {
		if !r.Approve(strings.Join(changes, "\n") + "\n" + updateQuestion) {
			return errDeclined
		}
		if known, err = r.updateState(ctx, known, resources); err != nil {
			return err
		}
	}
	if r.owned {
		if err := r.deleteOrphans(ctx, known); err != nil {
			return err
		}
	}
	if !r.changed {
		r.Print("Nothing to recover: the state matches AWS.")
	}
	return nil
}

// report prints a difference between the state and AWS.
func (r *Recovery) report(format string, values ...any) {
	r.changed = true
	r.Print(format, values...)
}

// stateChanges lists what is to be changed in the state, one resource per line.
func stateChanges(resources []*missing, interrupted []apitype.ResourceV3) []string {
	var lines []string
	for _, r := range interrupted {
		lines = append(lines, fmt.Sprintf("read again: %s %s", describe(r), r.ID))
	}
	for _, m := range resources {
		switch {
		case m.id != "":
			lines = append(lines, fmt.Sprintf("import: %s %s", describe(m.ResourceV3), m.id))
		case m.pending:
			lines = append(lines, "clear the pending creation: "+describe(m.ResourceV3))
		}
	}
	return lines
}

// describe returns the logical name and the type of a resource.
func describe(r apitype.ResourceV3) string { return fmt.Sprintf("%s (%s)", r.URN.Name(), r.Type) }

// begin exports the state and checks the owner record.
func (r *Recovery) begin(ctx context.Context) (*state, error) {
	known, err := r.load(ctx)
	if err != nil {
		return nil, err
	}
	if err := known.restore(); err != nil {
		return nil, err
	}
	r.owned, err = r.checkOwner(ctx, known)
	return known, err
}

// missingResources lists the pending creations, and the planned resources that the state does not have.
func missingResources(known *state, planned []apitype.ResourceV3) []*missing {
	var resources []*missing
	pending := map[resource.URN]bool{}
	for _, creation := range known.pendingCreates() {
		pending[creation.URN] = true
		resources = append(resources, &missing{ResourceV3: creation, pending: true})
	}
	for _, creation := range planned {
		if !pending[creation.URN] && known.live(creation.URN) == nil {
			resources = append(resources, &missing{ResourceV3: creation})
		}
	}
	return resources
}

// find sets the import id of each missing resource.
func (r *Recovery) find(ctx context.Context, known *state, resources []*missing) error {
	for _, m := range resources {
		kind := string(m.Type)
		if !m.Custom || strings.HasPrefix(kind, "pulumi:providers:") {
			continue // AWS has neither components nor providers
		}
		ids, err := r.API.importIDs(ctx, known, kind, m.Inputs)
		if err != nil && !errors.Is(err, errUnknown) {
			return fmt.Errorf("look for %s: %w", describe(m.ResourceV3), err)
		}
		// Dependencies come first in the list. Without them, the resource cannot have been created.
		if len(ids) > 0 && known.hasProvider(m.Provider) && haveAll(known, resources, dependencies(m.ResourceV3)) {
			m.id = ids[0]
		}
	}
	return nil
}

// haveAll returns whether each URN is in the state or about to be imported.
func haveAll(known *state, resources []*missing, urns []resource.URN) bool {
	return !slices.ContainsFunc(urns, func(urn resource.URN) bool {
		found := slices.ContainsFunc(resources, func(m *missing) bool { return m.id != "" && m.URN == urn })
		return !found && known.live(urn) == nil
	})
}
