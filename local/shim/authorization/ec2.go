package authorization

import "strings"

// kinds are the types of what EC2 gives an id, by the beginning of the id.
var kinds = map[string]string{
	"eipalloc": "elastic-ip", "eni": "network-interface", "igw": "internet-gateway", "acl": "network-acl", "rtb": "route-table",
	"sg": "security-group", "sgr": "security-group-rule", "subnet": "subnet", "vpc": "vpc", "vpce": "vpc-endpoint",
	"rtbassoc": "route-table",
}

// ec2Resource is an id as it stands in an ARN. Of an unknown kind it matches no pattern but *.
func ec2Resource(id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return kinds[prefix] + "/" + id
}

var ec2Actions = all(nil,
	"DescribeAccountAttributes", "DescribeAddresses", "DescribeAvailabilityZones", "DescribeInternetGateways", "DescribeManagedPrefixLists",
	"DescribeNetworkAcls", "DescribeNetworkInterfaces", "DescribePrefixLists", "DescribeRouteTables", "DescribeSecurityGroupRules",
	"DescribeSecurityGroups", "DescribeSubnets", "DescribeTags", "DescribeVpcEndpoints", "DescribeVpcs",
).and(map[string][]string{
	"CreateVpc": {"vpc/new"}, "DeleteVpc": {"{VpcId}"}, "ModifyVpcAttribute": {"{VpcId}"}, "DescribeVpcAttribute": {"{VpcId}"},
	"CreateSubnet": {"subnet/new", "{VpcId}"}, "DeleteSubnet": {"{SubnetId}"}, "ModifySubnetAttribute": {"{SubnetId}"},
	"CreateInternetGateway": {"internet-gateway/new"}, "DeleteInternetGateway": {"{InternetGatewayId}"},
	"AttachInternetGateway": {"{InternetGatewayId}", "{VpcId}"}, "DetachInternetGateway": {"{InternetGatewayId}", "{VpcId}"},
	"CreateRouteTable": {"route-table/new", "{VpcId}"}, "DeleteRouteTable": {"{RouteTableId}"},
	"AssociateRouteTable": {"{RouteTableId}", "{SubnetId}"}, "DisassociateRouteTable": {"{AssociationId}"},
	"ReplaceRouteTableAssociation": {"{AssociationId}", "{RouteTableId}"},
	"CreateRoute":                  {"{RouteTableId}"}, "ReplaceRoute": {"{RouteTableId}"}, "DeleteRoute": {"{RouteTableId}"},
	"CreateSecurityGroup": {"security-group/new", "{VpcId}"}, "DeleteSecurityGroup": {"{GroupId}"},
	"AuthorizeSecurityGroupIngress": {"{GroupId}"}, "AuthorizeSecurityGroupEgress": {"{GroupId}"},
	"RevokeSecurityGroupIngress": {"{GroupId}"}, "RevokeSecurityGroupEgress": {"{GroupId}"},
	"ModifySecurityGroupRules":                   {"{GroupId}", "{SecurityGroupRule.*.SecurityGroupRuleId}"},
	"UpdateSecurityGroupRuleDescriptionsIngress": {"{GroupId}"}, "UpdateSecurityGroupRuleDescriptionsEgress": {"{GroupId}"},
	"CreateVpcEndpoint": {"vpc-endpoint/new", "{VpcId}", "{SubnetId}", "{SecurityGroupId}", "{RouteTableId}"},
	"ModifyVpcEndpoint": {"{VpcEndpointId}"}, "DeleteVpcEndpoints": {"{VpcEndpointId}"},
	"CreateTags": {"{ResourceId}"}, "DeleteTags": {"{ResourceId}"},
})
