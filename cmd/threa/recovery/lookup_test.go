package recovery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
)

// Calls that several tests answer.
const (
	listRevisions    = "ecs:ListTaskDefinitions"
	describeRevision = "ecs:DescribeTaskDefinition"
	describeRules    = "ec2:DescribeSecurityGroupRules"
	describeListener = "elasticloadbalancing:DescribeListeners"
	getResources     = "tagging:GetResources"
	describeDatabase = "rds:DescribeDBInstances"
)

const (
	certificateARN  = "arn:aws:acm:eu-central-1:42:certificate/1"
	groupARN        = "arn:aws:elasticloadbalancing:eu-central-1:42:targetgroup/threa-1/1"
	balancerARN     = "arn:aws:elasticloadbalancing:eu-central-1:42:loadbalancer/app/threa/1"
	balancerType    = "aws:lb/loadBalancer:LoadBalancer"
	listenerType    = "aws:lb/listener:Listener"
	associationType = "aws:ec2/routeTableAssociation:RouteTableAssociation"
	serviceType     = "aws:ecs/service:Service"
)

// answers are the answers of AWS, by call.
type answers = map[string]string

// ec2 is an answer with a list of items.
func ec2(items ...string) string {
	return "<R><set><item>" + strings.Join(items, "</item><item>") + "</item></set></R>"
}

var (
	twoListeners = "<R><DescribeListenersResult><Listeners>" +
		"<member><ListenerArn>arn:80</ListenerArn><Port>80</Port></member>" +
		"<member><ListenerArn>arn:443</ListenerArn><Port>443</Port></member></Listeners></DescribeListenersResult></R>"
	tagged = answers{getResources: `{"ResourceTagMappingList":[{"ResourceARN":"` +
		strings.Join([]string{certificateARN, groupARN, balancerARN}, `"},{"ResourceARN":"`) + `"}]}`}
	rules = answers{describeRules: ec2("<securityGroupRuleId>sgr-out</securityGroupRuleId><isEgress>true</isEgress>"+
		"<ipProtocol>-1</ipProtocol><cidrIpv4>0.0.0.0/0</cidrIpv4>", "<securityGroupRuleId>sgr-in</securityGroupRuleId>"+
		"<isEgress>false</isEgress><ipProtocol>tcp</ipProtocol><fromPort>5432</fromPort><toPort>5432</toPort>"+
		"<referencedGroupInfo><groupId>sg-tasks</groupId></referencedGroupInfo>")}
	revisions = answers{listRevisions: `{"taskDefinitionArns":["arn:2"]}`, describeRevision: `{"tags":[
		{"key":"Name","value":"threa"},{"key":"Stack","value":"threa"},{"key":"ManagedBy","value":"pulumi"}]}`}
)

func ruleInputs(port float64) properties {
	return properties{
		"securityGroupId": "sg-1", "ipProtocol": "tcp", "fromPort": port, "toPort": port, otherGroup: "sg-tasks",
	}
}

// existing is a resource that AWS has.
type existing struct {
	inputs  properties // without tags
	id      string     // import id; empty for a type that is never imported
	answers answers
}

// taggedEC2 is an EC2 resource that is found by its tags. The first of the ids is imported.
func taggedEC2(call, element string, ids ...string) existing {
	var items []string
	for _, id := range slices.Backward(ids) {
		items = append(items, fmt.Sprintf("<%[1]s>%[2]s</%[1]s>", element, id))
	}
	return existing{nil, ids[0], answers{"ec2:" + call: ec2(items...)}}
}

// looked has the types whose import id recovery asks AWS for.
var looked = map[string]existing{
	"aws:acm/certificate:Certificate": {nil, certificateARN, tagged},
	balancerType:                      {nil, balancerARN, tagged},
	"aws:lb/targetGroup:TargetGroup":  {nil, groupARN, tagged},
	listenerType: {
		properties{"loadBalancerArn": "arn:b", "port": 443.0}, "arn:443", answers{describeListener: twoListeners},
	},
	vpcs:             taggedEC2("DescribeVpcs", "vpcId", "vpc-1", "vpc-2"),
	internetGateways: taggedEC2("DescribeInternetGateways", "internetGatewayId", "igw-1"),
	routeTables:      taggedEC2("DescribeRouteTables", "routeTableId", "threa"),
	"aws:ec2/subnet:Subnet": {nil, "subnet-1", answers{
		"ec2:DescribeSubnets": ec2("<vpcId>vpc-1</vpcId><subnetId>subnet-1</subnetId>")}},
	securityGroups: taggedEC2("DescribeSecurityGroups", "groupId", "sg-1"),
	associationType: {
		properties{"routeTableId": "threa", "subnetId": "s"}, "s/threa",
		answers{"ec2:DescribeRouteTables": ec2("<routeTableId>threa</routeTableId>")},
	},
	egressRules: {
		properties{"securityGroupId": "sg-1", "ipProtocol": "-1", "cidrIpv4": "0.0.0.0/0"}, "sgr-out", rules,
	},
	ingressRules:    {ruleInputs(5432), "sgr-in", rules},
	serviceType:     {properties{"cluster": "arn:aws:ecs:eu-central-1:1:cluster/threa", "name": "web"}, "threa/web", nil},
	taskDefinitions: {properties{"family": "threa"}, "arn:2", revisions},
	databaseType:    {properties{"identifier": "threa"}, "threa", answers{describeDatabase: availableDatabase}},
	resources.Cache: {properties{"replicationGroupId": "threa"}, "threa", answers{
		"elasticache:DescribeReplicationGroups": "<R><DescribeReplicationGroupsResult><ReplicationGroups><ReplicationGroup>" +
			"<Status>available</Status></ReplicationGroup></ReplicationGroups></DescribeReplicationGroupsResult></R>"}},
}

// example returns a resource of a type. Every input of which its import id is made is "threa".
func example(kind string) existing {
	if e, ok := looked[kind]; ok {
		return e
	}
	row, _ := resources.Find(kind)
	e := existing{inputs: properties{}}
	e.id = resources.Expand(row.ImportID, func(key string) string {
		switch key {
		case "region":
			return "eu-central-1"
		case "account":
			return "42"
		}
		e.inputs[key] = "threa"
		return "threa"
	})
	return e
}

func TestImportID_OfEveryType(t *testing.T) {
	for kind, row := range resources.Types() {
		assert.Equal(t, row.ImportID == resources.Lookup, lookups[kind] != nil, "lookup of %s", kind)
		e := example(kind)
		inputs := properties{"tags": ourTags}
		maps.Copy(inputs, e.inputs)
		ids, err := newAPI(t, &cloud{answers: e.answers}).importIDs(t.Context(), &state{}, kind, inputs)
		require.NoError(t, err, kind)
		assert.Equal(t, e.id, strings.Join(ids[:min(1, len(ids))], ""), kind)
	}
}

func TestImportID_IsEmptyIfAWSHasNone(t *testing.T) {
	for name, c := range map[string]struct {
		kind    string
		inputs  properties
		answers answers
	}{
		"a VPC":               {vpcs, properties{}, nil},
		"a certificate":       {"aws:acm/certificate:Certificate", properties{}, nil},
		"another rule":        {ingressRules, ruleInputs(80), rules},
		"the other direction": {egressRules, ruleInputs(5432), rules},
		"an association":      {associationType, properties{"subnetId": "s", "routeTableId": "r"}, nil},
		"a listener": {listenerType, properties{"loadBalancerArn": "arn:b", "port": 8080.0},
			answers{describeListener: twoListeners}},
		"a database": {databaseType, properties{"identifier": "x"},
			answers{describeDatabase: "error <R><Error><Code>DBInstanceNotFound</Code></Error></R>"}},
		"a cache": {resources.Cache, properties{"replicationGroupId": "x"}, answers{
			"elasticache:DescribeReplicationGroups": "error <R><Error><Code>ReplicationGroupNotFoundFault</Code></Error></R>"}},
		"another's definition": {taskDefinitions, properties{"family": "x"},
			answers{listRevisions: `{"taskDefinitionArns":["arn:2"]}`, describeRevision: `{"tags":[]}`}},
	} {
		c.inputs["tags"] = ourTags
		ids, err := newAPI(t, &cloud{answers: c.answers}).importIDs(t.Context(), &state{}, c.kind, c.inputs)
		require.NoError(t, err, name)
		assert.Empty(t, ids, name)
	}
}

func TestImportID_SkipsUnknownInputs(t *testing.T) {
	unknown := properties{}
	for _, key := range []string{"securityGroupId", "routeTableId", "subnetId", "cluster", "name", "loadBalancerArn"} {
		unknown[key] = unknownValue
	}
	for _, kind := range []string{
		ingressRules, "aws:ec2/route:Route", associationType, serviceType, repositoryType, listenerType,
	} {
		c := &cloud{}
		_, err := newAPI(t, c).importIDs(t.Context(), nil, kind, unknown)
		require.ErrorIs(t, err, errUnknown, kind)
		assert.Empty(t, c.calls, kind)
	}
}

var ourTags = map[string]any{"Name": "threa", "Stack": "threa", "ManagedBy": "pulumi"}
