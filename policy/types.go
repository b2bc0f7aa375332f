package policy

import "fmt"

// kind is a type of resources in CloudFormation, and what its properties are called there where that is not the name in
// Pulumi with a capital letter.
type kind struct {
	target   string
	deletion string                            // what happens to its data when it is deleted or replaced
	paths    map[string]string                 // where a property is, with periods between the levels
	values   map[string]func(any) (any, error) // what its value becomes
	left     map[string]string                 // properties that CloudFormation does not have, with the reason
	// attributes are properties that are pairs of a list there, by their keys in it.
	attributes map[string]string
	list       string

	// How others refer to it: by its ID, by an ARN that is its Ref, by an ARN that is an attribute.
	byID           bool
	refARN, getARN func(inputs map[string]any) string
}

// arnOf is an ARN in the account and region of the tests' make-believe AWS.
const arnOf = "arn:aws:%s:eu-central-1:123456789012:%s%v"

// Untranslated are the types that have no counterpart, with the reason.
var Untranslated = map[string]string{
	"pulumi:index:Stash":                                        "a value in Pulumi's state",
	"aws:cloudwatch/eventTarget:EventTarget":                    "a property of the rule in CloudFormation; no rule reads it",
	"aws:acm/certificateValidation:CertificateValidation":       "CloudFormation waits for a certificate by itself",
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup":         "CloudFormation cannot take over the group that AWS makes",
	"aws:ecr/lifecyclePolicy:LifecyclePolicy":                   "a property of the repository in CloudFormation; no rule reads it",
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": "CloudFormation wants a default strategy; here every service has its own",
	"aws:ssm/parameter:Parameter":                               "CloudFormation makes no SecureString",
}

const engineOnly = "an instruction to the provider"

var known = map[string]kind{
	"aws:acm/certificate:Certificate": {
		target: "AWS::CertificateManager::Certificate",
		refARN: func(map[string]any) string {
			return fmt.Sprintf(arnOf, "acm", "certificate/", "01234567-89ab-cdef-0123-456789abcdef")
		},
	},
	"aws:appautoscaling/policy:Policy": {
		target: "AWS::ApplicationAutoScaling::ScalingPolicy", paths: map[string]string{"name": "PolicyName"},
	},
	"aws:appautoscaling/target:Target": {
		target: "AWS::ApplicationAutoScaling::ScalableTarget", left: map[string]string{"tags": "CloudFormation gives a target none"},
	},
	"aws:cloudwatch/dashboard:Dashboard": {target: "AWS::CloudWatch::Dashboard"},
	"aws:cloudwatch/eventRule:EventRule": {
		target: "AWS::Events::Rule",
		values: map[string]func(any) (any, error){"eventPattern": parsed},
	},
	"aws:cloudwatch/logGroup:LogGroup": {
		target: "AWS::Logs::LogGroup", paths: map[string]string{"name": "LogGroupName"},
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {
		target: "AWS::CloudWatch::Alarm",
		paths: map[string]string{
			"name": "AlarmName", "okActions": "OKActions", "metricQueries": "Metrics", "evaluateLowSampleCountPercentiles": "EvaluateLowSampleCountPercentile",
		},
		values: map[string]func(any) (any, error){"dimensions": always(pairs("Name")), "metricQueries": always(queries)},
	},
	"aws:ec2/internetGateway:InternetGateway": {
		byID: true, target: "AWS::EC2::InternetGateway", left: map[string]string{"vpcId": "an attachment of its own in CloudFormation"},
	},
	"aws:ec2/route:Route":                                 {target: "AWS::EC2::Route"},
	"aws:ec2/routeTable:RouteTable":                       {byID: true, target: "AWS::EC2::RouteTable"},
	"aws:ec2/routeTableAssociation:RouteTableAssociation": {target: "AWS::EC2::SubnetRouteTableAssociation"},
	"aws:ec2/securityGroup:SecurityGroup": {
		byID: true, target: "AWS::EC2::SecurityGroup", paths: map[string]string{"name": "GroupName", "description": "GroupDescription"},
	},
	"aws:ec2/subnet:Subnet": {byID: true, target: "AWS::EC2::Subnet"},
	"aws:ec2/vpc:Vpc":       {byID: true, target: "AWS::EC2::VPC"},
	"aws:ecr/repository:Repository": {
		target: "AWS::ECR::Repository", paths: map[string]string{"name": "RepositoryName", "forceDelete": "EmptyOnDelete"},
	},
	"aws:ecs/cluster:Cluster": {
		target: "AWS::ECS::Cluster", paths: map[string]string{"name": "ClusterName", "settings": "ClusterSettings"},
		getARN: func(in map[string]any) string { return fmt.Sprintf(arnOf, "ecs", "cluster/", in["name"]) },
	},
	"aws:ecs/service:Service": {
		target: "AWS::ECS::Service",
		paths: map[string]string{
			"name": "ServiceName", "capacityProviderStrategies": "CapacityProviderStrategy",
			"enableEcsManagedTags":            "EnableECSManagedTags",
			"deploymentCircuitBreaker":        "DeploymentConfiguration.DeploymentCircuitBreaker",
			"deploymentMaximumPercent":        "DeploymentConfiguration.MaximumPercent",
			"deploymentMinimumHealthyPercent": "DeploymentConfiguration.MinimumHealthyPercent",
			"networkConfiguration":            "NetworkConfiguration.AwsvpcConfiguration",
		},
		values: map[string]func(any) (any, error){"networkConfiguration": awsvpc},
		left: map[string]string{
			"forceNewDeployment": engineOnly, "triggers": engineOnly, "waitForSteadyState": engineOnly,
		},
	},
	"aws:ecs/taskDefinition:TaskDefinition": {
		target: "AWS::ECS::TaskDefinition",
		values: map[string]func(any) (any, error){"containerDefinitions": containers},
		refARN: func(in map[string]any) string {
			return fmt.Sprintf(arnOf+":1", "ecs", "task-definition/", in["family"])
		},
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		target: "AWS::ElastiCache::ReplicationGroup",
		paths: map[string]string{
			"description": "ReplicationGroupDescription", "multiAzEnabled": "MultiAZEnabled", "nodeType": "CacheNodeType",
			"parameterGroupName": "CacheParameterGroupName", "subnetGroupName": "CacheSubnetGroupName",
		},
		left: map[string]string{"applyImmediately": engineOnly},
	},
	"aws:elasticache/subnetGroup:SubnetGroup": {
		target: "AWS::ElastiCache::SubnetGroup", paths: map[string]string{"name": "CacheSubnetGroupName"},
	},
	"aws:iam/role:Role": {
		target: "AWS::IAM::Role",
		paths:  map[string]string{"name": "RoleName", "assumeRolePolicy": "AssumeRolePolicyDocument"},
		values: map[string]func(any) (any, error){"assumeRolePolicy": parsed},
		left:   map[string]string{"forceDetachPolicies": engineOnly},
		getARN: func(in map[string]any) string { return fmt.Sprint("arn:aws:iam::123456789012:role/", in["name"]) },
	},
	"aws:iam/rolePolicy:RolePolicy": {
		target: "AWS::IAM::Policy", // rules know this type better than AWS::IAM::RolePolicy
		paths:  map[string]string{"name": "PolicyName", "policy": "PolicyDocument", "role": "Roles"},
		values: map[string]func(any) (any, error){"policy": parsed, "role": always(func(role any) any { return []any{role} })},
	},
	"aws:lb/listener:Listener": {
		target: "AWS::ElasticLoadBalancingV2::Listener", paths: map[string]string{"certificateArn": "Certificates"},
		values: map[string]func(any) (any, error){"certificateArn": always(certificates), "defaultActions": always(actions)},
		left:   map[string]string{"tags": "the listeners of CloudFormation take none"},
	},
	"aws:lb/loadBalancer:LoadBalancer": {
		target: "AWS::ElasticLoadBalancingV2::LoadBalancer",
		paths:  map[string]string{"loadBalancerType": "Type", "internal": "Scheme"},
		values: map[string]func(any) (any, error){"internal": always(scheme)},
		list:   "LoadBalancerAttributes", attributes: map[string]string{
			"idleTimeout": "idle_timeout.timeout_seconds", "enableDeletionProtection": "deletion_protection.enabled",
			"dropInvalidHeaderFields": "routing.http.drop_invalid_header_fields.enabled",
		},
		refARN: func(in map[string]any) string {
			return fmt.Sprintf(arnOf+"/0123456789abcdef", "elasticloadbalancing", "loadbalancer/app/", in["name"])
		},
	},
	"aws:lb/targetGroup:TargetGroup": {
		target: "AWS::ElasticLoadBalancingV2::TargetGroup",
		list:   "TargetGroupAttributes", attributes: map[string]string{"deregistrationDelay": "deregistration_delay.timeout_seconds"},
		left: map[string]string{
			"namePrefix": "CloudFormation makes the name up", "healthCheck": "properties of their own in CloudFormation; no rule reads them",
			"stickiness": "several attributes in CloudFormation; no rule reads them",
		},
		refARN: func(in map[string]any) string {
			return fmt.Sprintf(arnOf+"20260101000000000000000001/0123456789abcdef", "elasticloadbalancing", "targetgroup/", in["namePrefix"])
		},
	},
	"aws:route53/record:Record": {
		target: "AWS::Route53::RecordSet",
		paths: map[string]string{
			"zoneId": "HostedZoneId", "records": "ResourceRecords", "ttl": "TTL", "aliases": "AliasTarget",
		},
		values: map[string]func(any) (any, error){"aliases": always(aliasTarget), "ttl": always(func(ttl any) any { return fmt.Sprint(ttl) })},
		left:   map[string]string{"allowOverwrite": engineOnly},
	},
	"aws:rds/instance:Instance": {
		target: "AWS::RDS::DBInstance", deletion: "Snapshot",
		paths: map[string]string{
			"backupWindow": "PreferredBackupWindow", "dbName": "DBName", "dbSubnetGroupName": "DBSubnetGroupName",
			"identifier": "DBInstanceIdentifier", "instanceClass": "DBInstanceClass", "maintenanceWindow": "PreferredMaintenanceWindow",
			"multiAz": "MultiAZ", "parameterGroupName": "DBParameterGroupName", "password": "MasterUserPassword",
			"performanceInsightsEnabled": "EnablePerformanceInsights", "replicateSourceDb": "SourceDBInstanceIdentifier", "username": "MasterUsername",
			"vpcSecurityGroupIds": "VPCSecurityGroups",
		},
		left: map[string]string{
			"applyImmediately": engineOnly, "finalSnapshotIdentifier": "the deletion policy, which is Snapshot",
			"skipFinalSnapshot": "the deletion policy, which is Snapshot",
		},
	},
	"aws:rds/parameterGroup:ParameterGroup": {
		target: "AWS::RDS::DBParameterGroup", paths: map[string]string{"name": "DBParameterGroupName"},
		values: map[string]func(any) (any, error){"parameters": parameters},
	},
	"aws:rds/subnetGroup:SubnetGroup": {
		target: "AWS::RDS::DBSubnetGroup",
		paths:  map[string]string{"name": "DBSubnetGroupName", "description": "DBSubnetGroupDescription"},
	},
	"aws:scheduler/schedule:Schedule": {target: "AWS::Scheduler::Schedule"},
	"aws:sfn/stateMachine:StateMachine": {
		target: "AWS::StepFunctions::StateMachine",
		paths:  map[string]string{"name": "StateMachineName", "type": "StateMachineType"},
		values: map[string]func(any) (any, error){"definition": parsed}, // no reference: the trust policy of its role names it too
	},
	"aws:sns/topic:Topic": {
		target: "AWS::SNS::Topic", paths: map[string]string{"name": "TopicName"},
		refARN: func(in map[string]any) string { return fmt.Sprintf(arnOf, "sns", "", in["name"]) },
	},
	"aws:sns/topicSubscription:TopicSubscription": {
		target: "AWS::SNS::Subscription", paths: map[string]string{"topic": "TopicArn"},
	},
	"aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": {
		target: "AWS::EC2::SecurityGroupEgress", paths: egressProperties, left: ruleTags,
	},
	"aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": {
		target: "AWS::EC2::SecurityGroupIngress", paths: ruleProperties, left: ruleTags,
	},
}

var (
	ruleProperties = map[string]string{
		"cidrIpv4": "CidrIp", "securityGroupId": "GroupId", "referencedSecurityGroupId": "SourceSecurityGroupId",
	}
	egressProperties = map[string]string{
		"cidrIpv4": "CidrIp", "securityGroupId": "GroupId", "referencedSecurityGroupId": "DestinationSecurityGroupId",
	}
	ruleTags = map[string]string{"tags": "the rules of CloudFormation take none"}
)
