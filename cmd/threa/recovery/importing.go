package recovery

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
)

// candidateSuffix ends the logical name of a candidate.
const candidateSuffix = "-recovery-candidate"

// updateState reads candidates and interrupted resources, imports the candidates that are this stack's and clears the
// pending operations. It returns how many resources differed between the state and AWS.
func (r *Recovery) updateState(
	ctx context.Context, known *state, all []*missing, recordOwned bool,
) (*state, int, error) {
	interrupted := known.interrupted()
	known, err := r.read(ctx, known, all, interrupted)
	if err != nil {
		return nil, 0, err
	}
	for _, resource := range interrupted {
		if known.live(resource.text("urn")) == nil {
			r.Print("%s: its deletion was complete; removed from the state.", name(resource))
		} else {
			r.Print("%s: read again after an interrupted change or deletion.", name(resource))
		}
	}
	changed := len(interrupted)
	for _, one := range all {
		if r.settle(known, one, recordOwned) || one.pending {
			changed++
		}
	}
	known.setList("pending_operations", nil)
	return known, changed, r.save(ctx, known)
}

// read has the engine read candidates and interrupted resources from AWS, and returns the state with what it read.
// "pulumi stack import" drops all pending operations. If the recovery is killed after it, the next one finds the same
// resources among those that a preview would create.
func (r *Recovery) read(ctx context.Context, known *state, all []*missing, interrupted []object) (*state, error) {
	var urns []string
	for _, resource := range interrupted {
		urns = append(urns, resource.text("urn"))
	}
	for _, one := range all {
		if one.id != "" {
			urns = append(urns, known.addCandidate(one.resource, one.id))
		}
	}
	if len(urns) == 0 {
		return known, nil
	}
	if err := r.save(ctx, known); err != nil {
		return nil, err
	}
	refresh := []string{"refresh", "--yes", "--skip-preview", "--non-interactive"}
	for _, urn := range urns {
		refresh = append(refresh, "--target", urn)
	}
	if err := r.withLock(ctx, nil, refresh...); err != nil {
		return nil, fmt.Errorf("read resources from AWS: %w", err)
	}
	return r.load(ctx)
}

// settle imports a candidate if it is this stack's, and removes it otherwise. It returns whether AWS has one.
func (r *Recovery) settle(known *state, one *missing, recordOwned bool) bool {
	candidate := known.live(candidateURN(one.resource))
	switch {
	case candidate == nil && one.pending:
		r.Print("%s: cleared; the next up creates it.", name(one.resource))
	case candidate == nil:
	case !haveAll(known, nil, dependencies(one.resource)),
		!belongs(known, one.resource, candidate.object("outputs"), recordOwned):
		r.Print("%s: not imported. AWS has %s, but nothing proves that it is this stack's.", name(one.resource), one.id)
	default:
		known.importResource(one.resource, candidate)
		r.Print("%s: imported %s.", name(one.resource), candidate.text("id"))
	}
	if candidate != nil {
		known.remove(candidate)
	}
	return candidate != nil
}

func candidateURN(resource object) string { return resource.text("urn") + candidateSuffix }

// notForCandidates are the keys of a resource that may refer to resources that are not in the state yet, or that would
// keep a destroy from dropping the candidate.
var notForCandidates = []string{
	"dependencies", "propertyDependencies", "parent", "protect", "deletedWith", "replaceWith", "aliases",
}

// addCandidate adds a resource that may be this stack's, and returns its URN. The engine reads an external resource in
// a refresh, but never changes or deletes it. The URN is not the one of the resource: an up or a destroy after a
// recovery that was killed drops it from the state, and a resource that it would replace stays as it is.
func (s *state) addCandidate(resource object, id string) string {
	candidate := maps.Clone(resource)
	for _, key := range notForCandidates {
		delete(candidate, key)
	}
	candidate["urn"], candidate["id"], candidate["external"] = candidateURN(resource), id, true
	candidate["outputs"] = map[string]any{}
	s.setList("resources", append(s.resources(), candidate))
	return candidate.text("urn")
}

// removeCandidates removes what a killed recovery has left.
func (s *state) removeCandidates() {
	s.setList("resources", slices.DeleteFunc(s.resources(), func(one object) bool {
		return one["external"] == true && strings.HasSuffix(one.text("urn"), candidateSuffix)
	}))
}

// importResource adds a resource as the engine has read its candidate. The next up deletes what it replaces.
func (s *state) importResource(resource, candidate object) {
	all := s.resources()
	for _, one := range all {
		if one.text("urn") == resource.text("urn") {
			one["delete"] = true
		}
	}
	imported := maps.Clone(resource)
	imported["id"], imported["inputs"], imported["outputs"] = candidate["id"], candidate["inputs"], candidate["outputs"]
	mergeInputs(imported, resource.object("inputs"))
	s.setList("resources", append(all, imported))
}

// mergeInputs gives a resource the inputs that it was created with, and what AWS does not tell of them: passwords, and
// what concerns its deletion. Without them the next up would change what the program does not ask for.
func mergeInputs(imported, inputs object) {
	merged, outputs := maps.Clone(imported.object("inputs")), imported.object("outputs")
	if merged == nil {
		merged = object{}
	}
	for key, value := range inputs {
		if value == unknownValue || value == hiddenValue || strings.HasPrefix(key, "__") {
			continue
		}
		merged[key] = value
		if outputs[key] == nil {
			outputs[key] = value
		}
	}
	imported["inputs"] = map[string]any(merged)
}

// hasProvider tells whether the state has a provider, given as "URN::id". Without it no run can have created anything.
func (s *state) hasProvider(reference string) bool {
	return reference == "" || slices.ContainsFunc(s.resources(), func(one object) bool {
		return one.text("urn")+"::"+one.text("id") == reference
	})
}
