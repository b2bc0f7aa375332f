package recovery

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// finder works out under which id Pulumi imports a resource that a run was creating. It returns no id when AWS does not
// have it. An id that follows from the inputs alone is returned unseen: the refresh after it finds out what is there.
// https://developer.hashicorp.com/terraform/language/import names the ids; each type's page of the provider has its own.
type finder func(ctx context.Context, api *API, known *state, inputs properties) (id string, err error)

// errUnknown means that the inputs do not say yet what to look for, because something before it is missing too.
var errUnknown = errors.New("what it depends on is not there yet")

// Types that are looked at in more than one place.
const (
	securityGroups  = "aws:ec2/securityGroup:SecurityGroup"
	loadBalancers   = "aws:lb/loadBalancer:LoadBalancer"
	parameters      = "aws:ssm/parameter:Parameter"
	roles           = "aws:iam/role:Role"
	routeTables     = "aws:ec2/routeTable:RouteTable"
	stateMachines   = "aws:sfn/stateMachine:StateMachine"
	egressRules     = "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"
	ingressRules    = "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"
	taskDefinitions = "aws:ecs/taskDefinition:TaskDefinition"
)

// finders has every type of resource that the program registers.
var finders = map[string]finder{
	"aws:acm/certificate:Certificate":                     findARN(":certificate/"),
	"aws:acm/certificateValidation:CertificateValidation": again,
	"aws:appautoscaling/policy:Policy":                    joined("/", "serviceNamespace", "resourceId", "scalableDimension", "name"),
	"aws:appautoscaling/target:Target":                    joined("/", "serviceNamespace", "resourceId", "scalableDimension"),
	"aws:appautoscaling/scheduledAction:ScheduledAction":  again, // the provider cannot import it

	"aws:budgets/budget:Budget": joined(":", "accountId", "name"),

	"aws:cloudwatch/dashboard:Dashboard":     again,         // nothing tells whose it is
	"aws:cloudwatch/eventRule:EventRule":     named("name"), // on the default bus
	"aws:cloudwatch/eventTarget:EventTarget": joined("/", "rule", "targetId"),
	"aws:cloudwatch/logGroup:LogGroup":       named("name"),
	"aws:cloudwatch/metricAlarm:MetricAlarm": named("name"),

	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":   again,
	"aws:ec2/internetGateway:InternetGateway":             findTagged(internetGateway),
	"aws:ec2/route:Route":                                 joined("_", "routeTableId", "destinationCidrBlock"),
	routeTables:                                           findTagged(routeTable),
	"aws:ec2/routeTableAssociation:RouteTableAssociation": findAssociation,
	securityGroups:                                        inVPC(group, "group-name", "name"),
	"aws:ec2/subnet:Subnet":                               inVPC(subnet, "cidr-block", "cidrBlock"),
	"aws:ec2/vpc:Vpc":                                     findTagged(vpc),
	"aws:ec2/vpcEndpoint:VpcEndpoint":                     inVPC(endpoint, "service-name", "serviceName"),
	egressRules:                                           findRule(true),
	ingressRules:                                          findRule(false),

	"aws:ecr/lifecyclePolicy:LifecyclePolicy": named("repository"),
	"aws:ecr/repository:Repository":           named("name"),

	"aws:ecs/cluster:Cluster":                                   named("name"),
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": again,
	"aws:ecs/service:Service":                                   findService,
	taskDefinitions:                                             findTaskDefinition,

	"aws:elasticache/parameterGroup:ParameterGroup":     named("name"),
	"aws:elasticache/replicationGroup:ReplicationGroup": findReplicationGroup,
	"aws:elasticache/subnetGroup:SubnetGroup":           named("name"),

	roles:                           named("name"),
	"aws:iam/rolePolicy:RolePolicy": joined(":", "role", "name"),
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": joined("/", "role", "policyArn"),

	"aws:lb/listener:Listener":       findListener,
	loadBalancers:                    findARN(":loadbalancer/"),
	"aws:lb/targetGroup:TargetGroup": findARN(":targetgroup/"),

	"aws:rds/instance:Instance":             findDatabase,
	"aws:rds/parameterGroup:ParameterGroup": named("name"),
	"aws:rds/subnetGroup:SubnetGroup":       named("name"),

	"aws:route53/record:Record":                 joined("_", "zoneId", "name", "type"),
	"aws:scheduler/schedule:Schedule":           joined("/", "groupName", "name"),
	"aws:scheduler/scheduleGroup:ScheduleGroup": named("name"),

	stateMachines: findByARN("states", "stateMachine:"),

	"aws:sns/topic:Topic":                         findByARN("sns", ""),
	"aws:sns/topicPolicy:TopicPolicy":             again,
	"aws:sns/topicSubscription:TopicSubscription": again,

	parameters: named("name"),

	stashes: again, // it exists in the state only
}

// named is for resources whose name is their id.
func named(key string) finder { return joined("", key) }

// joined is for resources whose id is made of several inputs.
func joined(separator string, keys ...string) finder {
	return func(_ context.Context, _ *API, _ *state, inputs properties) (string, error) {
		parts := make([]string, 0, len(keys))
		for _, key := range keys {
			part, err := required(inputs, key)
			if err != nil {
				return "", err
			}
			parts = append(parts, part)
		}
		return strings.Join(parts, separator), nil
	}
}

// again is for resources that are never imported: creating them a second time changes nothing more, and AWS deletes
// them together with the resource that they belong to.
func again(context.Context, *API, *state, properties) (string, error) { return "", nil }

// required returns an input that a lookup needs.
func required(inputs properties, key string) (string, error) {
	value := inputs.text(key)
	if value == "" || value == unknownValue {
		return "", fmt.Errorf("%s: %w", key, errUnknown)
	}
	return value, nil
}

func findService(_ context.Context, _ *API, _ *state, inputs properties) (string, error) {
	cluster, err1 := required(inputs, "cluster")
	service, err2 := required(inputs, "name")
	return cluster[strings.LastIndex(cluster, "/")+1:] + "/" + service, errors.Join(err1, err2)
}
