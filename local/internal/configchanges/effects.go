package configchanges

// Effect is what AWS does for an operation. Durations are those of AWS, not of the local one.
type Effect struct {
	Does        string // besides the change itself; "" if users notice nothing
	Unavailable string // what cannot be used meanwhile, and for how long; "" for nothing
	Source      string
}

const (
	ecsDeployment = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/deployment-type-ecs.html"
	rdsSettings   = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ModifyInstance.Settings.html"
	rdsImpact     = "https://repost.aws/knowledge-center/rds-performance-impact"
	rdsUpgrade    = "https://repost.aws/knowledge-center/rds-postgresql-upgrade-downtime"
	rdsMultiAZ    = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.MultiAZ.Migrating.html"
	rdsStorage    = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.ModifyingExisting.html"
	rdsReplica    = "https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_ReadRepl.html"
	cacheNodeType = "https://docs.aws.amazon.com/AmazonElastiCache/latest/red-ug/CacheNodes.NodeMigration.html"
	cacheNodes    = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/Scaling.RedisReplGrps.html"
	cacheUpgrade  = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/VersionManagement-upgrade-considerations.html"
	cacheGroup    = "https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/elasticache/replication_group_test.go"
	cacheAuth     = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"
	ssmSecrets    = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html"
	balancers     = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html"
	groupRules    = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
)

var (
	restart = Effect{Does: "the tasks restart", Source: ecsDeployment}
	none    = Effect{}
	upgrade = Effect{"the cache is upgraded in place", "the cache for minutes; for seconds with `redisNodes` 2",
		cacheUpgrade}
	// The database applies these without a restart.
	rdsImmediate = Effect{Source: rdsSettings}
)

// updates has the effect of an update by type and property. * stands for every other property.
var updates = map[string]map[string]Effect{
	"ecs/service": {"*": restart, "tags": none, "tagsAll": none},
	// Tasks read their secrets when they start. The version of a parameter is part of the task definition.
	"ssm/parameter": {"value": {Source: ssmSecrets}, "insecureValue": none, "version": none},
	"rds/instance": {
		"instanceClass": {"the database restarts", "the database for minutes; for 1 to 2 with `multiAz`", rdsImpact},
		"engineVersion": {"the database is upgraded, with a snapshot before and after",
			"the database for 10 minutes and more; try it on a [restored](database.md#restore) stack", rdsUpgrade},
		"password": {Source: rdsSettings},
		"multiAz":  {Source: rdsMultiAZ},

		"allocatedStorage":    {"the storage grows and cannot shrink again", "", rdsStorage},
		"maxAllocatedStorage": rdsImmediate, "backupRetentionPeriod": rdsImmediate, "backupWindow": rdsImmediate,
		"maintenanceWindow": rdsImmediate, "deletionProtection": rdsImmediate, "skipFinalSnapshot": none,
		"parameterGroupName": rdsImmediate, // changes with the version
	},
	"elasticache/replicationGroup": {
		"nodeType": {"the cache moves to other nodes and keeps its content",
			"the cache for about a minute; for a second with `redisNodes` 2", cacheNodeType},
		"numCacheClusters": {Source: cacheNodes}, "automaticFailoverEnabled": {Source: cacheNodes},
		"multiAzEnabled": {Source: cacheNodes}, "memberClusters": none,
		"engine": upgrade, "engineVersion": upgrade, "parameterGroupName": upgrade,
		"authToken": {Source: cacheAuth}, // the previous token stays valid until the next change
	},
	"vpc/securityGroupIngressRule": {
		"fromPort": {"", "the app, until the new tasks listen (1 to 4 minutes)", groupRules}, "toPort": none,
	},
	"lb/loadBalancer": {"idleTimeout": none},
	"ecr/repository":  {}, "ecs/cluster": {"settings": none}, "cloudwatch/logGroup": {"retentionInDays": none},
	"cloudwatch/metricAlarm": {"*": none}, "cloudwatch/dashboard": {"*": none}, "iam/rolePolicy": {"policy": none},
}

// others has the effect of creating, deleting or replacing a resource, by its logical name or its type.
var others = map[string]Effect{
	"create database-replica": {"a read replica is created, in about 10 minutes", "", rdsReplica},
	"delete database-replica": {"the read replica is deleted", "", rdsReplica},

	"create elasticache/replicationGroup": {"an empty cache is created, in 5 to 6 minutes", "", cacheGroup},
	"delete elasticache/replicationGroup": {"**the cache is deleted with its content**", "the cache", cacheGroup},
	"replace elasticache/replicationGroup": {"**an empty cache replaces the old one; its content is lost**",
		"the cache for about 10 minutes", cacheGroup},

	"create lb/loadBalancer": {"a load balancer is created, in 2 to 3 minutes", "", balancers},
	"delete lb/loadBalancer": {"the load balancer and its DNS name are deleted",
		"the app at the load balancer's name, permanently", balancers},

	"create compute-standby": {"a second service without tasks is created", "", ecsDeployment},
	"delete compute-standby": {"the second service is deleted with its on-demand tasks", "", ecsDeployment},

	"delete network-tasks-from-internet": {"the port is closed", "the app at its old address, permanently", groupRules},

	"replace ecs/taskDefinition": none, // creates the next revision
	"replace rds/parameterGroup": none, // another major version needs another one
}

// unnoticed are types whose creation or deletion does not affect users.
var unnoticed = []string{
	"appautoscaling/policy", "appautoscaling/scheduledAction", "appautoscaling/target", "budgets/budget",
	"cloudwatch/eventRule", "cloudwatch/eventTarget", "cloudwatch/metricAlarm", "ec2/securityGroup",
	"elasticache/subnetGroup", "iam/role", "iam/rolePolicy", "iam/rolePolicyAttachment", "lb/listener", "lb/targetGroup",
	"scheduler/schedule", "scheduler/scheduleGroup", "sfn/stateMachine", "sns/topic", "sns/topicPolicy",
	"sns/topicSubscription", "ssm/parameter", "vpc/securityGroupEgressRule", "vpc/securityGroupIngressRule",
}
