package e2e

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// resourceQuery is a call that lists all resources of a type, except for those of a new account and those that the user
// created.
type resourceQuery struct {
	service, operation, query string
	resource                  string // type of the resources; empty if they are part of other resources
}

var resourceQueries = []resourceQuery{
	{"ecs", "list-clusters", "clusterArns", "aws:ecs/cluster:Cluster"},
	{"ecs", "list-task-definitions", "taskDefinitionArns", "aws:ecs/taskDefinition:TaskDefinition"},
	{"ecr", "describe-repositories", "repositories[].repositoryName", "aws:ecr/repository:Repository"},
	{"rds", "describe-db-instances", "DBInstances[].DBInstanceIdentifier", "aws:rds/instance:Instance"},
	{"rds", "describe-db-subnet-groups", "DBSubnetGroups[].DBSubnetGroupName", "aws:rds/subnetGroup:SubnetGroup"},
	{"rds", "describe-db-parameter-groups",
		"DBParameterGroups[?!starts_with(DBParameterGroupName, 'default.')].DBParameterGroupName",
		"aws:rds/parameterGroup:ParameterGroup"},
	{"elasticache", "describe-replication-groups", "ReplicationGroups[].ReplicationGroupId",
		"aws:elasticache/replicationGroup:ReplicationGroup"},
	{"elasticache", "describe-cache-clusters", "CacheClusters[].CacheClusterId", ""},
	{"elasticache", "describe-cache-subnet-groups", "CacheSubnetGroups[].CacheSubnetGroupName",
		"aws:elasticache/subnetGroup:SubnetGroup"},
	{"ssm", "describe-parameters", "Parameters[?Name!='/threa/workos-api-key'].Name", "aws:ssm/parameter:Parameter"},
	{"events", "list-rules", "Rules[].Name", ""},
	{"stepfunctions", "list-state-machines", "stateMachines[].name", ""},
	{"iam", "list-roles", "Roles[?RoleName!='deploy-threa'].RoleName", "aws:iam/role:Role"},
	{"logs", "describe-log-groups", "logGroups[].logGroupName", "aws:cloudwatch/logGroup:LogGroup"},
	{"cloudwatch", "describe-alarms", "MetricAlarms[].AlarmName", "aws:cloudwatch/metricAlarm:MetricAlarm"},
	{"cloudwatch", "list-dashboards", "DashboardEntries[].DashboardName", "aws:cloudwatch/dashboard:Dashboard"},
	{"sns", "list-topics", "Topics[].TopicArn", ""},
	{"ec2", "describe-vpcs", "Vpcs[?!IsDefault].VpcId", "aws:ec2/vpc:Vpc"},
	{"ec2", "describe-subnets", "Subnets[?!DefaultForAz].SubnetId", "aws:ec2/subnet:Subnet"},
	{"ec2", "describe-internet-gateways", "InternetGateways[].InternetGatewayId",
		"aws:ec2/internetGateway:InternetGateway"},
	{"ec2", "describe-route-tables", "RouteTables[?Tags[?Key=='ManagedBy']].RouteTableId",
		"aws:ec2/routeTable:RouteTable"},
	{"ec2", "describe-route-tables", "RouteTables[?Tags[?Key=='ManagedBy']].Associations[].RouteTableAssociationId",
		"aws:ec2/routeTableAssociation:RouteTableAssociation"},
	{"ec2", "describe-security-groups", "SecurityGroups[?GroupName!='default'].GroupName",
		"aws:ec2/securityGroup:SecurityGroup"},
}

// list returns the names, IDs or ARNs of the resources of each query.
func (s *sandbox) list(t *testing.T, queries []resourceQuery) (lists [][]string) {
	t.Helper()
	var calls []awsRead
	for _, q := range queries {
		calls = append(calls, awsRead{q.service, q.operation, nil, q.query})
	}
	for _, answer := range s.read(t, calls...) {
		var list []string
		require.NoError(t, json.Unmarshal(answer, &list))
		lists = append(lists, list)
	}
	return lists
}

// countDuplicates compares AWS with the stack's state and returns the number of resources that only AWS has. Resources
// that only the state has are a failure.
func countDuplicates(t *testing.T, s *sandbox) int {
	t.Helper()
	state := exportState(t, s)
	assert.Empty(t, state["deployment"].(fields)["pending_operations"])
	recorded := map[string]int{}
	for _, item := range resourcesOf(state) {
		recorded[item.(fields)["type"].(string)]++
	}
	duplicates := 0
	for i, actual := range s.list(t, resourceQueries) {
		query := resourceQueries[i]
		if query.resource == "" {
			continue
		}
		expected := recorded[query.resource]
		assert.GreaterOrEqual(t, len(actual), expected, "%s: the state has resources that AWS does not have: %v",
			query.resource, actual)
		if len(actual) > expected {
			duplicates += len(actual) - expected
			t.Logf("%s: the state has %d, AWS %v", query.resource, expected, actual)
		}
	}
	return duplicates
}

// countOrphans returns the number of resources after a destroy.
func countOrphans(t *testing.T, s *sandbox) int {
	t.Helper()
	count := 0
	for i, orphans := range s.list(t, resourceQueries) {
		if len(orphans) > 0 {
			count += len(orphans)
			t.Logf("%s: %s", resourceQueries[i].operation, strings.Join(orphans, ", "))
		}
	}
	return count
}

// checkDestroyed asserts that no resource of the program exists.
func checkDestroyed(t *testing.T, s *sandbox) {
	t.Helper()
	assert.Zero(t, countOrphans(t, s), "resources after a destroy")
}
