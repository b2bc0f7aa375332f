package recovery

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
)

func TestEveryTypeOfResourceHasAFinder(t *testing.T) {
	for token, row := range resources.Types() {
		assert.True(t, row.Bootstrap || finders[token] != nil, "recovery could not find a %s again", token)
	}
}

const ec2List = "<R><set>%</set></R>"

func ec2(items ...string) string {
	return strings.Replace(ec2List, "%", "<item>"+strings.Join(items, "</item><item>")+"</item>", 1)
}

const balancerType = "aws:lb/loadBalancer:LoadBalancer"

// elb is an answer of Elastic Load Balancing with a list.
func elb(list string, members ...string) string {
	call := "Describe" + list
	return "<R><" + call + "Result><" + list + "><member>" + strings.Join(members, "</member><member>") + "</member></" + list + "></" + call + "Result></R>"
}

func elbTags(keysAndValues ...string) string {
	var members string
	for pair := range slices.Chunk(append(keysAndValues, "ManagedBy", "pulumi"), 2) {
		members += "<member><Key>" + pair[0] + "</Key><Value>" + pair[1] + "</Value></member>"
	}
	return "<R><DescribeTagsResult><TagDescriptions><member><Tags>" + members + "</Tags></member></TagDescriptions></DescribeTagsResult></R>"
}

func group(arn, name, vpc, port string) string {
	return "<TargetGroupArn>" + arn + "</TargetGroupArn><TargetGroupName>" + name + "</TargetGroupName><VpcId>" + vpc + "</VpcId><Port>" + port + "</Port>"
}

var (
	aGroup = object{"namePrefix": "threa-", "vpcId": "vpc-1", "port": "3000", "tags": tags("t")}
	groups = elb("TargetGroups", group("arn:vpc", "threa-1", "vpc-2", "3000"), group("arn:port", "threa-2", "vpc-1", "8080"),
		group("arn:name", "other-1", "vpc-1", "3000"), group("arn:right", "threa-3", "vpc-1", "3000"))
	acmList = `{"CertificateSummaryList":[{"CertificateArn":"arn:1","DomainName":"example.com"},{"CertificateArn":"arn:2","DomainName":"app.example.com"}]}`
)

func TestResourcesAreFoundByWhatTheyHold(t *testing.T) {
	rule := "<securityGroupRuleId>sgr-1</securityGroupRuleId><isEgress>false</isEgress><ipProtocol>tcp</ipProtocol>" +
		"<fromPort>5432</fromPort><toPort>5432</toPort><referencedGroupInfo><groupId>sg-tasks</groupId></referencedGroupInfo>"
	for name, one := range map[string]struct {
		kind    string
		inputs  object
		answers map[string]string
		want    string
	}{
		"a name":           {repositoryType, object{"name": "threa"}, nil, "threa"},
		"a budget":         {"aws:budgets/budget:Budget", object{"accountId": "123456789012", "name": "threa"}, nil, "123456789012:threa"},
		"several names":    {"aws:iam/rolePolicy:RolePolicy", object{"role": "r", "name": "p"}, nil, "r:p"},
		"a service":        {"aws:ecs/service:Service", object{"cluster": "arn:aws:ecs:eu-central-1:1:cluster/threa", "name": "web"}, nil, "threa/web"},
		"a route":          {"aws:ec2/route:Route", object{"routeTableId": "rtb-1", "destinationCidrBlock": "0.0.0.0/0"}, nil, "rtb-1_0.0.0.0/0"},
		"an upsert":        {"aws:sns/topicPolicy:TopicPolicy", object{"arn": "x"}, nil, ""},
		"a VPC":            {vpcType, object{"tags": tags("threa")}, map[string]string{"ec2:DescribeVpcs": ec2("<vpcId>vpc-2</vpcId>", "<vpcId>vpc-1</vpcId>")}, "vpc-1"},
		"no VPC":           {vpcType, object{"tags": tags("threa")}, nil, ""},
		"a subnet":         {"aws:ec2/subnet:Subnet", object{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"}, map[string]string{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>")}, "subnet-1"},
		"a group":          {securityGroups, object{"vpcId": "vpc-1", "name": "g"}, map[string]string{"ec2:DescribeSecurityGroups": ec2("<groupId>sg-1</groupId>")}, "sg-1"},
		"a rule":           {ingressRules, object{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": "5432", "toPort": "5432", "referencedSecurityGroupId": "sg-tasks"}, map[string]string{"ec2:DescribeSecurityGroupRules": ec2(rule)}, "sgr-1"},
		"another rule":     {ingressRules, object{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": "80", "toPort": "80", "referencedSecurityGroupId": "sg-tasks"}, map[string]string{"ec2:DescribeSecurityGroupRules": ec2(rule)}, ""},
		"the other way":    {egressRules, object{"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": "5432", "toPort": "5432", "referencedSecurityGroupId": "sg-tasks"}, map[string]string{"ec2:DescribeSecurityGroupRules": ec2(rule)}, ""},
		"an association":   {"aws:ec2/routeTableAssociation:RouteTableAssociation", object{"subnetId": "s", "routeTableId": "r"}, map[string]string{"ec2:DescribeRouteTables": ec2("<routeTableId>r</routeTableId>")}, "s/r"},
		"no association":   {"aws:ec2/routeTableAssociation:RouteTableAssociation", object{"subnetId": "s", "routeTableId": "r"}, nil, ""},
		"a topic":          {"aws:sns/topic:Topic", object{"name": "alarms"}, map[string]string{"sts:GetCallerIdentity": "<R><GetCallerIdentityResult><Account>42</Account></GetCallerIdentityResult></R>"}, "arn:aws:sns:eu-central-1:42:alarms"},
		"a machine":        {"aws:sfn/stateMachine:StateMachine", object{"name": "threa-standby"}, map[string]string{"sts:GetCallerIdentity": "<R><GetCallerIdentityResult><Account>42</Account></GetCallerIdentityResult></R>"}, "arn:aws:states:eu-central-1:42:stateMachine:threa-standby"},
		"a rule's target":  {"aws:cloudwatch/eventTarget:EventTarget", object{"rule": "threa-standby", "targetId": "standby"}, nil, "threa-standby/standby"},
		"no database":      {databaseType, object{"identifier": "threa"}, map[string]string{"rds:DescribeDBInstances": "error DBInstanceNotFound"}, ""},
		"a new task":       {taskDefinitions, object{"family": "threa", "tags": tags("t")}, map[string]string{"ecs:ListTaskDefinitions": `{"taskDefinitionArns":["arn:2"]}`, "ecs:DescribeTaskDefinition": `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`}, "arn:2"},
		"another's task":   {taskDefinitions, object{"family": "threa", "tags": tags("t")}, map[string]string{"ecs:ListTaskDefinitions": `{"taskDefinitionArns":["arn:2"]}`, "ecs:DescribeTaskDefinition": `{"tags":[]}`}, ""},
		"a record":         {"aws:route53/record:Record", object{"zoneId": "Z1", "name": "app.example.com", "type": "A"}, nil, "Z1_app.example.com_A"},
		"a load balancer":  {balancerType, object{"name": "threa"}, map[string]string{"elasticloadbalancing:DescribeLoadBalancers": elb("LoadBalancers", "<LoadBalancerArn>arn:b</LoadBalancerArn>")}, "arn:b"},
		"no load balancer": {balancerType, object{"name": "threa"}, map[string]string{"elasticloadbalancing:DescribeLoadBalancers": "error LoadBalancerNotFound"}, ""},
		"a listener":       {"aws:lb/listener:Listener", object{"loadBalancerArn": "arn:b", "port": "443"}, map[string]string{"elasticloadbalancing:DescribeListeners": elb("Listeners", "<ListenerArn>arn:80</ListenerArn><Port>80</Port>", "<ListenerArn>arn:443</ListenerArn><Port>443</Port>")}, "arn:443"},
		"no listener":      {"aws:lb/listener:Listener", object{"loadBalancerArn": "arn:b", "port": "443"}, nil, ""},
		"a target group":   {targetGroups, aGroup, map[string]string{"elasticloadbalancing:DescribeTargetGroups": groups, "elasticloadbalancing:DescribeTags": elbTags("Name", "t")}, "arn:right"},
		"another's group":  {targetGroups, aGroup, map[string]string{"elasticloadbalancing:DescribeTargetGroups": groups, "elasticloadbalancing:DescribeTags": elbTags("Name", "u")}, ""},
		"a certificate":    {certificates, object{"domainName": "app.example.com", "tags": tags("t")}, map[string]string{"acm:ListCertificates": acmList, "acm:ListTagsForCertificate": `{"Tags":[{"Key":"Name","Value":"t"},{"Key":"ManagedBy","Value":"pulumi"}]}`}, "arn:2"},
		"another's":        {certificates, object{"domainName": "app.example.com", "tags": tags("t")}, map[string]string{"acm:ListCertificates": acmList, "acm:ListTagsForCertificate": `{"Tags":[]}`}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			nobody, err := parseState([]byte(exported(t, nil, nil)))
			require.NoError(t, err)
			id, err := finders[one.kind](t.Context(), newAPI(t, &cloud{answers: one.answers}), nobody, one.inputs)
			require.NoError(t, err)
			assert.Equal(t, one.want, id)
		})
	}
}

func TestWhatDependsOnSomethingUnknownIsNotLookedFor(t *testing.T) {
	for _, kind := range []string{
		"aws:ec2/subnet:Subnet", securityGroups, ingressRules, "aws:ec2/route:Route", "aws:ec2/vpcEndpoint:VpcEndpoint",
		"aws:ec2/routeTableAssociation:RouteTableAssociation", "aws:ecs/service:Service", repositoryType,
		balancerType, "aws:lb/listener:Listener", targetGroups, certificates,
	} {
		c := &cloud{}
		inputs := object{}
		for _, key := range []string{"vpcId", "securityGroupId", "routeTableId", "subnetId", "cluster", "name", "loadBalancerArn", "domainName"} {
			inputs[key] = unknownValue
		}
		_, err := finders[kind](t.Context(), newAPI(t, c), nil, inputs)
		require.ErrorIs(t, err, errUnknown, kind)
		assert.Empty(t, c.calls, kind)
	}
}

func TestTwoOfWhatCanBeThereOnceIsAnError(t *testing.T) {
	c := &cloud{answers: map[string]string{"ec2:DescribeSubnets": ec2("<subnetId>subnet-1</subnetId>", "<subnetId>subnet-2</subnetId>")}}
	_, err := finders["aws:ec2/subnet:Subnet"](t.Context(), newAPI(t, c), nil, object{"vpcId": "vpc-1", "cidrBlock": "10.0.0.0/24"})
	require.ErrorContains(t, err, "subnet-1 and subnet-2")
}

// withOrphans is a stack, and an AWS that has more than its state.
func withOrphans(t *testing.T, more ...object) (*pulumi, *cloud) {
	t.Helper()
	p := &pulumi{t: t, exported: exported(t, append(more,
		made(vpcType, "vpc", "vpc-1", object{"tags": tags("threa")}),
		made(securityGroups, "rds", "sg-1", object{}),
		made(ingressRules, "rule", "sgr-1", object{}),
		made(taskDefinitions, "task", "arn:1", object{"family": "threa", "tags": tags("t")}),
	), nil)}
	return p, &cloud{answers: map[string]string{
		"ec2:DescribeVpcs": ec2("<vpcId>vpc-1</vpcId>", "<vpcId>vpc-2</vpcId>"),
		"ec2:DescribeSecurityGroupRules": ec2("<securityGroupRuleId>sgr-1</securityGroupRuleId>",
			"<securityGroupRuleId>sgr-2</securityGroupRuleId><isEgress>false</isEgress><cidrIpv4>0.0.0.0/0</cidrIpv4><ipProtocol>tcp</ipProtocol>"),
		"ecs:ListTaskDefinitions":    `{"taskDefinitionArns":["arn:2","arn:1"]}`,
		"ecs:DescribeTaskDefinition": `{"tags":[{"key":"Name","value":"t"},{"key":"ManagedBy","value":"pulumi"}]}`,
	}}
}

func TestRecovery_DeletesOrphansOfItsOwnStack(t *testing.T) {
	p, c := withOrphans(t, ownerID("7f3a"))
	c.answers[getRecord] = recordAnswer("7f3a")
	var questions []string
	said, err := recoverOnce(t, p, c, func(r *Recovery) {
		r.Approve = func(question string) bool { questions = append(questions, question); return true }
	})
	require.NoError(t, err)
	for _, id := range []string{"vpc-2 (VPC)", "sgr-2 (rule of rds that lets 0.0.0.0/0 in", "arn:2 (task definition revision)"} {
		assert.Contains(t, said, "Deleted "+id)
		require.Len(t, questions, 1)
		assert.Contains(t, questions[0], "delete: "+id)
	}
	assert.Equal(t, []string{"ec2:DeleteVpc VpcId=vpc-2"}, c.called("ec2:DeleteVpc"))
	assert.Equal(t, []string{"ec2:RevokeSecurityGroupIngress GroupId=sg-1&SecurityGroupRuleId.1=sgr-2"}, c.called("ec2:RevokeSecurityGroupIngress"))
	assert.Len(t, c.called("ecs:DeregisterTaskDefinition"), 1)
}
