package network

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/mocks"
)

// A changed name or description replaces a group, which AWS refuses while it is in use. Each kind of ingress has rules
// of its own names: the old rule is deleted after the new one exists, so a change leaves no gap.
func TestNew_MatchesGolden(t *testing.T) {
	for name, args := range map[string]*Args{
		"direct":        dedicated(nil),
		"load-balancer": dedicated(func(a *Args) { a.LoadBalancer, a.ContainerPort = true, 8080 }),
		"tunnel":        dedicated(func(a *Args) { a.Tunnel, a.CachePort = true, 0 }),
		"existing-vpc":  existing(nil),
	} {
		stack, _ := mustBuild(t, args, account())
		mocks.Golden(t, name+".txt", stack.Describe())
		assert.Len(t, args.Tags, 1, "the caller's tags are unchanged")
	}
}

func TestGroups_ResolveAfterTheirRules(t *testing.T) {
	_, direct := mustBuild(t, dedicated(nil), nil)
	_, balancer := mustBuild(t, dedicated(balanced), nil)
	for _, row := range []struct {
		group mocks.Awaited
		id    string
		rules []string
	}{
		{direct["tasks"], "network-ecs-tasks-id", []string{
			ingressToken + " network-tasks-from-internet", egressToken + " network-tasks-to-internet",
		}},
		{balancer["tasks"], "network-ecs-tasks-id", []string{ingressToken + " network-tasks-from-load-balancer"}},
		{balancer["balancer"], "network-load-balancer-id", []string{
			ingressToken + " network-https-from-internet", ingressToken + " network-http-from-internet",
			egressToken + " network-load-balancer-to-tasks",
		}},
	} {
		assert.Equal(t, row.id, row.group.Value)
		assert.Subset(t, row.group.Dependencies, row.rules)
	}
}
