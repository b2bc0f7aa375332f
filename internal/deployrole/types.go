package deployrole

import "maps"

// types has each type of resource and each function of the program, by its Pulumi token.
var types = together(networkTypes, runningTypes, ingressTypes, scalingTypes, map[string][]right{
	"aws:budgets/budget:Budget": {
		look("budgets", "ViewBudget", "ListTagsForResource").global("budget/{name}", "budget/{name}-*"),
		change("budgets", "ModifyBudget", "TagResource", "UntagResource").global("budget/{name}", "budget/{name}-*"),
	},

	"aws:cloudwatch/dashboard:Dashboard": {
		look("cloudwatch", "GetDashboard").global("dashboard/{name}", "dashboard/{name}-*"),
		change("cloudwatch", "PutDashboard", "DeleteDashboards").global("dashboard/{name}", "dashboard/{name}-*"),
	},
	"aws:cloudwatch/logGroup:LogGroup": {
		look("logs", "DescribeLogGroups"),
		look("logs", "ListTagsForResource").in(logGroups...),
		change("logs", "CreateLogGroup", "DeleteLogGroup", "PutRetentionPolicy", "DeleteRetentionPolicy", "TagResource", "UntagResource").in(logGroups...),
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		look("cloudwatch", "DescribeAlarms"), // takes no single alarm
		look("cloudwatch", "ListTagsForResource").in("alarm:{name}-*"),
		change("cloudwatch", "PutMetricAlarm", "DeleteAlarms", "TagResource", "UntagResource").in("alarm:{name}-*"),
	},

	"aws:ecr/lifecyclePolicy:LifecyclePolicy": {
		look("ecr", "GetLifecyclePolicy").in(repositories...),
		change("ecr", "PutLifecyclePolicy", "DeleteLifecyclePolicy").in(repositories...),
	},
	"aws:ecr/repository:Repository": {
		look("ecr", "DescribeRepositories", "ListTagsForResource", "ListImages", "DescribeImages").in(repositories...),
		change("ecr", "CreateRepository", "DeleteRepository", "PutImageScanningConfiguration", "PutImageTagMutability",
			"BatchDeleteImage", "TagResource", "UntagResource").in(repositories...),
	},

	"aws:elasticache/parameterGroup:ParameterGroup": {
		look("elasticache", "DescribeCacheParameterGroups", "DescribeCacheParameters", "ListTagsForResource").in("parametergroup:{name}-*"),
		change("elasticache", "CreateCacheParameterGroup", "ModifyCacheParameterGroup", "ResetCacheParameterGroup", "DeleteCacheParameterGroup",
			"AddTagsToResource", "RemoveTagsFromResource").in("parametergroup:{name}-*"),
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		look("elasticache", "DescribeReplicationGroups", "ListTagsForResource").in("replicationgroup:{name}"),
		look("elasticache", "DescribeCacheClusters").in("cluster:*"), // the provider asks for all when the number of nodes changes
		look("elasticache", "ListTagsForResource").in("cluster:{name}-*"),
		change("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup", "DeleteReplicationGroup", "AddTagsToResource",
			"RemoveTagsFromResource", "IncreaseReplicaCount", "DecreaseReplicaCount", "TestFailover").in("replicationgroup:{name}"),
		change("elasticache", "CreateReplicationGroup", "ModifyReplicationGroup", "AddTagsToResource", "RemoveTagsFromResource").
			in("cluster:{name}-*", "parametergroup:{name}-*", "parametergroup:default.*", "subnetgroup:{name}", "subnetgroup:{name}-*"),
		ownRole("elasticache.amazonaws.com"),
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {
		look("elasticache", "DescribeCacheSubnetGroups", "ListTagsForResource").in("subnetgroup:{name}", "subnetgroup:{name}-*"),
		change("elasticache", "CreateCacheSubnetGroup", "ModifyCacheSubnetGroup", "DeleteCacheSubnetGroup", "AddTagsToResource",
			"RemoveTagsFromResource").in("subnetgroup:{name}", "subnetgroup:{name}-*"),
	},

	"aws:iam/role:Role": {
		look("iam", "GetRole", "ListRolePolicies", "ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRoleTags").global("role/{name}-*"),
		change("iam", "CreateRole", "DeleteRole", "UpdateRole", "UpdateRoleDescription", "UpdateAssumeRolePolicy", "TagRole", "UntagRole").
			global("role/{name}-*"),
		// A deletion first removes the policies that somebody added by hand, which it lists with the rights above.
		change("iam", "DetachRolePolicy", "DeleteRolePolicy").global("role/{name}-*"),
	},
	"aws:iam/rolePolicy:RolePolicy": {
		look("iam", "GetRolePolicy").global("role/{name}-*"),
		change("iam", "PutRolePolicy", "DeleteRolePolicy").global("role/{name}-*"),
	},
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": {
		look("iam", "ListAttachedRolePolicies").global("role/{name}-*"),
		change("iam", "AttachRolePolicy", "DetachRolePolicy").global("role/{name}-*"),
	},

	"aws:rds/instance:Instance": {
		look("rds", "DescribeDBInstances"), // also asked for with filters
		look("rds", "ListTagsForResource").in(databases...),
		look("ec2", "DescribeAccountAttributes", "DescribeAvailabilityZones", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs"),
		change("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance",
			"DeleteDBInstance", "RebootDBInstance", "PromoteReadReplica", "AddTagsToResource", "RemoveTagsFromResource").in(databases...),
		change("rds", "CreateDBInstance", "CreateDBInstanceReadReplica", "RestoreDBInstanceFromDBSnapshot", "ModifyDBInstance").
			in("subgrp:{name}", "subgrp:{name}-*", "pg:{name}-*", "pg:default.*", "og:default:*"),
		// A destroy leaves a snapshot, for which RDS wants this right, too, since 2024; a new database may start with one of
		// this stack. Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
		change("rds", "CreateDBSnapshot").in(databases...),
		change("rds", "CreateDBSnapshot", "RestoreDBInstanceFromDBSnapshot", "AddTagsToResource").in("snapshot:{name}-*", "snapshot:rds:{name}-*"),
		ownRole("rds.amazonaws.com"),
	},
	"aws:rds/parameterGroup:ParameterGroup": {
		look("rds", "DescribeDBParameterGroups", "DescribeDBParameters", "ListTagsForResource").in("pg:{name}-*"),
		change("rds", "CreateDBParameterGroup", "ModifyDBParameterGroup", "ResetDBParameterGroup", "DeleteDBParameterGroup",
			"AddTagsToResource", "RemoveTagsFromResource").in("pg:{name}-*"),
	},
	"aws:rds/subnetGroup:SubnetGroup": {
		look("rds", "DescribeDBSubnetGroups", "ListTagsForResource").in("subgrp:{name}", "subgrp:{name}-*"),
		change("rds", "CreateDBSubnetGroup", "ModifyDBSubnetGroup", "DeleteDBSubnetGroup", "AddTagsToResource", "RemoveTagsFromResource").
			in("subgrp:{name}", "subgrp:{name}-*"),
	},

	"aws:sns/topic:Topic": {
		look("sns", "GetTopicAttributes", "ListTagsForResource").in("{name}-*"),
		change("sns", "CreateTopic", "DeleteTopic", "SetTopicAttributes", "TagResource", "UntagResource").in("{name}-*"),
	},
	"aws:sns/topicPolicy:TopicPolicy": {
		look("sns", "GetTopicAttributes").in("{name}-*"),
		change("sns", "SetTopicAttributes").in("{name}-*"),
	},
	"aws:sns/topicSubscription:TopicSubscription": {
		// A subscription's ARN is its topic's with an id behind it.
		look("sns", "ListSubscriptionsByTopic", "GetSubscriptionAttributes").in("{name}-*"),
		change("sns", "Subscribe", "SetSubscriptionAttributes", "Unsubscribe").in("{name}-*"),
	},

	"aws:ssm/parameter:Parameter": {
		look("ssm", "DescribeParameters"),
		look("ssm", "GetParameter", "GetParameters", "ListTagsForResource").in("parameter/{name}/*"),
		change("ssm", "PutParameter", "DeleteParameter", "AddTagsToResource", "RemoveTagsFromResource").in("parameter/{name}/*"),
	},

	"aws:index/getAvailabilityZones:getAvailabilityZones": {look("ec2", "DescribeAvailabilityZones")},
	"aws:index/getCallerIdentity:getCallerIdentity":       {look("sts", "GetCallerIdentity")},
	"aws:index/getPartition:getPartition":                 nil, // the provider knows
	"aws:index/getRegion:getRegion":                       nil,
	"aws:cloudwatch/getLogGroup:getLogGroup":              {look("logs", "DescribeLogGroups"), look("logs", "ListTagsForResource").in(logGroups...)},
	"aws:ecr/getRepository:getRepository": {
		look("ecr", "DescribeRepositories", "ListTagsForResource", "ListImages", "DescribeImages").in(repositories...),
	},
	"aws:ecs/getCluster:getCluster":                          {look("ecs", "DescribeClusters", "ListTagsForResource").in("cluster/{name}")},
	"aws:cloudwatch/getLogGroups:getLogGroups":               {look("logs", "DescribeLogGroups")},
	"aws:ecr/getRepositories:getRepositories":                {look("ecr", "DescribeRepositories")}, // lists all
	"aws:iam/getRoles:getRoles":                              {look("iam", "ListRoles")},            // the provider lists all and picks by name
	"aws:ec2/getSubnet:getSubnet":                            {look("ec2", "DescribeSubnets")},
	"aws:ec2/getSubnets:getSubnets":                          {look("ec2", "DescribeSubnets")},
	"aws:ec2/getVpc:getVpc":                                  {look("ec2", "DescribeVpcs", "DescribeRouteTables"), look("ec2", "DescribeVpcAttribute").in("vpc/*")},
	"aws:ec2/getVpcs:getVpcs":                                {look("ec2", "DescribeVpcs")},
	"aws:ecs/getService:getService":                          {look("ecs", "DescribeServices", "ListTagsForResource").in(services...)},
	"aws:elasticache/getCluster:getCluster":                  {look("elasticache", "DescribeCacheClusters", "ListTagsForResource").in("cluster:{name}-*")},
	"aws:iam/getPolicyDocument:getPolicyDocument":            nil,
	"aws:iam/getRole:getRole":                                {look("iam", "GetRole").global("role/{name}-*")},
	"aws:rds/getEngineVersion:getEngineVersion":              {look("rds", "DescribeDBEngineVersions")},
	"aws:rds/getInstance:getInstance":                        {look("rds", "DescribeDBInstances"), look("rds", "ListTagsForResource").in(databases...)},
	"aws:rds/getInstances:getInstances":                      {look("rds", "DescribeDBInstances")},
	"aws:rds/getSnapshot:getSnapshot":                        {look("rds", "DescribeDBSnapshots")}, // looks for any snapshot that is named
	"aws:resourcegroupstaggingapi/getResources:getResources": {look("tag", "GetResources")},
	"aws:ssm/getParameter:getParameter":                      {look("ssm", "GetParameter").in("parameter/{name}/*")},
	"aws:ssm/getParametersByPath:getParametersByPath":        {look("ssm", "GetParametersByPath").in("parameter/{name}", "parameter/{name}/*")},
})

// Names that several types share.
var (
	databases    = []string{"db:{name}", "db:{name}-*"}
	repositories = []string{"repository/{name}", "repository/{name}-*"}
	// AWS writes the ARN of a log group with and without a colon and a star behind it, by the action.
	logGroups = []string{"log-group:/ecs/{name}", "log-group:/ecs/{name}:*", "log-group:/ecs/{name}-*"}
)

func together(parts ...map[string][]right) map[string][]right {
	all := map[string][]right{}
	for _, part := range parts {
		maps.Copy(all, part)
	}
	return all
}
