package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// stock lists, per type of resource, the question that AWS answers with all that it has of it. What an account has from
// the start does not count. Types that can exist once only, because they are part of something here, are left out.
var stock = map[string][]string{
	"aws:ec2/vpc:Vpc":                         {"ec2", "describe-vpcs", "Vpcs[?!IsDefault].VpcId"},
	"aws:ec2/subnet:Subnet":                   {"ec2", "describe-subnets", "Subnets[?!DefaultForAz].SubnetId"},
	"aws:ec2/internetGateway:InternetGateway": {"ec2", "describe-internet-gateways", "InternetGateways[].InternetGatewayId"},
	"aws:ec2/routeTable:RouteTable": {"ec2", "describe-route-tables",
		"RouteTables[?Tags[?Key=='ManagedBy']].RouteTableId"},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {"ec2", "describe-route-tables",
		"RouteTables[?Tags[?Key=='ManagedBy']].Associations[].RouteTableAssociationId"},
	"aws:ec2/securityGroup:SecurityGroup":     {"ec2", "describe-security-groups", "SecurityGroups[?GroupName!='default'].GroupId"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":  {"cloudwatch", "describe-alarms", "MetricAlarms[].AlarmName"},
	"aws:cloudwatch/dashboard:Dashboard":      {"cloudwatch", "list-dashboards", "DashboardEntries[].DashboardName"},
	"aws:cloudwatch/logGroup:LogGroup":        {"logs", "describe-log-groups", "logGroups[].logGroupName"},
	"aws:ecr/repository:Repository":           {"ecr", "describe-repositories", "repositories[].repositoryName"},
	"aws:ecs/cluster:Cluster":                 {"ecs", "list-clusters", "clusterArns"},
	"aws:ecs/taskDefinition:TaskDefinition":   {"ecs", "list-task-definitions", "taskDefinitionArns"},
	"aws:rds/instance:Instance":               {"rds", "describe-db-instances", "DBInstances[].DBInstanceIdentifier"},
	"aws:rds/subnetGroup:SubnetGroup":         {"rds", "describe-db-subnet-groups", "DBSubnetGroups[].DBSubnetGroupName"},
	"aws:iam/role:Role":                       {"iam", "list-roles", "Roles[].RoleName"},
	"aws:ssm/parameter:Parameter":             {"ssm", "describe-parameters", "Parameters[].Name"},
	"aws:elasticache/subnetGroup:SubnetGroup": {"elasticache", "describe-cache-subnet-groups", "CacheSubnetGroups[].CacheSubnetGroupName"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {"elasticache", "describe-replication-groups",
		"ReplicationGroups[].ReplicationGroupId"},
	"aws:rds/parameterGroup:ParameterGroup": {"rds", "describe-db-parameter-groups",
		"DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName"},
}

// takeStock holds what AWS has against the stack's state and returns how much there is too much. Less is a failure.
func takeStock(t *testing.T, s *sandbox) int {
	t.Helper()
	text, err := s.command("stack", "export").Output()
	require.NoError(t, err)
	var exported struct {
		Deployment struct {
			Resources         []struct{ Type string }
			PendingOperations []any `json:"pending_operations"`
		}
	}
	require.NoError(t, json.Unmarshal(text, &exported))
	assert.Empty(t, exported.Deployment.PendingOperations)
	recorded := map[string]int{}
	for _, one := range exported.Deployment.Resources {
		recorded[one.Type]++
	}
	tooMany := 0
	for kind, question := range stock {
		found := aws[[]string](t, s, question[0], question[1], "--query", question[2])
		assert.GreaterOrEqual(t, len(found), recorded[kind], "%s: the state lists what AWS does not have: %v", kind, found)
		if len(found) > recorded[kind] {
			tooMany += len(found) - recorded[kind]
			t.Logf("%s: the state has %d, AWS %v", kind, recorded[kind], found)
		}
	}
	return tooMany
}

// countLeft is how much AWS has after a destroy.
func countLeft(t *testing.T, s *sandbox) int {
	t.Helper()
	count := 0
	for question, left := range leftovers(t, s) {
		count += len(left)
		if len(left) > 0 {
			t.Logf("%s: %s", question, strings.Join(left, ", "))
		}
	}
	return count
}
