package recovery

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// A candidate is an external resource in the state that may be this stack's. The engine reads an external resource in a
// refresh, but never changes or deletes it. Its URN is the resource's, with this suffix. So if the recovery is killed,
// the next up or destroy drops only the candidate from the state. It keeps the resource that the candidate would
// replace.
const candidateSuffix = "-recovery-candidate"

// "pulumi stack import" drops pending operations. A recovery that was killed must find them again. Until a recovery is
// complete, a component of this type therefore holds them in its output "operations".
const pendingType = "threa:recovery:PendingOperations"

// updateState reads candidates and interrupted resources, imports the candidates that are this stack's and clears the
// pending operations.
func (r *Recovery) updateState(ctx context.Context, known *state, resources []*missing) (*state, error) {
	interrupted := known.interrupted()
	known, err := r.read(ctx, known, resources, interrupted)
	if err != nil {
		return nil, err
	}
	for _, i := range interrupted {
		if known.live(i.URN) == nil {
			r.report("%s: its deletion was complete; removed from the state.", i.URN.Name())
		} else {
			r.report("%s: read again after an interrupted change or deletion.", i.URN.Name())
		}
	}
	for _, m := range resources {
		r.settle(known, m)
	}
	known.PendingOperations = nil
	known.Resources = slices.DeleteFunc(known.Resources, isPendingHolder)
	return known, r.save(ctx, known)
}

// read has the engine read candidates and interrupted resources from AWS, and returns the state with what it read.
func (r *Recovery) read(
	ctx context.Context, known *state, resources []*missing, interrupted []apitype.ResourceV3,
) (*state, error) {
	var urns []string
	for _, i := range interrupted {
		urns = append(urns, string(i.URN))
	}
	for _, m := range resources {
		if m.id != "" {
			known.addCandidate(m)
			urns = append(urns, string(candidateURN(m.URN)))
		}
	}
	if len(urns) == 0 {
		return known, nil
	}
	known.holdPending()
	if err := r.save(ctx, known); err != nil {
		return nil, err
	}
	if err := r.refresh(ctx, urns); err != nil {
		return nil, err
	}
	return r.load(ctx)
}

// settle imports a candidate if it is this stack's, and removes it otherwise.
func (r *Recovery) settle(known *state, m *missing) {
	name, urn := m.URN.Name(), candidateURN(m.URN)
	found := known.live(urn)
	if found == nil {
		if m.pending {
			r.report("%s: cleared; the next up creates it.", name)
		}
		return
	}
	candidate := *found
	known.Resources = slices.DeleteFunc(known.Resources, func(r apitype.ResourceV3) bool { return r.URN == urn })
	if !haveAll(known, nil, dependencies(m.ResourceV3)) || !r.belongs(known, m.ResourceV3, candidate.Outputs) {
		r.report("%s: not imported. AWS has %s, but nothing proves that it is this stack's.", name, m.id)
		return
	}
	known.importResource(m.ResourceV3, candidate)
	r.report("%s: imported %s.", name, candidate.ID)
}

func candidateURN(urn resource.URN) resource.URN { return urn + candidateSuffix }

// addCandidate adds a candidate for a missing resource. It has no dependencies, because these may not be in the state
// yet, and no protection, because a destroy must be able to drop it.
func (s *state) addCandidate(m *missing) {
	s.Resources = append(s.Resources, apitype.ResourceV3{
		URN: candidateURN(m.URN), Type: m.Type, Custom: true, External: true, ID: resource.ID(m.id),
		Inputs: m.Inputs, Outputs: map[string]any{}, Provider: m.Provider,
		AdditionalSecretOutputs: m.AdditionalSecretOutputs,
	})
}

// holdPending adds the component that holds the pending operations.
func (s *state) holdPending() {
	if len(s.PendingOperations) == 0 {
		return
	}
	urn := s.PendingOperations[0].Resource.URN
	s.Resources = append(s.Resources, apitype.ResourceV3{
		URN:     resource.NewURN(urn.Stack(), urn.Project(), "", pendingType, "pending-operations"),
		Type:    pendingType,
		Outputs: map[string]any{"operations": s.PendingOperations},
	})
}

func isPendingHolder(r apitype.ResourceV3) bool { return r.Type == pendingType }

// restore removes what a recovery that was killed has added to the state, and restores the pending operations.
func (s *state) restore() error {
	for _, r := range s.Resources {
		if !isPendingHolder(r) {
			continue
		}
		var operations []apitype.OperationV2
		text, err := json.Marshal(r.Outputs["operations"])
		if err == nil {
			err = json.Unmarshal(text, &operations)
		}
		if err != nil {
			return fmt.Errorf("read the pending operations of a recovery that was killed: %w", err)
		}
		s.PendingOperations = append(s.PendingOperations, operations...)
	}
	s.Resources = slices.DeleteFunc(s.Resources, func(r apitype.ResourceV3) bool {
		return isPendingHolder(r) || r.External && strings.HasSuffix(string(r.URN), candidateSuffix)
	})
	return nil
}
