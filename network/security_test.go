package network

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

// traffic is every rule of every group as a sentence, sorted.
func traffic(stack *pulumitest.Recording) []string {
	var all []string
	for _, one := range slices.Concat(stack.OfType(ingressToken), stack.OfType(egressToken)) {
		direction := "into"
		if one.Type == egressToken {
			direction = "out of"
		}
		all = append(all, fmt.Sprintf("%s %s: %s %s-%s %s%s", direction, one.Text("securityGroupId"), one.Text("ipProtocol"),
			one.Text("fromPort"), one.Text("toPort"), one.Text("cidrIpv4"), one.Text("referencedSecurityGroupId")))
	}
	slices.Sort(all)
	return all
}

func TestTheseRulesAndNoOthersLetTrafficThrough(t *testing.T) {
	withoutCache := []string{
		"into network-ecs-tasks-id: tcp 3000-3000 0.0.0.0/0",
		"into network-rds-id: tcp 5432-5432 network-ecs-tasks-id",
		"out of network-ecs-tasks-id: -1 - 0.0.0.0/0",
	}
	withCache := slices.Insert(slices.Clone(withoutCache), 2, "into network-redis-id: tcp 6379-6379 network-ecs-tasks-id")
	for cache, want := range map[bool][]string{false: withoutCache, true: withCache} {
		stack, _ := mustBuild(t, dedicated(func(a *Args) { a.Cache = cache }), nil)
		assert.Equal(t, want, traffic(stack), "cache: %v", cache)
		for _, group := range stack.OfType(groupToken) {
			assert.True(t, group.Value("ingress").IsNull() && group.Value("egress").IsNull(),
				"%s: rules inside a group fight with rules beside it", group.Name)
		}
	}
}

func TestWithATunnelNobodyCanDialIn(t *testing.T) {
	stack, told := mustBuild(t, dedicated(func(a *Args) { a.Tunnel = true }), nil)
	for _, rule := range traffic(stack) {
		assert.NotContains(t, rule, "into network-ecs-tasks-id")
	}
	assert.Contains(t, traffic(stack), "out of network-ecs-tasks-id: -1 - 0.0.0.0/0")
	assert.Equal(t, "network-ecs-tasks-id", told["tasks"].Value)
}

func TestTheAppsPortIsTheOneThatIsOpen(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(func(a *Args) { a.ContainerPort = 8080 }), nil)
	assert.Contains(t, traffic(stack), "into network-ecs-tasks-id: tcp 8080-8080 0.0.0.0/0")
	assert.NotContains(t, strings.Join(traffic(stack), "\n"), "3000")
}

func TestAnExistingVPCGetsTheSameRules(t *testing.T) {
	made, _ := mustBuild(t, dedicated(nil), nil)
	taken, told := mustBuild(t, existing(nil), account())
	assert.Equal(t, traffic(made), traffic(taken))
	for name, vpc := range values(taken, groupToken, "vpcId") {
		assert.Equal(t, told["vpc"].Value, vpc, name)
	}
}

// Either of them replaces a group, which AWS refuses while something is in it.
func TestNamesAndDescriptionsOfGroupsNeverChange(t *testing.T) {
	stack, _ := mustBuild(t, dedicated(nil), nil)
	assert.Equal(t, map[string]string{
		"network-ecs-tasks": "threa-ecs-tasks", "network-rds": "threa-rds", "network-redis": "threa-redis",
	}, values(stack, groupToken, "name"))
	assert.Equal(t, map[string]string{
		"network-ecs-tasks": "Security group for ECS tasks",
		"network-rds":       "Security group for RDS PostgreSQL",
		"network-redis":     "Security group for ElastiCache Redis",
	}, values(stack, groupToken, "description"))
}

func TestTheTaskGroupIsKnownOnlyOnceItsRulesStand(t *testing.T) {
	_, told := mustBuild(t, dedicated(nil), nil)
	assert.Equal(t, "network-ecs-tasks-id", told["tasks"].Value)
	assert.Subset(t, told["tasks"].Dependencies, []string{
		ingressToken + " network-tasks-from-internet", egressToken + " network-tasks-to-internet",
	}, "a task that starts before could not pull its image")
}

func TestWithoutACacheThereIsNoGroupForIt(t *testing.T) {
	stack, told := mustBuild(t, dedicated(nil), nil)
	assert.Equal(t, "network-redis-id", told["cache"].Value)
	assert.Equal(t, "network-rds-id", told["database"].Value)
	require.Len(t, stack.OfType(groupToken), 3)

	stack, _ = mustBuild(t, dedicated(func(a *Args) { a.Cache = false }), nil)
	require.Len(t, stack.OfType(groupToken), 2)
}
