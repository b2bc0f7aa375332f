package main

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// forceNew lists, for every type of the program, the properties whose change makes the provider replace the resource.
// It has those that the program sets, as the plans of terraform-provider-aws 5.100.0 show them.
var forceNew = map[string][]string{
	"aws:acm/certificate:Certificate":                     {"domainName", "validationMethod"},
	"aws:acm/certificateValidation:CertificateValidation": {"certificateArn", "validationRecordFqdns"},
	"aws:appautoscaling/policy:Policy":                    {"name", "resourceId", "scalableDimension", "serviceNamespace"},
	"aws:appautoscaling/target:Target":                    {"resourceId", "scalableDimension", "serviceNamespace"},
	"aws:budgets/budget:Budget":                           {"accountId", "name"},
	"aws:cloudwatch/dashboard:Dashboard":                  {"dashboardName"},
	"aws:cloudwatch/eventRule:EventRule":                  {"name"},
	"aws:cloudwatch/eventTarget:EventTarget":              {"rule", "targetId"},
	"aws:cloudwatch/logGroup:LogGroup":                    {"name"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":              {"name"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":   {"vpcId"},
	"aws:ec2/internetGateway:InternetGateway":             {},
	"aws:ec2/route:Route":                                 {"destinationCidrBlock", "routeTableId"},
	"aws:ec2/routeTable:RouteTable":                       {"vpcId"},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {"subnetId"},
	"aws:ec2/securityGroup:SecurityGroup":                 {"description", "name", "vpcId"},
	"aws:ec2/subnet:Subnet":                               {"availabilityZone", "cidrBlock", "vpcId"},
	"aws:ec2/vpc:Vpc":                                     {"cidrBlock"},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":             {"policy", "repository"},
	"aws:ecr/repository:Repository":                       {"name"},
	"aws:ecs/cluster:Cluster":                             {"name"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
		"clusterName",
	},
	"aws:ecs/service:Service": {"cluster", "name"},
	"aws:ecs/taskDefinition:TaskDefinition": {
		"containerDefinitions", "cpu", "executionRoleArn", "family", "memory", "networkMode", "requiresCompatibilities",
		"runtimePlatform", "taskRoleArn", "volumes",
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		"atRestEncryptionEnabled", "engine", "engineVersion", "port", "replicationGroupId", "subnetGroupName",
	},
	"aws:elasticache/subnetGroup:SubnetGroup":                   {"name"},
	"aws:iam/role:Role":                                         {"name"},
	"aws:iam/rolePolicy:RolePolicy":                             {"name", "role"},
	"aws:lb/listener:Listener":                                  {"loadBalancerArn"},
	"aws:lb/loadBalancer:LoadBalancer":                          {"internal", "loadBalancerType", "name"},
	"aws:lb/targetGroup:TargetGroup":                            {"namePrefix", "port", "protocol", "targetType", "vpcId"},
	"aws:rds/instance:Instance":                                 {"dbName", "engine", "storageEncrypted", "username"},
	"aws:rds/parameterGroup:ParameterGroup":                     {"description", "family", "name"},
	"aws:rds/subnetGroup:SubnetGroup":                           {"name"},
	"aws:route53/record:Record":                                 {"name", "zoneId"},
	"aws:scheduler/schedule:Schedule":                           {"groupName", "name"},
	"aws:sfn/stateMachine:StateMachine":                         {"name", "type"},
	"aws:sns/topic:Topic":                                       {"name"},
	"aws:sns/topicSubscription:TopicSubscription":               {"endpoint", "protocol", "topic"},
	"aws:ssm/parameter:Parameter":                               {"name"},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   {"securityGroupId"},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {"securityGroupId"},
}

// overwrites lists the types that AWS creates again without complaint, each with the properties that identify it. If a
// replacement has the same identity, the deletion of the old resource removes the new one.
var overwrites = map[string][]string{
	"aws:appautoscaling/policy:Policy":                  {"name", "resourceId", "scalableDimension", "serviceNamespace"},
	"aws:appautoscaling/target:Target":                  {"resourceId", "scalableDimension", "serviceNamespace"},
	"aws:cloudwatch/dashboard:Dashboard":                {"dashboardName"},
	"aws:cloudwatch/eventRule:EventRule":                {"name"},
	"aws:cloudwatch/eventTarget:EventTarget":            {"rule", "targetId"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":            {"name"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {"vpcId"},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":           {"repository"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
		"clusterName",
	},
	"aws:iam/rolePolicy:RolePolicy":               {"name", "role"},
	"aws:route53/record:Record":                   {"name", "zoneId"}, // with allowOverwrite
	"aws:sns/topic:Topic":                         {"name"},
	"aws:sns/topicSubscription:TopicSubscription": {"endpoint", "protocol", "topic"},
}

func isAWS(r mocks.Resource) bool { return strings.HasPrefix(r.Type, "aws:") }

func isOverwritten(r mocks.Resource) bool { return overwrites[r.Type] != nil }

// checkOverwrite wants the old resource to be deleted first if its replacement can have the same identity.
func checkOverwrite(r mocks.Resource, _ map[string]string) error {
	for _, property := range forceNew[r.Type] {
		if !slices.Contains(overwrites[r.Type], property) && !r.Request.GetDeleteBeforeReplace() {
			return fmt.Errorf("a change of %s replaces it, and deleting the old one removes the new one", property)
		}
	}
	return nil
}

// checkMeasured wants a row in forceNew.
func checkMeasured(r mocks.Resource, _ map[string]string) error {
	if _, ok := forceNew[r.Type]; !ok {
		return fmt.Errorf("add the properties that replace it to forceNew")
	}
	return nil
}

// checkUpgrade wants a new parameter group before the old one is deleted.
func checkUpgrade(r mocks.Resource, _ map[string]string) error {
	if !r.Request.GetDeleteBeforeReplaceDefined() || r.Request.GetDeleteBeforeReplace() {
		return fmt.Errorf("RDS refuses to delete it while the database uses it")
	}
	return nil
}

// fixedNames are the properties that hold the physical name of a resource. If the program sets one, pulumi-aws deletes
// the old resource before it creates the replacement, unless the program decides otherwise.
var fixedNames = []string{"name", "replicationGroupId", "identifier", "targetId"}

func hasFixedName(r mocks.Resource) bool {
	return slices.ContainsFunc(fixedNames, func(property string) bool { return r.Text(property) != "" })
}

// replaced collects the resources of which configurations have different values for a property in forceNew.
type replaced struct {
	values    map[string]string // by type, logical name and property
	resources map[string]mocks.Resource
}

func newReplaced() *replaced {
	return &replaced{values: map[string]string{}, resources: map[string]mocks.Resource{}}
}

// add compares a resource with those of the same type and logical name in other configurations.
func (c *replaced) add(r mocks.Resource) {
	for _, property := range forceNew[r.Type] {
		if property == "vpcId" {
			continue // a change of vpc is refused
		}
		key := r.Type + " " + r.Name
		value, known := c.values[key+" "+property]
		if !known {
			c.values[key+" "+property] = r.Text(property)
		} else if value != r.Text(property) {
			c.resources[key] = r
		}
	}
}

// check wants the program to decide about the order wherever a configuration change replaces a resource with a fixed
// name.
func (c *replaced) check(t *testing.T) {
	t.Helper()
	decided := 0
	for key, r := range c.resources {
		if !hasFixedName(r) {
			continue
		}
		decided++
		assert.True(t, r.Request.GetDeleteBeforeReplaceDefined(),
			"%s: a configuration change replaces it and its name is fixed: set DeleteBeforeReplace", key)
	}
	require.Positive(t, decided, "no configuration replaces a resource with a fixed name")
}
