package e2e

import (
	"fmt"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/local/shim"
)

// honest are the faults that a client can tell: the call was not carried out, or took its time.
var honest = []shim.FaultKind{shim.FaultThrottle, shim.FaultError, shim.FaultLostRequest, shim.FaultSlow}

// takenOver is how recovery reports a resource that AWS had and the state did not.
const takenOver = ": imported "

// faultyLife brings a stack up and down while a fifth of all calls fail, and in between someone changes it by hand.
func faultyLife(t *testing.T, s *sandbox, o *outcome) {
	s.inject(t, shim.FaultPlan{Seed: 1, Rate: 0.2, Kinds: honest, SlowMillis: 300})
	s.must(t, "up")
	o.add(s.heal(t))
	for _, kind := range honest {
		require.Positive(t, o.injected[kind], "no fault of this kind was injected")
	}
	nothingToDo(t, s)
	o.twice += takeStock(t, s)

	o.changed = behindOurBack(t, s)

	s.inject(t, shim.FaultPlan{Seed: 2, Rate: 0.2, Kinds: honest, SlowMillis: 300})
	s.must(t, "destroy")
	o.add(s.heal(t))
	o.orphans += countLeft(t, s)
	total := 0
	for _, count := range o.injected {
		total += count
	}
	assert.Equal(t, total-o.injected[shim.FaultSlow], o.repeated, "every call that failed was repeated")
	o.verdict = "up and destroy complete by themselves; a preview names each change, and nothing else; up mends it"
}

// killedLife kills runs at one point after the other; each time the next run goes on from there.
func killedLife(t *testing.T, s *sandbox, o *outcome) {
	phases := []struct {
		set   []string // a setting that the phase begins with
		run   string
		kills []kill
	}{
		{nil, "up", []kill{
			{call: "ec2:CreateVpc", nth: 1, done: true},
			{call: "ec2:CreateSecurityGroup", nth: 2, done: true, alone: true},
			{call: "ec2:AuthorizeSecurityGroupIngress", nth: 1, done: true},
			{call: "rds:CreateDBInstance", nth: 1, done: true},
			{call: "ecs:RegisterTaskDefinition", nth: 1, done: true, alone: true},
			{call: "ecs:CreateService", nth: 1},
		}},
		{[]string{"containerMemory", "1024"}, "up", []kill{
			{call: "ecs:RegisterTaskDefinition", nth: 1, done: true},
			{call: "ecs:UpdateService", nth: 1, alone: true},
		}},
		{nil, "destroy", []kill{
			{call: "ecs:DeleteService", nth: 1, done: true},
			{call: "rds:DeleteDBInstance", nth: 1, done: true},
		}},
	}
	for _, phase := range phases {
		if phase.set != nil {
			s.must(t, append([]string{"config", "set"}, phase.set...)...)
		}
		for i, k := range phase.kills {
			if !*full && i%3 != 0 {
				continue // CI: the first and, where there are so many, the fourth
			}
			var meanwhile func()
			if o.killed == 0 {
				meanwhile = func() { refusesASecond(t, s) }
			}
			s.killAt(t, k, meanwhile, phase.run)
			o.killed++
		}
		s.must(t, phase.run)
		if phase.run == "destroy" {
			continue
		}
		nothingToDo(t, s)
		o.twice += takeStock(t, s)
		lookAtRules(t, s)
		noSecretInTheClear(t, s)
	}
	o.recovered = strings.Count(s.printed.String(), takenOver)
	o.orphans += countLeft(t, s)
	o.verdict = "the next run says what came of the killed one, takes it over and completes; the second up is refused"
}

// abandonedLife kills an up and never wants another: a destroy deletes what the state does not know yet, too.
func abandonedLife(t *testing.T, s *sandbox, o *outcome) {
	s.killAt(t, kill{call: "ec2:CreateSecurityGroup", nth: 1, done: true}, nil, "up")
	o.killed = 1
	o.recovered = strings.Count(s.must(t, "destroy"), takenOver)
	require.Positive(t, o.recovered, "the group and what was made beside it")
	o.orphans = countLeft(t, s)
	o.verdict = "the destroy takes it over and deletes it"
}

// refusesASecond runs another up while one is under way.
func refusesASecond(t *testing.T, s *sandbox) {
	t.Helper()
	out := s.fails(t, "up")
	assert.Contains(t, out, "another command is running on this local AWS: go run ./local up")
	assert.Contains(t, out, "wait for it, or stop it with: kill -INT")
}

// forgetfulLife loses answers. A client must repeat such a call, and AWS then says that it exists already, or makes a
// second one: an up can fail, but it says why, and recovery and the next up go on.
func forgetfulLife(t *testing.T, s *sandbox, o *outcome) {
	const patience = 12
	failures := 0
	for done := false; !done; {
		s.inject(t, shim.FaultPlan{Seed: uint64(failures), Rate: 0.2, Kinds: []shim.FaultKind{shim.FaultLostAnswer}})
		out, code := s.run("up")
		o.add(s.heal(t))
		if done = code == 0; !done {
			failures++
			require.Less(t, failures, patience, "%s", out)
			assert.Contains(t, out, "error:")
		}
		o.recovered += strings.Count(s.threa(t, "recover", "--yes"), takenOver)
	}
	s.must(t, "up")
	nothingToDo(t, s)
	o.twice += takeStock(t, s)
	assert.Contains(t, s.threa(t, "recover", "--yes"), "nothing to recover")
	lookAtRules(t, s)
	noSecretInTheClear(t, s)

	s.must(t, "destroy")
	o.orphans += countLeft(t, s)
	o.verdict = fmt.Sprintf("%d ups failed with a clear message; threa recover and the next up completed", failures)
}

// TestTheLocalAWSItselfCanBeKilled kills it together with the up that uses it: then nothing of it is left to recover.
func TestTheLocalAWSItselfCanBeKilled(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	s.must(t, "preview")
	s.killAt(t, kill{call: "ec2:CreateSubnet", nth: 1, done: true}, nil, "up")
	require.NoError(t, syscall.Kill(s.process(t, "local-aws.json").PID, syscall.SIGKILL))
	out := s.must(t, "preview")
	assert.Contains(t, out, "The local AWS was stopped and its resources are gone; the stack starts empty.")
	assert.NotContains(t, out, "goroutine")
	assert.NotContains(t, out, "unchanged")
}
