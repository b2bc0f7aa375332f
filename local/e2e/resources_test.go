package e2e

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type ecsService struct {
	ServiceName, TaskDefinition   string
	DesiredCount, RunningCount    int
	HealthCheckGracePeriodSeconds int
	CapacityProviderStrategy      []struct{ CapacityProvider string }
	LoadBalancers                 []map[string]any
}

func describeService(t *testing.T, s *sandbox) ecsService {
	t.Helper()
	services := aws[[]ecsService](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query",
		"services")
	require.Len(t, services, 1)
	return services[0]
}

// securityGroupRules returns the rules of the stack's security groups, as "group direction peer port".
func securityGroupRules(t *testing.T, s *sandbox) []string {
	t.Helper()
	vpc := s.outputs(t)["vpcId"]
	groups := map[string]string{}
	for _, group := range aws[[]struct{ GroupId, GroupName, VpcId string }](t, s, "ec2", "describe-security-groups",
		"--query", "SecurityGroups") {
		if group.VpcId == vpc {
			groups[group.GroupId] = group.GroupName
		}
	}
	var rules []string
	for _, rule := range aws[[]struct {
		GroupId, CidrIpv4, IpProtocol string
		FromPort                      int
		IsEgress                      bool
		ReferencedGroupInfo           struct{ GroupId string }
	}](t, s, "ec2", "describe-security-group-rules", "--query", "SecurityGroupRules") {
		if name, ours := groups[rule.GroupId]; ours {
			direction := map[bool]string{true: "to", false: "from"}[rule.IsEgress]
			port := strconv.Itoa(rule.FromPort)
			if rule.FromPort < 0 {
				port = "all"
			}
			peer := rule.CidrIpv4 + groups[rule.ReferencedGroupInfo.GroupId]
			rules = append(rules, strings.Join([]string{name, direction, peer, port}, " "))
		}
	}
	return rules
}

func checkSecurityGroupRules(t *testing.T, s *sandbox) {
	assert.ElementsMatch(t, []string{
		"threa-ecs-tasks from 0.0.0.0/0 3000",
		"threa-ecs-tasks to 0.0.0.0/0 all",
		"threa-rds from threa-ecs-tasks 5432",
		"threa-redis from threa-ecs-tasks 6379",
	}, securityGroupRules(t, s))
}
