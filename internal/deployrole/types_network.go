package deployrole

// networkTypes are those of EC2. Their ARNs hold ids, which nobody knows beforehand: the rights reach what is in the
// account and region.
var networkTypes = map[string][]right{
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		look("ec2", "DescribeSecurityGroups", "DescribeSecurityGroupRules"),
		change("ec2", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress", "CreateTags", "DeleteTags").in("security-group/*"),
	},
	"aws:ec2/internetGateway:InternetGateway": {
		look("ec2", "DescribeInternetGateways"),
		change("ec2", "CreateInternetGateway", "DeleteInternetGateway", "AttachInternetGateway", "DetachInternetGateway", "CreateTags", "DeleteTags").
			in("internet-gateway/*"),
		change("ec2", "AttachInternetGateway", "DetachInternetGateway").in("vpc/*"),
	},
	"aws:ec2/route:Route": {
		look("ec2", "DescribeRouteTables"),
		change("ec2", "CreateRoute", "ReplaceRoute", "DeleteRoute").in("route-table/*"),
	},
	"aws:ec2/routeTable:RouteTable": {
		look("ec2", "DescribeRouteTables"),
		change("ec2", "CreateRouteTable", "DeleteRouteTable", "CreateTags", "DeleteTags").in("route-table/*"),
		change("ec2", "CreateRouteTable").in("vpc/*"),
	},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {
		look("ec2", "DescribeRouteTables"),
		change("ec2", "AssociateRouteTable", "DisassociateRouteTable").in("route-table/*", "subnet/*"),
	},
	"aws:ec2/securityGroup:SecurityGroup": {
		// Before a group goes, the provider looks for what still uses it.
		look("ec2", "DescribeSecurityGroups", "DescribeSecurityGroupRules", "DescribeNetworkInterfaces"),
		change("ec2", "CreateSecurityGroup", "DeleteSecurityGroup", "RevokeSecurityGroupIngress", "RevokeSecurityGroupEgress",
			"CreateTags", "DeleteTags").in("security-group/*"),
		change("ec2", "CreateSecurityGroup").in("vpc/*"),
	},
	"aws:ec2/subnet:Subnet": {
		look("ec2", "DescribeSubnets", "DescribeNetworkInterfaces"),
		change("ec2", "CreateSubnet", "DeleteSubnet", "ModifySubnetAttribute", "CreateTags", "DeleteTags").in("subnet/*"),
		change("ec2", "CreateSubnet").in("vpc/*"),
	},
	"aws:ec2/vpc:Vpc": {
		look("ec2", "DescribeVpcs", "DescribeNetworkAcls", "DescribeRouteTables", "DescribeSecurityGroups"),
		look("ec2", "DescribeVpcAttribute").in("vpc/*"),
		change("ec2", "CreateVpc", "DeleteVpc", "ModifyVpcAttribute", "CreateTags", "DeleteTags").in("vpc/*"),
	},
	"aws:ec2/vpcEndpoint:VpcEndpoint": {
		look("ec2", "DescribeVpcEndpoints", "DescribePrefixLists", "DescribeNetworkInterfaces"),
		change("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint", "DeleteVpcEndpoints", "CreateTags", "DeleteTags").in("vpc-endpoint/*"),
		change("ec2", "CreateVpcEndpoint", "ModifyVpcEndpoint").in("vpc/*", "subnet/*", "security-group/*", "route-table/*"),
	},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
		look("ec2", "DescribeSecurityGroupRules"),
		change("ec2", "AuthorizeSecurityGroupEgress", "RevokeSecurityGroupEgress", "ModifySecurityGroupRules").in("security-group/*"),
		change("ec2", "AuthorizeSecurityGroupEgress", "ModifySecurityGroupRules", "CreateTags", "DeleteTags").in("security-group-rule/*"),
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
		look("ec2", "DescribeSecurityGroupRules"),
		change("ec2", "AuthorizeSecurityGroupIngress", "RevokeSecurityGroupIngress", "ModifySecurityGroupRules").in("security-group/*"),
		change("ec2", "AuthorizeSecurityGroupIngress", "ModifySecurityGroupRules", "CreateTags", "DeleteTags").in("security-group-rule/*"),
	},
}
