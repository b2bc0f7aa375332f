package recovery

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers are what AWS answers, by call.
type answers = map[string]string

// foreignResource is a resource of somebody else that has the name of one that a run was creating.
type foreignResource struct {
	inputs properties
	// id is what the finder returns. It is empty for a type that is never looked for.
	id string
	// outputs is what the provider reads, besides the tags.
	outputs properties
	// answers are what AWS answers to the finder.
	answers answers
	// parentType is the type of the resource, also of somebody else, that a resource without tags is a part of.
	parentType string
}

// foreignResources has a row for every type of finders.
var foreignResources = map[string]foreignResource{
	certificateType: {id: certificateARN, answers: answers{getResources: tagged(certificateARN)}},
	"aws:acm/certificateValidation:CertificateValidation": {inputs: properties{"certificateArn": "arn:2"}},
	"aws:appautoscaling/policy:Policy": {
		inputs: properties{
			"serviceNamespace": "ecs", "resourceId": "service/threa/threa",
			"scalableDimension": "ecs:service:DesiredCount", "name": "threa-cpu",
		},
		id:         "ecs/service/threa/threa/ecs:service:DesiredCount/threa-cpu",
		parentType: "aws:appautoscaling/target:Target",
	},
	"aws:appautoscaling/target:Target": {
		inputs: properties{
			"serviceNamespace": "ecs", "resourceId": "service/threa/threa", "scalableDimension": "ecs:service:DesiredCount",
		},
		id: "ecs/service/threa/threa/ecs:service:DesiredCount",
	},
	"aws:budgets/budget:Budget": {
		inputs: properties{"accountId": "42", "name": "threa"}, id: "42:threa",
	},
	"aws:cloudwatch/dashboard:Dashboard":                {inputs: properties{"dashboardName": "threa"}},
	"aws:cloudwatch/eventRule:EventRule":                {inputs: properties{"name": "threa-sleep"}, id: "threa-sleep"},
	"aws:cloudwatch/logGroup:LogGroup":                  {inputs: properties{"name": "/ecs/threa"}, id: "/ecs/threa"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":            {inputs: properties{"name": "threa-cpu-high"}, id: "threa-cpu-high"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {inputs: properties{"vpcId": "vpc-1"}},
	"aws:cloudwatch/eventTarget:EventTarget": {
		inputs: properties{"rule": "threa-sleep", "targetId": "sleep"}, id: "threa-sleep/sleep",
		parentType: "aws:cloudwatch/eventRule:EventRule",
	},
	"aws:ec2/internetGateway:InternetGateway": {
		id: "igw-1", answers: answers{"ec2:DescribeInternetGateways": ec2("<internetGatewayId>igw-1</internetGatewayId>")},
	},
	"aws:ec2/route:Route": {
		inputs: properties{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, id: "rtb-1_0.0.0.0/0",
		parentType: "aws:ec2/routeTable:RouteTable",
		answers:    answers{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	"aws:ec2/routeTable:RouteTable": {
		id: "rtb-1", answers: answers{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {
		inputs: properties{"routeTableId": "rtb-1", "subnetId": "subnet-1"}, id: "subnet-1/rtb-1",
		parentType: "aws:ec2/routeTable:RouteTable",
		answers:    answers{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	securityGroups: {
		inputs: properties{"vpcId": "vpc-1", "name": "threa-rds"}, id: "sg-1",
		answers: answers{"ec2:DescribeSecurityGroups": ec2("<groupId>sg-1</groupId>")},
	},
	"aws:ec2/subnet:Subnet": {
		inputs: properties{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, id: "subnet-1",
		answers: answers{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>")},
	},
	vpcType: {id: "vpc-1", answers: answers{"ec2:DescribeVpcs": ec2("<vpcId>vpc-1</vpcId>")}},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		inputs: properties{"vpcId": "vpc-1", "serviceName": "com.amazonaws.eu-central-1.s3"}, id: "vpce-1",
		answers: answers{"ec2:DescribeVpcEndpoints": ec2("<vpcEndpointId>vpce-1</vpcEndpointId>")},
	},
	egressRules: {
		inputs: properties{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, id: "sgr-1",
		answers: answers{describeRules: ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>" +
			"<isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>")},
	},
	ingressRules: {
		inputs: properties{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, id: "sgr-1",
		answers: answers{describeRules: ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>" +
			"<isEgress>false</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>")},
	},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
		inputs: properties{"repository": "threa"}, id: "threa", parentType: repositoryType,
	},
	repositoryType:            {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:ecs/cluster:Cluster": {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {inputs: properties{"clusterName": "threa"}},
	"aws:ecs/service:Service": {
		inputs: properties{"cluster": "threa", "name": "threa"}, id: "threa/threa",
	},
	taskDefinitions: {
		inputs: properties{"family": "threa"}, id: "arn:1",
		answers: answers{
			listRevisions:    `{"taskDefinitionArns":["arn:1"]}`,
			describeRevision: `{"tags":[]}`,
		},
	},
	"aws:elasticache/parameterGroup:ParameterGroup": {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		inputs: properties{"replicationGroupId": "threa"}, id: "threa",
		answers: answers{"elasticache:DescribeReplicationGroups": "<R><DescribeReplicationGroupsResult>" +
			"<ReplicationGroups><ReplicationGroup><Status>available</Status></ReplicationGroup></ReplicationGroups>" +
			"</DescribeReplicationGroupsResult></R>"},
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:iam/role:Role":                       {inputs: properties{"name": "threa-ecs-task"}, id: "threa-ecs-task"},
	"aws:iam/rolePolicy:RolePolicy": {
		inputs: properties{"role": "threa-ecs-task", "name": "exec"}, id: "threa-ecs-task:exec",
		parentType: "aws:iam/role:Role",
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		inputs: properties{"role": "threa-ecs-task", "policyArn": "arn:p"}, id: "threa-ecs-task/arn:p",
		parentType: "aws:iam/role:Role",
	},
	"aws:lb/listener:Listener": {
		inputs: properties{"loadBalancerArn": "arn:b", "port": 443.0}, id: "arn:l",
		answers: answers{
			describeListener: listeners("<ListenerArn>arn:l</ListenerArn><Port>443</Port>"),
		},
	},
	balancerType:    {id: balancerARN, answers: answers{getResources: tagged(balancerARN)}},
	targetGroupType: {id: groupARN, answers: answers{getResources: tagged(groupARN)}},
	databaseType: {
		inputs: properties{"identifier": "threa"}, id: "threa",
		answers: answers{describeDatabase: availableDatabase},
	},
	"aws:rds/parameterGroup:ParameterGroup": {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:rds/subnetGroup:SubnetGroup":       {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:route53/record:Record": {
		inputs: properties{"zoneId": "Z1", "name": "app.example.com", "type": "A"}, id: "Z1_app.example.com_A",
		outputs: aliasOf("theirs.elb.amazonaws.com"),
	},
	"aws:scheduler/schedule:Schedule": {
		inputs: properties{"groupName": "threa", "name": "threa-mute"}, id: "threa/threa-mute",
		parentType: "aws:scheduler/scheduleGroup:ScheduleGroup",
	},
	"aws:scheduler/scheduleGroup:ScheduleGroup":          {inputs: properties{"name": "threa"}, id: "threa"},
	"aws:appautoscaling/scheduledAction:ScheduledAction": {inputs: properties{"name": "threa-sleep"}},
	"aws:sfn/stateMachine:StateMachine": {
		inputs: properties{"name": "threa-standby"}, id: "arn:aws:states:eu-central-1:42:stateMachine:threa-standby",
		answers: answers{getAccount: accountAnswer},
	},
	"aws:sns/topic:Topic": {
		inputs: properties{"name": "threa-alarms"}, id: "arn:aws:sns:eu-central-1:42:threa-alarms",
		answers: answers{getAccount: accountAnswer},
	},
	"aws:sns/topicPolicy:TopicPolicy":             {inputs: properties{"arn": "arn:t"}},
	"aws:sns/topicSubscription:TopicSubscription": {inputs: properties{"topic": "arn:t"}},
	"aws:ssm/parameter:Parameter": {
		inputs: properties{"name": "/threa/database-url"}, id: "/threa/database-url",
	},
	"pulumi:index:Stash": {},
}

// untagged are the types that take no tags, or whose tags are not the resource's own.
var untagged = []string{
	"aws:acm/certificateValidation:CertificateValidation", "aws:appautoscaling/policy:Policy",
	"aws:appautoscaling/scheduledAction:ScheduledAction",
	"aws:cloudwatch/dashboard:Dashboard",
	"aws:cloudwatch/eventTarget:EventTarget", "aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
	"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:route53/record:Record",
	"aws:scheduler/schedule:Schedule", "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription",
	"pulumi:index:Stash",
}

var ourTags = map[string]any{"Name": "threa", "Stack": "threa", "ManagedBy": "pulumi"}

// pending returns the resources that a killed run was creating, and adds what the provider reads to reads.
func (f foreignResource) creations(kind string, tagsInAWS map[string]any, reads map[string]properties) []apitype.ResourceV3 {
	var resources []apitype.ResourceV3
	if f.parentType != "" {
		resources = foreignResources[f.parentType].creations(f.parentType, tagsInAWS, reads)
	}
	inputs, outputs := properties{}, properties{"arn": "arn:theirs"}
	maps.Copy(inputs, f.inputs)
	maps.Copy(outputs, f.inputs)
	maps.Copy(outputs, f.outputs)
	if !slices.Contains(untagged, kind) {
		inputs["tags"], outputs["tags"] = ourTags, tagsInAWS
	}
	reads[kind+" "+f.id] = outputs
	return append(resources, pending(kind, kind[strings.LastIndex(kind, ":")+1:], inputs))
}

// changesAWS tells whether a call is one that changes something.
func changesAWS(call string) bool {
	_, action, _ := strings.Cut(call, ":")
	return !slices.ContainsFunc([]string{"Describe", "List", "Get"}, func(verb string) bool {
		return strings.HasPrefix(action, verb)
	})
}

func TestRecovery_LeavesForeignResourcesAlone(t *testing.T) {
	for kind := range finders {
		row, listed := foreignResources[kind]
		if !assert.True(t, listed, "no row for %s", kind) {
			continue
		}
		for name, theirs := range map[string]map[string]any{
			"no tags": {}, "Terraform's": {"Name": "threa", "ManagedBy": "terraform"},
			"another stack's": {"Name": "threa", "Stack": "other", "ManagedBy": "pulumi"},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				reads := map[string]properties{}
				p := newPulumi(t, nil, row.creations(kind, theirs, reads)...)
				p.reads = reads
				c := &cloud{answers: row.answers}
				printed, err := recoverStack(t, p, c, nil)
				require.NoError(t, err)
				assert.Len(t, p.deployment.Resources, 1, "the state holds more than the stack: %s", printed)
				assert.Empty(t, p.deployment.PendingOperations)
				assert.False(t, slices.ContainsFunc(c.calls, changesAWS), "%v", c.calls)
			})
		}
	}
}

// The same rows with the stack's tags are imported: the test above does not pass because nothing was found.
func TestRecovery_ImportsTheSameResourcesWithTags(t *testing.T) {
	own := `[{"key":"Name","value":"threa"},{"key":"Stack","value":"threa"},{"key":"ManagedBy","value":"pulumi"}]`
	ownTags := map[string]string{
		describeRevision: `{"tags":` + own + `}`,
	}
	for kind, row := range foreignResources {
		if row.id == "" || row.outputs != nil {
			continue // never imported, or proven by something else than tags
		}
		t.Run(kind, func(t *testing.T) {
			reads := map[string]properties{}
			creations := row.creations(kind, ourTags, reads)
			p := newPulumi(t, nil, creations...)
			p.reads = reads
			answers := maps.Clone(ownTags)
			for call, answer := range row.answers {
				if ownTags[call] == "" {
					answers[call] = answer
				}
			}
			printed, err := recoverStack(t, p, &cloud{answers: answers}, nil)
			require.NoError(t, err)
			assert.Len(t, p.deployment.Resources, 1+len(creations), printed)
		})
	}
}

// aliasOf is what the provider reads of a record that is an alias.
func aliasOf(host string) properties {
	return properties{"aliases": []any{map[string]any{"name": host}}}
}

func TestRecovery_ImportsWhatPointsToItsOwn(t *testing.T) {
	balancer := made(loadBalancers, "balancer", "arn:b", properties{"tags": ourTags})
	balancer.Outputs = map[string]any{"dnsName": "Threa-1.elb.amazonaws.com", "tags": ourTags}
	const record = "aws:route53/record:Record"
	for name, one := range map[string]struct {
		kind     string
		outputs  properties
		imported bool
	}{
		"an alias of the load balancer":     {record, aliasOf("threa-1.elb.amazonaws.com."), true},
		"an alias of another load balancer": {record, aliasOf("other.elb.amazonaws.com"), false},
		"an address":                        {record, properties{"records": []any{"192.0.2.1"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			row := foreignResources[one.kind]
			creations := row.creations(one.kind, nil, map[string]properties{})
			p := newPulumi(t, []apitype.ResourceV3{balancer}, creations...)
			p.reads[one.kind+" "+row.id] = one.outputs
			printed, err := recoverStack(t, p, &cloud{}, nil)
			require.NoError(t, err)
			assert.Equal(t, one.imported, len(p.deployment.Resources) == 3, printed)
		})
	}
}
