package translate

// program maps each pulumi-aws resource of the program to its Terraform resource.
var program = map[string]string{
	"aws:acm/certificate:Certificate":                     "aws_acm_certificate",
	"aws:acm/certificateValidation:CertificateValidation": "aws_acm_certificate_validation",
	"aws:appautoscaling/policy:Policy":                    "aws_appautoscaling_policy",
	"aws:appautoscaling/target:Target":                    "aws_appautoscaling_target",

	"aws:budgets/budget:Budget": "aws_budgets_budget",

	"aws:cloudwatch/dashboard:Dashboard":     "aws_cloudwatch_dashboard",
	"aws:cloudwatch/eventRule:EventRule":     "aws_cloudwatch_event_rule",
	"aws:cloudwatch/eventTarget:EventTarget": "aws_cloudwatch_event_target",
	"aws:cloudwatch/logGroup:LogGroup":       "aws_cloudwatch_log_group",
	"aws:cloudwatch/metricAlarm:MetricAlarm": "aws_cloudwatch_metric_alarm",

	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         "aws_default_security_group",
	"aws:ec2/internetGateway:InternetGateway":                   "aws_internet_gateway",
	"aws:ec2/route:Route":                                       "aws_route",
	"aws:ec2/routeTable:RouteTable":                             "aws_route_table",
	"aws:ec2/routeTableAssociation:RouteTableAssociation":       "aws_route_table_association",
	"aws:ec2/securityGroup:SecurityGroup":                       "aws_security_group",
	"aws:ec2/subnet:Subnet":                                     "aws_subnet",
	"aws:ec2/vpc:Vpc":                                           "aws_vpc",
	"aws:ec2/vpcEndpoint:VpcEndpoint":                           "aws_vpc_endpoint",
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule":   "aws_vpc_security_group_egress_rule",
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": "aws_vpc_security_group_ingress_rule",

	"aws:ecr/lifecyclePolicy:LifecyclePolicy": "aws_ecr_lifecycle_policy",
	"aws:ecr/repository:Repository":           "aws_ecr_repository",

	"aws:ecs/cluster:Cluster":                                   "aws_ecs_cluster",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "aws_ecs_cluster_capacity_providers",
	"aws:ecs/service:Service":                                   "aws_ecs_service",
	"aws:ecs/taskDefinition:TaskDefinition":                     "aws_ecs_task_definition",

	"aws:elasticache/parameterGroup:ParameterGroup":     "aws_elasticache_parameter_group",
	"aws:elasticache/replicationGroup:ReplicationGroup": "aws_elasticache_replication_group",
	"aws:elasticache/subnetGroup:SubnetGroup":           "aws_elasticache_subnet_group",

	"aws:iam/role:Role":                                 "aws_iam_role",
	"aws:iam/rolePolicy:RolePolicy":                     "aws_iam_role_policy",
	"aws:iam/rolePolicyAttachment:RolePolicyAttachment": "aws_iam_role_policy_attachment",

	"aws:lb/listener:Listener":         "aws_lb_listener",
	"aws:lb/loadBalancer:LoadBalancer": "aws_lb",
	"aws:lb/targetGroup:TargetGroup":   "aws_lb_target_group",

	"aws:rds/instance:Instance":             "aws_db_instance",
	"aws:rds/parameterGroup:ParameterGroup": "aws_db_parameter_group",
	"aws:rds/subnetGroup:SubnetGroup":       "aws_db_subnet_group",

	"aws:route53/record:Record": "aws_route53_record",

	"aws:scheduler/schedule:Schedule":   "aws_scheduler_schedule",
	"aws:sfn/stateMachine:StateMachine": "aws_sfn_state_machine",

	"aws:sns/topic:Topic":                         "aws_sns_topic",
	"aws:sns/topicPolicy:TopicPolicy":             "aws_sns_topic_policy",
	"aws:sns/topicSubscription:TopicSubscription": "aws_sns_topic_subscription",

	"aws:ssm/parameter:Parameter": "aws_ssm_parameter",
}

// programFunctions maps each pulumi-aws function to its Terraform data source.
var programFunctions = map[string]string{
	"aws:index/getAvailabilityZones:getAvailabilityZones": "aws_availability_zones",
	"aws:index/getCallerIdentity:getCallerIdentity":       "aws_caller_identity",
	"aws:index/getPartition:getPartition":                 "aws_partition",
	"aws:index/getRegion:getRegion":                       "aws_region",

	"aws:cloudwatch/getLogGroup:getLogGroup":   "aws_cloudwatch_log_group",
	"aws:cloudwatch/getLogGroups:getLogGroups": "aws_cloudwatch_log_groups",
	"aws:ecr/getRepository:getRepository":      "aws_ecr_repository",
	"aws:ecr/getRepositories:getRepositories":  "aws_ecr_repositories",
	"aws:ecs/getCluster:getCluster":            "aws_ecs_cluster",

	"aws:ec2/getSubnet:getSubnet":   "aws_subnet",
	"aws:ec2/getSubnets:getSubnets": "aws_subnets",
	"aws:ec2/getVpc:getVpc":         "aws_vpc",
	"aws:ec2/getVpcs:getVpcs":       "aws_vpcs",

	"aws:ecs/getClusters:getClusters": "aws_ecs_clusters",
	"aws:ecs/getService:getService":   "aws_ecs_service",

	"aws:elasticache/getCluster:getCluster": "aws_elasticache_cluster",

	"aws:iam/getPolicyDocument:getPolicyDocument": "aws_iam_policy_document",
	"aws:iam/getRole:getRole":                     "aws_iam_role",
	"aws:iam/getRoles:getRoles":                   "aws_iam_roles",

	"aws:lb/getLbs:getLbs":                   "aws_lbs",
	"aws:lb/getLoadBalancer:getLoadBalancer": "aws_lb",

	"aws:rds/getEngineVersion:getEngineVersion": "aws_rds_engine_version",
	"aws:rds/getInstance:getInstance":           "aws_db_instance",
	"aws:rds/getInstances:getInstances":         "aws_db_instances",
	"aws:rds/getSnapshot:getSnapshot":           "aws_db_snapshot",

	"aws:resourcegroupstaggingapi/getResources:getResources": "aws_resourcegroupstaggingapi_resources",

	"aws:route53/getZone:getZone": "aws_route53_zone",

	"aws:ssm/getParameter:getParameter":               "aws_ssm_parameter",
	"aws:ssm/getParametersByPath:getParametersByPath": "aws_ssm_parameters_by_path",
}
