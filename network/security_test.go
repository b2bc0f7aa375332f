package network

import (
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// traffic describes every rule of every group, sorted.
func traffic(stack *mocks.Recording) []string {
	var rules []string
	for _, r := range slices.Concat(stack.OfType(ingressToken), stack.OfType(egressToken)) {
		direction := "into"
		if r.Type == egressToken {
			direction = "out of"
		}
		rules = append(rules, fmt.Sprintf("%s %s: %s %s-%s %s%s", direction, r.Text("securityGroupId"), r.Text("ipProtocol"),
			r.Text("fromPort"), r.Text("toPort"), r.Text("cidrIpv4"), r.Text("referencedSecurityGroupId")))
	}
	slices.Sort(rules)
	return rules
}

func TestRules_AllowOnly(t *testing.T) {
	const (
		database     = "into network-rds-id: tcp 5432-5432 network-ecs-tasks-id"
		cache        = "into network-redis-id: tcp 6379-6379 network-ecs-tasks-id"
		tasksOut     = "out of network-ecs-tasks-id: -1 - 0.0.0.0/0"
		fromInternet = "into network-ecs-tasks-id: tcp 3000-3000 0.0.0.0/0"
	)
	for name, row := range map[string]struct {
		change func(*Args)
		want   []string
	}{
		"direct":        {nil, []string{fromInternet, database, cache, tasksOut}},
		"without cache": {func(a *Args) { a.CachePort = 0 }, []string{fromInternet, database, tasksOut}},
		"tunnel":        {func(a *Args) { a.Tunnel = true }, []string{database, cache, tasksOut}},
		"another port": {func(a *Args) { a.ContainerPort = 8080 }, []string{
			"into network-ecs-tasks-id: tcp 8080-8080 0.0.0.0/0", database, cache, tasksOut,
		}},
		"load balancer, another port": {func(a *Args) { a.LoadBalancer, a.ContainerPort = true, 8080 }, []string{
			"into network-ecs-tasks-id: tcp 8080-8080 network-load-balancer-id",
			"into network-load-balancer-id: tcp 443-443 0.0.0.0/0",
			"into network-load-balancer-id: tcp 80-80 0.0.0.0/0",
			database, cache, tasksOut,
			"out of network-load-balancer-id: tcp 8080-8080 network-ecs-tasks-id",
		}},
	} {
		stack, _ := mustBuild(t, dedicated(row.change), nil)
		assert.Equal(t, row.want, traffic(stack), name)
		for _, g := range stack.OfType(groupToken) {
			assert.True(t, g.Value("ingress").IsNull() && g.Value("egress").IsNull(), "%s has rules inside the group", g.Name)
		}
	}
}

// The old rule is deleted after the new one exists, so a change of the ingress leaves no gap.
func TestRules_IngressKindsHaveTheirOwnNames(t *testing.T) {
	direct, _ := mustBuild(t, dedicated(nil), nil)
	balancer, _ := mustBuild(t, dedicated(balanced), nil)
	assert.Contains(t, values(direct, ingressToken, "toPort"), "network-tasks-from-internet")
	assert.NotContains(t, values(balancer, ingressToken, "toPort"), "network-tasks-from-internet")
}

func TestRules_SameInAnExistingVPC(t *testing.T) {
	created, _ := mustBuild(t, dedicated(nil), nil)
	stack, out := mustBuild(t, existing(nil), account())
	assert.Equal(t, traffic(created), traffic(stack))
	for name, vpc := range values(stack, groupToken, "vpcId") {
		assert.Equal(t, out["vpc"].Value, vpc, name)
	}
}

// A changed name or description replaces a group, which AWS refuses while it is in use.
func TestGroups_NamesAndDescriptionsNeverChange(t *testing.T) {
	stack, out := mustBuild(t, dedicated(balanced), nil)
	assert.Equal(t, map[string]string{
		"network-ecs-tasks": "threa-ecs-tasks", "network-rds": "threa-rds", "network-redis": "threa-redis",
		"network-load-balancer": "threa-load-balancer",
	}, values(stack, groupToken, "name"))
	assert.Equal(t, map[string]string{
		"network-ecs-tasks":     "Security group for ECS tasks",
		"network-rds":           "Security group for RDS PostgreSQL",
		"network-redis":         "Security group for ElastiCache Redis",
		"network-load-balancer": "Security group for the load balancer",
	}, values(stack, groupToken, "description"))
	assert.Equal(t, []any{"network-rds-id", "network-redis-id"}, []any{out["database"].Value, out["cache"].Value})

	stack, _ = mustBuild(t, dedicated(func(a *Args) { a.CachePort = 0 }), nil)
	require.Len(t, stack.OfType(groupToken), 2, "no group for a cache that does not exist")
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
