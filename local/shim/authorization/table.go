package authorization

import "strings"

// services are those that the program, the commands around it and a deployment call.
var services = map[string]service{
	"acm": certificates, "application-autoscaling": autoscaling, "elasticloadbalancing": loadBalancing, "events": events,
	"route53": names, "scheduler": schedules, "states": stateMachines,
	"budgets": {
		global: true, tagging: "TagResource",
		// Source: https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsbudgetservice.html
		renamed: map[string]string{
			"CreateBudget": "ModifyBudget", "UpdateBudget": "ModifyBudget", "DeleteBudget": "ModifyBudget",
			"CreateNotification": "ModifyBudget", "UpdateNotification": "ModifyBudget", "DeleteNotification": "ModifyBudget",
			"CreateSubscriber": "ModifyBudget", "UpdateSubscriber": "ModifyBudget", "DeleteSubscriber": "ModifyBudget",
			"DescribeBudget": "ViewBudget", "DescribeBudgets": "ViewBudget",
			"DescribeNotificationsForBudget": "ViewBudget", "DescribeSubscribersForNotification": "ViewBudget",
		},
		actions: map[string][]string{
			"CreateBudget": {"budget/{Budget.BudgetName}"}, "UpdateBudget": {"budget/{NewBudget.BudgetName}"},
			"DeleteBudget": {"budget/{BudgetName}"}, "DescribeBudget": {"budget/{BudgetName}"}, "DescribeBudgets": {"budget/" + Every},
			"CreateNotification": {"budget/{BudgetName}"}, "UpdateNotification": {"budget/{BudgetName}"}, "DeleteNotification": {"budget/{BudgetName}"},
			"CreateSubscriber": {"budget/{BudgetName}"}, "UpdateSubscriber": {"budget/{BudgetName}"}, "DeleteSubscriber": {"budget/{BudgetName}"},
			"DescribeNotificationsForBudget": {"budget/{BudgetName}"}, "DescribeSubscribersForNotification": {"budget/{BudgetName}"},
			"ListTagsForResource": {"{ResourceARN}"}, "TagResource": {"{ResourceARN}"}, "UntagResource": {"{ResourceARN}"},
		},
	},
	"ec2": {resource: ec2Resource, actions: ec2Actions},
	"ecr": {
		tagging: "TagResource",
		actions: all([]string{"repository/{repositoryName}"},
			"BatchCheckLayerAvailability", "BatchDeleteImage", "BatchGetImage", "CompleteLayerUpload", "CreateRepository",
			"DeleteLifecyclePolicy", "DeleteRepository", "DescribeImages", "GetDownloadUrlForLayer", "GetLifecyclePolicy",
			"InitiateLayerUpload", "ListImages", "PutImage", "PutImageScanningConfiguration", "PutImageTagMutability",
			"PutLifecyclePolicy", "UploadLayerPart",
		).and(map[string][]string{
			"DescribeRepositories":  {"repository/{repositoryNames=" + Every + "}"},
			"GetAuthorizationToken": {},
			"ListTagsForResource":   {"{resourceArn}"}, "TagResource": {"{resourceArn}"}, "UntagResource": {"{resourceArn}"},
		}),
	},
	"ecs": {
		tagging: "TagResource",
		passes: map[string]pass{
			"RegisterTaskDefinition": {[]string{"executionRoleArn", "taskRoleArn"}, "ecs-tasks.amazonaws.com"},
		},
		actions: map[string][]string{
			"ListClusters":  {},
			"CreateCluster": {"cluster/{clusterName}"}, "DeleteCluster": {"cluster/{cluster}"}, "DescribeClusters": {"cluster/{clusters=default}"},
			"UpdateCluster": {"cluster/{cluster}"}, "UpdateClusterSettings": {"cluster/{cluster}"}, "PutClusterCapacityProviders": {"cluster/{cluster}"},
			"CreateService": {"service/{cluster}/{serviceName}"}, "UpdateService": {"service/{cluster}/{service}"},
			"DeleteService": {"service/{cluster}/{service}"}, "DescribeServices": {"service/{cluster}/{services}"},
			"ListServiceDeployments": {"service/{cluster}/{service}"}, "DescribeServiceDeployments": {"{serviceDeploymentArns}"},
			"DescribeServiceRevisions": {"{serviceRevisionArns}"}, "StopServiceDeployment": {"{serviceDeploymentArn}"},
			"DescribeTasks": {"task/{cluster}/{tasks}"}, "ListTasks": {}, "StopTask": {"task/{cluster}/{task}"},
			"ExecuteCommand": {"task/{cluster}/{task}"}, "RunTask": {"task-definition/{taskDefinition}"},
			"RegisterTaskDefinition": {"task-definition/{family}:1"}, "DeregisterTaskDefinition": {}, "DescribeTaskDefinition": {},
			"DeleteTaskDefinitions": {"task-definition/{taskDefinitions}"}, "ListTaskDefinitions": {},
			"ListTagsForResource": {"{resourceArn}"}, "TagResource": {"{resourceArn}"}, "UntagResource": {"{resourceArn}"},
		},
	},
	"elasticache": {
		tagging: "AddTagsToResource",
		actions: map[string][]string{
			"CreateReplicationGroup": {
				"replicationgroup:{ReplicationGroupId}", "subnetgroup:{CacheSubnetGroupName}", "parametergroup:{CacheParameterGroupName}",
				"snapshot:{SnapshotName}",
			},
			"ModifyReplicationGroup": {"replicationgroup:{ReplicationGroupId}", "parametergroup:{CacheParameterGroupName}"},
			"DeleteReplicationGroup": {"replicationgroup:{ReplicationGroupId}", "snapshot:{FinalSnapshotIdentifier}"},
			"IncreaseReplicaCount":   {"replicationgroup:{ReplicationGroupId}"}, "DecreaseReplicaCount": {"replicationgroup:{ReplicationGroupId}"},
			"DescribeReplicationGroups": {"replicationgroup:{ReplicationGroupId=" + Every + "}"},
			"DescribeCacheClusters":     {"cluster:{CacheClusterId=" + Every + "}"},
			"CreateCacheSubnetGroup":    {"subnetgroup:{CacheSubnetGroupName}"}, "ModifyCacheSubnetGroup": {"subnetgroup:{CacheSubnetGroupName}"},
			"DeleteCacheSubnetGroup":       {"subnetgroup:{CacheSubnetGroupName}"},
			"DescribeCacheSubnetGroups":    {"subnetgroup:{CacheSubnetGroupName=" + Every + "}"},
			"CreateCacheParameterGroup":    {"parametergroup:{CacheParameterGroupName}"},
			"ModifyCacheParameterGroup":    {"parametergroup:{CacheParameterGroupName}"},
			"ResetCacheParameterGroup":     {"parametergroup:{CacheParameterGroupName}"},
			"DeleteCacheParameterGroup":    {"parametergroup:{CacheParameterGroupName}"},
			"DescribeCacheParameterGroups": {"parametergroup:{CacheParameterGroupName=" + Every + "}"},
			"DescribeCacheParameters":      {"parametergroup:{CacheParameterGroupName}"},
			"ListTagsForResource":          {"{ResourceName}"}, "AddTagsToResource": {"{ResourceName}"}, "RemoveTagsFromResource": {"{ResourceName}"},
		},
	},
	"iam": {
		global: true, tagging: "TagRole",
		actions: all([]string{"role/{RoleName}"},
			"AttachRolePolicy", "CreateRole", "DeleteRole", "DeleteRolePolicy", "DetachRolePolicy", "GetRole", "GetRolePolicy",
			"ListAttachedRolePolicies", "ListInstanceProfilesForRole", "ListRolePolicies", "ListRoleTags", "PutRolePolicy", "TagRole", "UntagRole",
			"UpdateAssumeRolePolicy", "UpdateRole", "UpdateRoleDescription",
		).and(map[string][]string{"ListRoles": {}}),
	},
	"kms": {actions: map[string][]string{"Decrypt": {"{KeyId=" + KeyOfText + "}"}, "Encrypt": {"{KeyId}"}, "DescribeKey": {"{KeyId}"}}},
	"logs": {
		tagging: "TagResource",
		actions: all([]string{"log-group:{logGroupName}"},
			"CreateLogGroup", "DeleteLogGroup", "DeleteRetentionPolicy", "FilterLogEvents", "PutRetentionPolicy", "DescribeLogStreams",
		).and(map[string][]string{
			"DescribeLogGroups":   {},
			"GetLogEvents":        {"log-group:{logGroupName}:log-stream:{logStreamName}"},
			"ListTagsForResource": {"{resourceArn}"}, "TagResource": {"{resourceArn}"}, "UntagResource": {"{resourceArn}"},
		}),
	},
	"monitoring": {
		prefix: "cloudwatch", tagging: "TagResource",
		actions: map[string][]string{
			"PutMetricAlarm": {"alarm:{AlarmName}"}, "PutCompositeAlarm": {"alarm:{AlarmName}"}, "DeleteAlarms": {"alarm:{AlarmNames}"},
			"DescribeAlarms": {"alarm:" + Every}, // it takes no single alarm, says its reference
			"PutDashboard":   {"global dashboard/{DashboardName}"}, "GetDashboard": {"global dashboard/{DashboardName}"},
			"DeleteDashboards":    {"global dashboard/{DashboardNames}"},
			"ListDashboards":      {},
			"ListTagsForResource": {"{ResourceARN}"}, "TagResource": {"{ResourceARN}"}, "UntagResource": {"{ResourceARN}"},
		},
	},
	"rds": {
		tagging: "AddTagsToResource", actions: rdsActions,
		// Source: https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_DeleteDBInstance.html
		also: map[string][]also{"DeleteDBInstance": {
			{"FinalDBSnapshotIdentifier", "CreateDBSnapshot", []string{"db:{DBInstanceIdentifier}", "snapshot:{FinalDBSnapshotIdentifier}"}},
			{"FinalDBSnapshotIdentifier", "AddTagsToResource", []string{"snapshot:{FinalDBSnapshotIdentifier}"}}, // where tags are copied
		}},
	},
	"s3": { // Pulumi's state
		paths: []path{
			{"GET /{Bucket}", "ListBucket"}, {"HEAD /{Bucket}", "ListBucket"},
			{"GET /{Bucket}/{Key+}", "GetObject"}, {"HEAD /{Bucket}/{Key+}", "GetObject"},
			{"PUT /{Bucket}/{Key+}", "PutObject"}, {"DELETE /{Bucket}/{Key+}", "DeleteObject"},
		},
		actions: map[string][]string{
			"ListBucket": {"arn:aws:s3:::{Bucket}"}, "GetObject": {"arn:aws:s3:::{Bucket}/{Key}"},
			"PutObject": {"arn:aws:s3:::{Bucket}/{Key}"}, "DeleteObject": {"arn:aws:s3:::{Bucket}/{Key}"},
		},
	},
	"sns": {
		tagging: "TagResource",
		actions: all([]string{"{TopicArn}"},
			"DeleteTopic", "GetTopicAttributes", "ListSubscriptionsByTopic", "SetTopicAttributes", "Subscribe",
		).and(map[string][]string{
			"CreateTopic":               {"{Name}"},
			"GetSubscriptionAttributes": {"{SubscriptionArn}"}, "SetSubscriptionAttributes": {"{SubscriptionArn}"},
			"Unsubscribe":         {"{SubscriptionArn}"},
			"ListTagsForResource": {"{ResourceArn}"}, "TagResource": {"{ResourceArn}"}, "UntagResource": {"{ResourceArn}"},
		}),
	},
	"ssm": {
		tagging: "AddTagsToResource", resource: unslashed,
		actions: map[string][]string{
			"PutParameter": {"parameter/{Name}"}, "DeleteParameter": {"parameter/{Name}"}, "GetParameter": {"parameter/{Name}"},
			"GetParameters": {"parameter/{Names}"}, "DeleteParameters": {"parameter/{Names}"}, "GetParametersByPath": {"parameter/{Path}"},
			"DescribeParameters":  {},
			"ListTagsForResource": {"parameter/{ResourceId}"}, "AddTagsToResource": {"parameter/{ResourceId}"}, "RemoveTagsFromResource": {"parameter/{ResourceId}"},
		},
	},
	"sts":     {actions: map[string][]string{"GetCallerIdentity": {}}},
	"tagging": {prefix: "tag", actions: map[string][]string{"GetResources": {}}},
}

// table is a part of the actions of a service.
type table map[string][]string

// all gives calls the same resources.
func all(resources []string, calls ...string) table {
	t := table{}
	for _, call := range calls {
		t[call] = resources
	}
	return t
}

func (t table) and(more map[string][]string) table {
	for call, resources := range more {
		t[call] = resources
	}
	return t
}

// unslashed is a parameter's name in an ARN, where its first slash is not doubled.
func unslashed(name string) string { return strings.TrimPrefix(name, "/") }

var rdsActions = map[string][]string{
	"CreateDBInstance": {"db:{DBInstanceIdentifier}", "pg:{DBParameterGroupName}", "subgrp:{DBSubnetGroupName}", "og:{OptionGroupName}"},
	"CreateDBInstanceReadReplica": {
		"db:{DBInstanceIdentifier}", "db:{SourceDBInstanceIdentifier}", "pg:{DBParameterGroupName}", "subgrp:{DBSubnetGroupName}",
	},
	"RestoreDBInstanceFromDBSnapshot": {
		"db:{DBInstanceIdentifier}", "snapshot:{DBSnapshotIdentifier}", "pg:{DBParameterGroupName}", "subgrp:{DBSubnetGroupName}",
	},
	"ModifyDBInstance": {"db:{DBInstanceIdentifier}", "db:{NewDBInstanceIdentifier}", "pg:{DBParameterGroupName}", "subgrp:{DBSubnetGroupName}"},
	"DeleteDBInstance": {"db:{DBInstanceIdentifier}"},
	"RebootDBInstance": {"db:{DBInstanceIdentifier}"}, "PromoteReadReplica": {"db:{DBInstanceIdentifier}"},
	"DescribeDBInstances": {"db:{DBInstanceIdentifier=" + Every + "}"},
	"DescribeDBSnapshots": {"snapshot:{DBSnapshotIdentifier=" + Every + "}"}, "DeleteDBSnapshot": {"snapshot:{DBSnapshotIdentifier}"},
	"DescribeDBEngineVersions": {}, "DescribeOrderableDBInstanceOptions": {},
	"CreateDBParameterGroup": {"pg:{DBParameterGroupName}"}, "ModifyDBParameterGroup": {"pg:{DBParameterGroupName}"},
	"ResetDBParameterGroup": {"pg:{DBParameterGroupName}"}, "DeleteDBParameterGroup": {"pg:{DBParameterGroupName}"},
	"DescribeDBParameterGroups": {"pg:{DBParameterGroupName=" + Every + "}"}, "DescribeDBParameters": {"pg:{DBParameterGroupName}"},
	"CreateDBSubnetGroup": {"subgrp:{DBSubnetGroupName}"}, "ModifyDBSubnetGroup": {"subgrp:{DBSubnetGroupName}"},
	"DeleteDBSubnetGroup": {"subgrp:{DBSubnetGroupName}"}, "DescribeDBSubnetGroups": {"subgrp:{DBSubnetGroupName=" + Every + "}"},
	"ListTagsForResource": {"{ResourceName}"}, "AddTagsToResource": {"{ResourceName}"}, "RemoveTagsFromResource": {"{ResourceName}"},
}
