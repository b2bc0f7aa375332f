package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim"
)

// visibleFaults are the faults that a client can detect: the call was not executed, or it was slow.
var visibleFaults = []shim.FaultKind{shim.FaultThrottle, shim.FaultError, shim.FaultLostRequest, shim.FaultSlow}

// importedResource is in recovery's report of a resource that was missing from the state.
const importedResource = ": imported "

// deployWithFaults deploys and destroys a stack while a fifth of all calls fail. In between, it is changed by hand.
func deployWithFaults(t *testing.T, s *sandbox, o *faultOutcome) {
	s.injectFaults(t, shim.FaultPlan{Seed: 1, Rate: 0.2, Kinds: visibleFaults, SlowMillis: 300})
	s.must(t, "up")
	o.add(s.clearFaults(t))
	for _, kind := range visibleFaults {
		require.Positive(t, o.injected[kind], "no fault of this kind was injected: %s", kind)
	}
	expectNoChanges(t, s)
	o.duplicates += countDuplicates(t, s)

	o.changed = revertManualChanges(t, s)

	s.injectFaults(t, shim.FaultPlan{Seed: 2, Rate: 0.2, Kinds: visibleFaults, SlowMillis: 300})
	s.must(t, "destroy")
	o.add(s.clearFaults(t))
	o.orphans += countOrphans(t, s)
	total := 0
	for _, count := range o.injected {
		total += count
	}
	assert.Equal(t, total-o.injected[shim.FaultSlow], o.repeated, "every failed call was retried")
	o.result = "up and destroy complete without help; the preview shows each manual change and nothing else; up reverts it"
}

// deployWithKills kills a run at every point. Each time, the next run continues.
func deployWithKills(t *testing.T, s *sandbox, o *faultOutcome) {
	phases := []struct {
		set   []string // a key and its value, set before the phase
		run   string
		kills []killPoint
	}{
		{nil, "up", []killPoint{
			{call: "ec2:CreateVpc", nth: 1, done: true},
			{call: "ec2:CreateSecurityGroup", nth: 2, done: true, alone: true},
			{call: "ec2:AuthorizeSecurityGroupIngress", nth: 1, done: true},
			{call: "rds:CreateDBInstance", nth: 1, done: true},
			{call: "ecs:RegisterTaskDefinition", nth: 1, done: true, alone: true},
			{call: "ecs:CreateService", nth: 1},
		}},
		{[]string{"containerMemory", "1024"}, "up", []killPoint{
			{call: "ecs:RegisterTaskDefinition", nth: 1, done: true},
			{call: "ecs:UpdateService", nth: 1, alone: true},
		}},
		{nil, "destroy", []killPoint{
			{call: "ecs:DeleteService", nth: 1, done: true},
			{call: "rds:DeleteDBInstance", nth: 1, done: true},
		}},
	}
	if !*full { // the first point only, and a destroy
		phases[0].kills, phases[2].kills = phases[0].kills[:1], nil
		phases = slices.Delete(phases, 1, 2)
	}
	for _, phase := range phases {
		s.set(t, phase.set...)
		for _, k := range phase.kills {
			var meanwhile func()
			if o.killed == 0 {
				meanwhile = func() { refuseConcurrentUp(t, s) }
			}
			s.killAt(t, k, meanwhile, phase.run)
			o.killed++
		}
		s.must(t, phase.run)
		if phase.run == "destroy" {
			continue
		}
		expectNoChanges(t, s)
		o.duplicates += countDuplicates(t, s)
		checkSecurityGroupRules(t, s)
		checkSecretsEncrypted(t, s)
	}
	o.recovered = strings.Count(s.printed.String(), importedResource)
	o.orphans += countOrphans(t, s)
	o.result = "the next run reports what the killed one left, recovers it and completes; the second up is rejected"
}

// destroyAfterKill kills an up. A destroy also deletes the resources that are missing from the state.
func destroyAfterKill(t *testing.T, s *sandbox, o *faultOutcome) {
	s.killAt(t, killPoint{call: "ec2:CreateSecurityGroup", nth: 1, done: true}, nil, "up")
	o.killed = 1
	o.recovered = strings.Count(s.must(t, "destroy"), importedResource)
	require.Positive(t, o.recovered, "the security group and the resources created at the same time")
	o.orphans = countOrphans(t, s)
	o.result = "the destroy recovers the resources and deletes them"
}

// refuseConcurrentUp runs another up while one is running.
func refuseConcurrentUp(t *testing.T, s *sandbox) {
	t.Helper()
	out := s.fails(t, "up")
	assert.Contains(t, out, "another command is running on this local AWS: go run ./local up")
	assert.Contains(t, out, "wait for it, or stop it with: kill -INT")
}

// deployWithLostAnswers loses answers after AWS has executed the calls. The client retries, and AWS reports that the
// resource exists or creates a second one. So an up can fail with a clear message; recovery and the next up complete.
func deployWithLostAnswers(t *testing.T, s *sandbox, o *faultOutcome) {
	const maxFailures = 12
	failures := 0
	for done := false; !done; {
		s.injectFaults(t, shim.FaultPlan{Seed: uint64(failures), Rate: 0.2, Kinds: []shim.FaultKind{shim.FaultLostAnswer}})
		out, code := s.run("up")
		o.add(s.clearFaults(t))
		if done = code == 0; !done {
			failures++
			require.Less(t, failures, maxFailures, "%s", out)
			assert.Contains(t, out, "error:")
		}
		o.recovered += strings.Count(s.threa(t, 0, "", "recover", "--yes"), importedResource)
	}
	s.must(t, "up")
	expectNoChanges(t, s)
	o.duplicates += countDuplicates(t, s)
	assert.Contains(t, s.threa(t, 0, "", "recover", "--yes"), "Nothing to recover")
	checkSecurityGroupRules(t, s)
	checkSecretsEncrypted(t, s)

	s.must(t, "destroy")
	o.orphans += countOrphans(t, s)
	o.result = fmt.Sprintf("%d up failed with a clear message; threa recover and the next up completed", failures)
}
