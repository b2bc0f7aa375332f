package recovery

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
)

func TestFinders_HaveEveryType(t *testing.T) {
	for token, row := range resources.Types() {
		assert.True(t, row.Bootstrap || finders[token] != nil, "recovery could not find a %s again", token)
	}
}

const ec2List = "<R><set>%</set></R>"

func ec2(items ...string) string {
	return strings.Replace(ec2List, "%", "<item>"+strings.Join(items, "</item><item>")+"</item>", 1)
}

const (
	balancerType    = "aws:lb/loadBalancer:LoadBalancer"
	certificateType = "aws:acm/certificate:Certificate"
	targetGroupType = "aws:lb/targetGroup:TargetGroup"
)

const (
	listRevisions    = "ecs:ListTaskDefinitions"
	describeRevision = "ecs:DescribeTaskDefinition"
	describeRules    = "ec2:DescribeSecurityGroupRules"
	describeListener = "elasticloadbalancing:DescribeListeners"
	getResources     = "tagging:GetResources"
	getAccount       = "sts:GetCallerIdentity"
	accountAnswer    = "<R><GetCallerIdentityResult><Account>42</Account></GetCallerIdentityResult></R>"
)

// listeners is an answer of Elastic Load Balancing.
func listeners(members ...string) string {
	return "<R><DescribeListenersResult><Listeners><member>" + strings.Join(members, "</member><member>") +
		"</member></Listeners></DescribeListenersResult></R>"
}

// tagged is an answer of the tagging API.
func tagged(arns ...string) string {
	return `{"ResourceTagMappingList":[{"ResourceARN":"` + strings.Join(arns, `"},{"ResourceARN":"`) + `"}]}`
}

const (
	certificateARN = "arn:aws:acm:eu-central-1:42:certificate/1"
	groupARN       = "arn:aws:elasticloadbalancing:eu-central-1:42:targetgroup/threa-1/1"
	balancerARN    = "arn:aws:elasticloadbalancing:eu-central-1:42:loadbalancer/app/threa/1"
)

func TestFinders_ReturnImportIDs(t *testing.T) {
	rule := "<securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>" +
		"<fromPort>5432</fromPort><toPort>5432</toPort><referencedGroupInfo><groupId>sg-tasks</groupId></referencedGroupInfo>"
	for name, one := range map[string]struct {
		kind    string
		inputs  properties
		answers answers
		want    string
	}{
		"a name":          {repositoryType, properties{"name": "threa"}, nil, "threa"},
		"a budget":        {"aws:budgets/budget:Budget", properties{"accountId": "123456789012", "name": "threa"}, nil, "123456789012:threa"},
		"several names":   {"aws:iam/rolePolicy:RolePolicy", properties{"role": "r", "name": "p"}, nil, "r:p"},
		"a service":       {"aws:ecs/service:Service", properties{"cluster": "arn:aws:ecs:eu-central-1:1:cluster/threa", "name": "web"}, nil, "threa/web"},
		"a route":         {"aws:ec2/route:Route", properties{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, nil, "rtb-1_0.0.0.0/0"},
		"an upsert":       {"aws:sns/topicPolicy:TopicPolicy", properties{"arn": "x"}, nil, ""},
		"a VPC":           {vpcType, properties{"tags": tags("threa")}, answers{"ec2:DescribeVpcs": ec2("<vpcId>vpc-2</vpcId>", "<vpcId>vpc-1</vpcId>")}, "vpc-1"},
		"no VPC":          {vpcType, properties{"tags": tags("threa")}, nil, ""},
		"a subnet":        {"aws:ec2/subnet:Subnet", properties{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, answers{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>")}, "subnet-1"},
		"a group":         {securityGroups, properties{"vpcId": "vpc-1", "name": "g"}, answers{"ec2:DescribeSecurityGroups": ec2("<groupId>sg-1</groupId>")}, "sg-1"},
		"a rule":          {ingressRules, properties{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 5432.0, "toPort": 5432.0, "referencedSecurityGroupId": "sg-tasks"}, answers{describeRules: ec2(rule)}, "sgr-1"},
		"another rule":    {ingressRules, properties{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 80.0, "toPort": 80.0, "referencedSecurityGroupId": "sg-tasks"}, answers{describeRules: ec2(rule)}, ""},
		"the other way":   {egressRules, properties{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": 5432.0, "toPort": 5432.0, "referencedSecurityGroupId": "sg-tasks"}, answers{describeRules: ec2(rule)}, ""},
		"an association":  {"aws:ec2/routeTableAssociation:RouteTableAssociation", properties{"subnetId": "s", "routeTableId": "r"}, answers{"ec2:DescribeRouteTables": ec2("<routeTableId>r</routeTableId>")}, "s/r"},
		"no association":  {"aws:ec2/routeTableAssociation:RouteTableAssociation", properties{"subnetId": "s", "routeTableId": "r"}, nil, ""},
		"a topic":         {"aws:sns/topic:Topic", properties{"name": "alarms"}, answers{getAccount: accountAnswer}, "arn:aws:sns:eu-central-1:42:alarms"},
		"a machine":       {"aws:sfn/stateMachine:StateMachine", properties{"name": "threa-standby"}, answers{getAccount: accountAnswer}, "arn:aws:states:eu-central-1:42:stateMachine:threa-standby"},
		"a rule's target": {"aws:cloudwatch/eventTarget:EventTarget", properties{"rule": "threa-standby", "targetId": "standby"}, nil, "threa-standby/standby"},
		"no database":     {databaseType, properties{"identifier": "threa"}, answers{describeDatabase: "error <R><Error><Code>DBInstanceNotFound</Code></Error></R>"}, ""},
		"a new task":      {taskDefinitions, properties{"family": "threa", "tags": tags("t")}, answers{listRevisions: `{"taskDefinitionArns":["arn:2"]}`, describeRevision: `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`}, "arn:2"},
		"another's task":  {taskDefinitions, properties{"family": "threa", "tags": tags("t")}, answers{listRevisions: `{"taskDefinitionArns":["arn:2"]}`, describeRevision: `{"tags":[]}`}, ""},
		"a record":        {"aws:route53/record:Record", properties{"zoneId": "Z1", "name": "app.example.com", "type": "A"}, nil, "Z1_app.example.com_A"},
		"a listener":      {"aws:lb/listener:Listener", properties{"loadBalancerArn": "arn:b", "port": 443.0}, answers{describeListener: listeners("<ListenerArn>arn:80</ListenerArn><Port>80</Port>", "<ListenerArn>arn:443</ListenerArn><Port>443</Port>")}, "arn:443"},
		"no listener":     {"aws:lb/listener:Listener", properties{"loadBalancerArn": "arn:b", "port": 443.0}, nil, ""},
		"a load balancer": {balancerType, properties{"tags": tags("t")}, answers{getResources: tagged(groupARN, balancerARN)}, balancerARN},
		"a target group":  {targetGroupType, properties{"tags": tags("t")}, answers{getResources: tagged(balancerARN, groupARN)}, groupARN},
		"a certificate":   {certificateType, properties{"tags": tags("t")}, answers{getResources: tagged(balancerARN, certificateARN)}, certificateARN},
		"no certificate":  {certificateType, properties{"tags": tags("t")}, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			id, err := finders[one.kind](t.Context(), newAPI(t, &cloud{answers: one.answers}), &state{}, one.inputs)
			require.NoError(t, err)
			assert.Equal(t, one.want, id)
		})
	}
}

func TestFinders_SkipUnknownInputs(t *testing.T) {
	for _, kind := range []string{
		"aws:ec2/subnet:Subnet", securityGroups, ingressRules, "aws:ec2/route:Route", "aws:ec2/vpcEndpoint:VpcEndpoint",
		"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ecs/service:Service", repositoryType,
		"aws:lb/listener:Listener",
	} {
		c := &cloud{}
		inputs := properties{}
		for _, key := range []string{"vpcId", "securityGroupId", "routeTableId", "subnetId", "cluster", "name", "loadBalancerArn", "domainName"} {
			inputs[key] = unknownValue
		}
		_, err := finders[kind](t.Context(), newAPI(t, c), nil, inputs)
		require.ErrorIs(t, err, errUnknown, kind)
		assert.Empty(t, c.calls, kind)
	}
}

func TestFinders_RefuseTwoMatches(t *testing.T) {
	c := &cloud{answers: answers{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>", "<subnetId>subnet-2</subnetId>")}}
	_, err := finders["aws:ec2/subnet:Subnet"](t.Context(), newAPI(t, c), nil, properties{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
	require.ErrorContains(t, err, "subnet-1 and subnet-2")
}

// withOrphans is a stack, and an AWS that has more than its state.
func withOrphans(t *testing.T, more ...apitype.ResourceV3) (*pulumi, *cloud) {
	t.Helper()
	p := newPulumi(t, append(more,
		made(vpcType, "vpc", "vpc-1", properties{"tags": tags("threa")}),
		made(securityGroups, "rds", "sg-1", nil),
		made(ingressRules, "rule", "sgr-1", nil),
		made(taskDefinitions, "task", "arn:1", properties{"family": "threa", "tags": tags("t")}),
	))
	return p, &cloud{answers: answers{
		"ec2:DescribeVpcs": ec2("<vpcId>vpc-1</vpcId>", "<vpcId>vpc-2</vpcId>"),
		describeRules: ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>", "<securityGroupRuleId>sgr-2"+
			"</securityGroupRuleId><isEgress>false</isEgress><cidrIpv4>0.0.0.0/0</cidrIpv4><ipProtocol>tcp</ipProtocol>"),
		listRevisions:    `{"taskDefinitionArns":["arn:2","arn:1"]}`,
		describeRevision: `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`,
	}}
}

func TestRecovery_DeletesOrphansOfItsOwnStack(t *testing.T) {
	p, c := withOrphans(t, ownerID("7f3a"))
	c.answers[getRecord] = recordAnswer("7f3a")
	c.answers["ec2:DeleteVpc"] = "error <R><Errors><Error><Code>InvalidVpcID.NotFound</Code></Error></Errors></R>"
	var questions []string
	printed, err := recoverStack(t, p, c, func(r *Recovery) {
		r.Approve = func(question string) bool { questions = append(questions, question); return true }
	})
	require.NoError(t, err, "a repeated call has deleted the VPC")
	require.Len(t, questions, 1)
	for _, id := range []string{
		"vpc-2 (VPC)", "sgr-2 (rule of rds that lets 0.0.0.0/0 in", "arn:2 (task definition revision)",
	} {
		assert.Contains(t, printed, "Deleted "+id)
		assert.Contains(t, questions[0], "delete: "+id)
	}
	assert.Equal(t, []string{"ec2:DeleteVpc VpcId=vpc-2"}, c.called("ec2:DeleteVpc"))
	assert.Equal(t, []string{"ec2:RevokeSecurityGroupIngress GroupId=sg-1&SecurityGroupRuleId.1=sgr-2"},
		c.called("ec2:RevokeSecurityGroupIngress"))
	assert.Len(t, c.called("ecs:DeregisterTaskDefinition"), 1)
}

func TestUnmanaged_ListsOrphans(t *testing.T) {
	p, c := withOrphans(t)
	state := encode(t, map[string]any{"version": 3, "deployment": p.deployment})
	lines, err := newAPI(t, c).Unmanaged(t.Context(), state)
	require.NoError(t, err)
	assert.Equal(t, []string{
		"vpc-2: a VPC", "arn:2: a task definition revision",
		"sgr-2: a rule of rds that lets 0.0.0.0/0 in (protocol tcp, ports  to )",
	}, lines)
}
