package recovery

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// answers are what AWS answers, by call.
type answers = map[string]string

// foreignResource is a resource of somebody else that has the name of one that a run was creating.
type foreignResource struct {
	inputs object
	// id is what the finder returns. It is empty for a type that is never looked for.
	id string
	// outputs is what the provider reads, besides the tags.
	outputs object
	// answers are what AWS answers to the finder.
	answers answers
	// parentType is the type of the resource, also of somebody else, that a resource without tags is a part of.
	parentType string
}

const accountAnswer = "<R><GetCallerIdentityResult><Account>42</Account></GetCallerIdentityResult></R>"

// foreignResources has a row for every type of finders.
var foreignResources = map[string]foreignResource{
	certificates: {
		inputs: object{"domainName": "app.example.com"}, id: "arn:2",
		answers: answers{"acm:ListCertificates": acmList, "acm:ListTagsForCertificate": `{"Tags":[]}`},
	},
	"aws:acm/certificateValidation:CertificateValidation": {inputs: object{"certificateArn": "arn:2"}},
	"aws:appautoscaling/policy:Policy": {
		inputs: object{
			"serviceNamespace": "ecs", "resourceId": "service/threa/threa",
			"scalableDimension": "ecs:service:DesiredCount", "name": "threa-cpu",
		},
		id:         "ecs/service/threa/threa/ecs:service:DesiredCount/threa-cpu",
		parentType: "aws:appautoscaling/target:Target",
	},
	"aws:appautoscaling/target:Target": {
		inputs: object{
			"serviceNamespace": "ecs", "resourceId": "service/threa/threa", "scalableDimension": "ecs:service:DesiredCount",
		},
		id: "ecs/service/threa/threa/ecs:service:DesiredCount",
	},
	"aws:budgets/budget:Budget": {
		inputs: object{"accountId": "42", "name": "threa"}, id: "42:threa",
	},
	"aws:cloudwatch/dashboard:Dashboard":                {inputs: object{"dashboardName": "threa"}},
	"aws:cloudwatch/eventRule:EventRule":                {inputs: object{"name": "threa-sleep"}, id: "threa-sleep"},
	"aws:cloudwatch/logGroup:LogGroup":                  {inputs: object{"name": "/ecs/threa"}, id: "/ecs/threa"},
	"aws:cloudwatch/metricAlarm:MetricAlarm":            {inputs: object{"name": "threa-cpu-high"}, id: "threa-cpu-high"},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {inputs: object{"vpcId": "vpc-1"}},
	"aws:cloudwatch/eventTarget:EventTarget": {
		inputs: object{"rule": "threa-sleep", "targetId": "sleep"}, id: "threa-sleep/sleep",
		parentType: "aws:cloudwatch/eventRule:EventRule",
	},
	"aws:ec2/internetGateway:InternetGateway": {
		id: "igw-1", answers: answers{"ec2:DescribeInternetGateways": ec2("<internetGatewayId>igw-1</internetGatewayId>")},
	},
	"aws:ec2/route:Route": {
		inputs: object{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, id: "rtb-1_0.0.0.0/0",
		parentType: "aws:ec2/routeTable:RouteTable",
		answers:    map[string]string{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	"aws:ec2/routeTable:RouteTable": {
		id: "rtb-1", answers: answers{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {
		inputs: object{"routeTableId": "rtb-1", "subnetId": "subnet-1"}, id: "subnet-1/rtb-1",
		parentType: "aws:ec2/routeTable:RouteTable",
		answers:    map[string]string{"ec2:DescribeRouteTables": ec2("<routeTableId>rtb-1</routeTableId>")},
	},
	securityGroups: {
		inputs: object{"vpcId": "vpc-1", "name": "threa-rds"}, id: "sg-1",
		answers: answers{"ec2:DescribeSecurityGroups": ec2("<groupId>sg-1</groupId>")},
	},
	"aws:ec2/subnet:Subnet": {
		inputs: object{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, id: "subnet-1",
		answers: answers{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>")},
	},
	vpcType: {id: "vpc-1", answers: answers{"ec2:DescribeVpcs": ec2("<vpcId>vpc-1</vpcId>")}},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		inputs: object{"vpcId": "vpc-1", "serviceName": "com.amazonaws.eu-central-1.s3"}, id: "vpce-1",
		answers: answers{"ec2:DescribeVpcEndpoints": ec2("<vpcEndpointId>vpce-1</vpcEndpointId>")},
	},
	egressRules: {
		inputs: object{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, id: "sgr-1",
		answers: answers{"ec2:DescribeSecurityGroupRules": ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>" +
			"<isEgress>true</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>")},
	},
	ingressRules: {
		inputs: object{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, id: "sgr-1",
		answers: answers{"ec2:DescribeSecurityGroupRules": ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>" +
			"<isEgress>false</isEgress><ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>")},
	},
	"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
		inputs: object{"repository": "threa"}, id: "threa", parentType: repositoryType,
	},
	repositoryType:            {inputs: object{"name": "threa"}, id: "threa"},
	"aws:ecs/cluster:Cluster": {inputs: object{"name": "threa"}, id: "threa"},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {inputs: object{"clusterName": "threa"}},
	"aws:ecs/service:Service": {
		inputs: object{"cluster": "threa", "name": "threa"}, id: "threa/threa",
	},
	taskDefinitions: {
		inputs: object{"family": "threa"}, id: "arn:1",
		answers: answers{
			"ecs:ListTaskDefinitions":    `{"taskDefinitionArns":["arn:1"]}`,
			"ecs:DescribeTaskDefinition": `{"tags":[]}`,
		},
	},
	"aws:elasticache/parameterGroup:ParameterGroup": {inputs: object{"name": "threa"}, id: "threa"},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		inputs: object{"replicationGroupId": "threa"}, id: "threa",
		answers: answers{"elasticache:DescribeReplicationGroups": "<R><DescribeReplicationGroupsResult>" +
			"<ReplicationGroups><ReplicationGroup><Status>available</Status></ReplicationGroup></ReplicationGroups>" +
			"</DescribeReplicationGroupsResult></R>"},
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {inputs: object{"name": "threa"}, id: "threa"},
	"aws:iam/role:Role":                       {inputs: object{"name": "threa-ecs-task"}, id: "threa-ecs-task"},
	"aws:iam/rolePolicy:RolePolicy": {
		inputs: object{"role": "threa-ecs-task", "name": "exec"}, id: "threa-ecs-task:exec",
		parentType: "aws:iam/role:Role",
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		inputs: object{"role": "threa-ecs-task", "policyArn": "arn:p"}, id: "threa-ecs-task/arn:p",
		parentType: "aws:iam/role:Role",
	},
	"aws:lb/listener:Listener": {
		inputs: object{"loadBalancerArn": "arn:b", "port": "443"}, id: "arn:l",
		answers: answers{
			"elasticloadbalancing:DescribeListeners": elb("Listeners", "<ListenerArn>arn:l</ListenerArn><Port>443</Port>"),
		},
	},
	balancerType: {
		inputs: object{"name": "threa"}, id: "arn:b",
		answers: answers{
			"elasticloadbalancing:DescribeLoadBalancers": elb("LoadBalancers", "<LoadBalancerArn>arn:b</LoadBalancerArn>"),
		},
	},
	targetGroups: {
		inputs: object{"namePrefix": "threa-", "vpcId": "vpc-1", "port": "3000"}, id: "arn:right",
		answers: answers{
			"elasticloadbalancing:DescribeTargetGroups": groups,
			"elasticloadbalancing:DescribeTags":         elbTags("Name", "u"),
		},
	},
	databaseType: {
		inputs: object{"identifier": "threa"}, id: "threa",
		answers: answers{"rds:DescribeDBInstances": "<R><DescribeDBInstancesResult><DBInstances><DBInstance>" +
			"<DBInstanceStatus>available</DBInstanceStatus></DBInstance></DBInstances></DescribeDBInstancesResult></R>"},
	},
	"aws:rds/parameterGroup:ParameterGroup": {inputs: object{"name": "threa"}, id: "threa"},
	"aws:rds/subnetGroup:SubnetGroup":       {inputs: object{"name": "threa"}, id: "threa"},
	"aws:route53/record:Record": {
		inputs: object{"zoneId": "Z1", "name": "app.example.com", "type": "A"}, id: "Z1_app.example.com_A",
		outputs: aliasOf("theirs.elb.amazonaws.com"),
	},
	"aws:scheduler/schedule:Schedule": {
		inputs: object{"groupName": "default", "name": "threa-sleep"}, id: "default/threa-sleep",
		outputs: object{"target": map[string]any{"arn": "arn:aws:states:eu-central-1:42:stateMachine:theirs"}},
	},
	"aws:sfn/stateMachine:StateMachine": {
		inputs: object{"name": "threa-standby"}, id: "arn:aws:states:eu-central-1:42:stateMachine:threa-standby",
		answers: answers{"sts:GetCallerIdentity": accountAnswer},
	},
	"aws:sns/topic:Topic": {
		inputs: object{"name": "threa-alarms"}, id: "arn:aws:sns:eu-central-1:42:threa-alarms",
		answers: answers{"sts:GetCallerIdentity": accountAnswer},
	},
	"aws:sns/topicPolicy:TopicPolicy":             {inputs: object{"arn": "arn:t"}},
	"aws:sns/topicSubscription:TopicSubscription": {inputs: object{"topic": "arn:t"}},
	"aws:ssm/parameter:Parameter": {
		inputs: object{"name": "/threa/database-url"}, id: "/threa/database-url",
	},
	"pulumi:index:Stash": {},
}

// untagged are the types that take no tags, or whose tags are not the resource's own.
var untagged = []string{
	"aws:acm/certificateValidation:CertificateValidation", "aws:appautoscaling/policy:Policy",
	"aws:cloudwatch/dashboard:Dashboard",
	"aws:cloudwatch/eventTarget:EventTarget", "aws:ec2/route:Route", "aws:ec2/routeTableAssociation:RouteTableAssociation",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy", "aws:ecs/clusterCapacityProviders:ClusterCapacityProviders",
	"aws:iam/rolePolicy:RolePolicy", "aws:iam/rolePolicyAttachment:RolePolicyAttachment", "aws:route53/record:Record",
	"aws:scheduler/schedule:Schedule", "aws:sns/topicPolicy:TopicPolicy", "aws:sns/topicSubscription:TopicSubscription",
	"pulumi:index:Stash",
}

var ourTags = map[string]any{"Name": "threa", "Stack": "threa", "ManagedBy": "pulumi"}

// pending returns the resources that a killed run was creating, and adds what the provider reads to reads.
func (f foreignResource) pending(kind string, tagsInAWS map[string]any, reads map[string]object) []object {
	var resources []object
	if f.parentType != "" {
		resources = foreignResources[f.parentType].pending(f.parentType, tagsInAWS, reads)
	}
	inputs, outputs := object{}, object{"arn": "arn:theirs"}
	maps.Copy(inputs, f.inputs)
	maps.Copy(outputs, f.inputs)
	maps.Copy(outputs, f.outputs)
	if !slices.Contains(untagged, kind) {
		inputs["tags"], outputs["tags"] = ourTags, tagsInAWS
	}
	reads[kind+" "+f.id] = outputs
	return append(resources, wantedOne(kind, kind[strings.LastIndex(kind, ":")+1:], inputs))
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
				reads := map[string]object{}
				p := &pulumi{exported: exported(t, nil, row.pending(kind, theirs, reads)), reads: reads}
				c := &cloud{answers: row.answers}
				said, err := recoverOnce(t, p, c, nil)
				require.NoError(t, err)
				assert.Len(t, p.state().resources(), 1, "the state holds more than the stack: %s", said)
				assert.Empty(t, p.state().pendingCreates())
				assert.False(t, slices.ContainsFunc(c.calls, changesAWS), "%v", c.calls)
			})
		}
	}
}

// The same rows with the stack's tags are imported: the test above does not pass because nothing was found.
func TestRecovery_ImportsTheSameResourcesWithTags(t *testing.T) {
	own := `[{"Key":"Name","Value":"threa"},{"Key":"Stack","Value":"threa"},{"Key":"ManagedBy","Value":"pulumi"}]`
	ownTags := map[string]string{
		"acm:ListTagsForCertificate": `{"Tags":` + own + `}`, "ecs:DescribeTaskDefinition": `{"tags":` + own + `}`,
		"elasticloadbalancing:DescribeTags": elbTags("Name", "threa", "Stack", "threa"),
	}
	for kind, row := range foreignResources {
		if row.id == "" || row.outputs != nil {
			continue // never imported, or proven by something else than tags
		}
		t.Run(kind, func(t *testing.T) {
			reads := map[string]object{}
			pending := row.pending(kind, ourTags, reads)
			p := &pulumi{exported: exported(t, nil, pending), reads: reads}
			answers := maps.Clone(ownTags)
			for call, answer := range row.answers {
				if ownTags[call] == "" {
					answers[call] = answer
				}
			}
			said, err := recoverOnce(t, p, &cloud{answers: answers}, nil)
			require.NoError(t, err)
			assert.Len(t, p.state().resources(), 1+len(pending), said)
		})
	}
}

// aliasOf is what the provider reads of a record that is an alias.
func aliasOf(host string) object {
	return object{"aliases": []any{map[string]any{"name": host}}}
}

func TestRecovery_ImportsWhatPointsToItsOwn(t *testing.T) {
	balancer := made(loadBalancers, "balancer", "arn:b", object{"tags": ourTags})
	balancer["outputs"] = map[string]any{"dnsName": "Threa-1.elb.amazonaws.com", "tags": ourTags}
	machine := made(stateMachines, "machine", "arn:m", object{"tags": ourTags})
	machine["outputs"] = map[string]any{"tags": ourTags}
	const record, schedule = "aws:route53/record:Record", "aws:scheduler/schedule:Schedule"
	for name, one := range map[string]struct {
		kind     string
		outputs  object
		imported bool
	}{
		"an alias of the load balancer":     {record, aliasOf("threa-1.elb.amazonaws.com."), true},
		"an alias of another load balancer": {record, aliasOf("other.elb.amazonaws.com"), false},
		"an address":                        {record, object{"records": []any{"192.0.2.1"}}, false},
		"a schedule of the machine":         {schedule, object{"target": map[string]any{"arn": "arn:m"}}, true},
		"a schedule of another machine":     {schedule, object{"target": map[string]any{"arn": "arn:other"}}, false},
	} {
		t.Run(name, func(t *testing.T) {
			row := foreignResources[one.kind]
			p := &pulumi{
				exported: exported(t, []object{balancer, machine}, row.pending(one.kind, nil, map[string]object{})),
				reads:    map[string]object{one.kind + " " + row.id: one.outputs},
			}
			said, err := recoverOnce(t, p, &cloud{}, nil)
			require.NoError(t, err)
			assert.Equal(t, one.imported, len(p.state().resources()) == 4, said)
		})
	}
}
