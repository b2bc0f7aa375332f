package e2e

import (
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type service struct {
	DesiredCount   int
	TaskDefinition string
}

func describeService(t *testing.T, s *sandbox) service {
	t.Helper()
	services := aws[[]service](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services")
	require.Len(t, services, 1)
	return services[0]
}

func checkParameters(t *testing.T, s *sandbox) {
	parameters := map[string]string{}
	for _, parameter := range aws[[]struct{ Name, Type, Value string }](t, s, "ssm", "get-parameters-by-path",
		"--path", "/threa", "--recursive", "--with-decryption", "--query", "Parameters") {
		parameters[parameter.Name] = parameter.Value
		if parameter.Name != "/threa/stack" {
			assert.Equal(t, "SecureString", parameter.Type, parameter.Name)
		}
	}
	password, err := s.command("config", "get", "dbPassword").Output()
	require.NoError(t, err)
	outputs := s.outputs(t)

	database, err := url.Parse(parameters["/threa/database-url"])
	require.NoError(t, err)
	decoded, _ := database.User.Password()
	assert.True(t, decoded == strings.TrimSpace(string(password)), "the URL must contain the database's password")
	assert.Equal(t, outputs["rdsEndpoint"], database.Host)
	assert.Equal(t, []string{"postgresql", "threa", "/threa", "sslmode=verify-full"},
		[]string{database.Scheme, database.User.Username(), database.Path, database.RawQuery})

	redis, err := url.Parse(parameters["/threa/redis-url"])
	require.NoError(t, err)
	token, _ := redis.User.Password()
	assert.Equal(t, "rediss", redis.Scheme)
	assert.Len(t, token, 64)
	assert.Equal(t, outputs["redisEndpoint"].(string)+":6379", redis.Host)
}

// securityGroupRules returns the rules of the stack's security groups, as "group direction peer port".
func securityGroupRules(t *testing.T, s *sandbox) []string {
	t.Helper()
	groups := map[string]string{}
	for _, group := range aws[[]struct{ GroupId, GroupName, VpcId string }](t, s, "ec2", "describe-security-groups", "--query", "SecurityGroups") {
		if group.VpcId == s.outputs(t)["vpcId"] {
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

func checkRoles(t *testing.T, s *sandbox) {
	assert.ElementsMatch(t, []string{"threa-ecs-execution", "threa-ecs-task"},
		aws[[]string](t, s, "iam", "list-roles", "--query", "Roles[].RoleName"))
	for role, want := range map[string][]string{
		"threa-ecs-execution": {"threa-ecs-execution-image", "threa-ecs-execution-ssm"},
		"threa-ecs-task":      {"threa-ecs-task-exec"},
	} {
		assert.ElementsMatch(t, want, aws[[]string](t, s, "iam", "list-role-policies", "--role-name", role, "--query", "PolicyNames"))
		assert.Empty(t, aws[[]any](t, s, "iam", "list-attached-role-policies", "--role-name", role, "--query", "AttachedPolicies"))
	}
}
