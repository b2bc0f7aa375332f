package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// resourceQueries lists the AWS command that lists all resources of a type. Resources of a new account do not count.
// Types whose resources are part of another resource here are left out.
var resourceQueries = map[string][]string{
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

// countDuplicates compares AWS with the stack's state and returns the number of resources that only AWS has. Resources
// that only the state has are a failure.
func countDuplicates(t *testing.T, s *sandbox) int {
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
	for kind, question := range resourceQueries {
		found := aws[[]string](t, s, question[0], question[1], "--query", question[2])
		assert.GreaterOrEqual(t, len(found), recorded[kind], "%s: the state has resources that AWS does not have: %v", kind, found)
		if len(found) > recorded[kind] {
			tooMany += len(found) - recorded[kind]
			t.Logf("%s: the state has %d, AWS %v", kind, recorded[kind], found)
		}
	}
	return tooMany
}

// countOrphans returns the number of resources after a destroy.
func countOrphans(t *testing.T, s *sandbox) int {
	t.Helper()
	count := 0
	for question, left := range remainingResources(t, s) {
		count += len(left)
		if len(left) > 0 {
			t.Logf("%s: %s", question, strings.Join(left, ", "))
		}
	}
	return count
}
