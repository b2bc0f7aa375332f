package toggles

// Effect is what AWS makes of one operation. The minutes are those of AWS, not of the local one.
type Effect struct {
	Does   string // beside the change itself; empty for nothing that anybody notices
	Away   string // what cannot be used meanwhile, and for how long; empty for nothing
	Source string
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
	cacheGroup    = "https://github.com/hashicorp/terraform-provider-aws/blob/v5.100.0/internal/service/elasticache/replication_group_test.go" // 5 to 6 minutes each way
	cacheAuth     = "https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/auth.html"
	ssmSecrets    = "https://docs.aws.amazon.com/AmazonECS/latest/developerguide/secrets-envvar-ssm-paramstore.html"
	balancers     = "https://docs.aws.amazon.com/elasticloadbalancing/latest/application/introduction.html"
	groupRules    = "https://docs.aws.amazon.com/vpc/latest/userguide/security-group-rules.html"
)

var (
	restart = Effect{Does: "the tasks restart", Source: ecsDeployment}
	unseen  = Effect{}
	upgrade = Effect{Does: "the cache is upgraded in place", Away: "the cache for minutes; for seconds with `redisNodes` 2", Source: cacheUpgrade}
)

// updates says what a change of a property of a type in place does; * stands for every property that is not named.
var updates = map[string]map[string]Effect{
	"ecs/service": {"*": restart, "tags": unseen, "tagsAll": unseen},
	// Tasks read their secrets when they start; the service restarts them when the version of a parameter changes.
	"ssm/parameter": {"value": {Does: restart.Does, Source: ssmSecrets}, "insecureValue": unseen, "version": unseen},
	"rds/instance": {
		"instanceClass": {Does: "the database restarts", Away: "the database for minutes; for 1 to 2 with `multiAz`", Source: rdsImpact},
		"engineVersion": {Does: "the database is upgraded, with a snapshot before and after", Away: "the database for 10 minutes and more; " +
			"try it on a [restored](database.md#restore) stack", Source: rdsUpgrade},
		"parameterGroupName": {Source: rdsSettings}, // goes with the version
		"password":           {Away: "new connections to the database, until the tasks have restarted (1 to 4 minutes)", Source: rdsSettings},
		"multiAz":            {Source: rdsMultiAZ},
		"allocatedStorage":   {Does: "the storage grows; it never shrinks again", Source: rdsStorage},

		"maxAllocatedStorage": {Source: rdsSettings}, "backupRetentionPeriod": {Source: rdsSettings}, "backupWindow": {Source: rdsSettings},
		"maintenanceWindow": {Source: rdsSettings}, "deletionProtection": {Source: rdsSettings}, "skipFinalSnapshot": unseen,
	},
	"elasticache/replicationGroup": {
		"nodeType": {Does: "the cache moves to other nodes, with what is in it", Away: "the cache for about a minute; for a second with `redisNodes` 2",
			Source: cacheNodeType},
		"numCacheClusters": {Source: cacheNodes}, "automaticFailoverEnabled": {Source: cacheNodes}, "multiAzEnabled": {Source: cacheNodes},
		"memberClusters": unseen,
		"engine":         upgrade, "engineVersion": upgrade, "parameterGroupName": upgrade,
		"authToken": {Source: cacheAuth}, // the one before stays valid until the next
	},
	"vpc/securityGroupIngressRule": {
		"fromPort": {Away: "the app, until the new tasks listen (1 to 4 minutes)", Source: groupRules}, "toPort": unseen,
	},
	"ecr/repository": {}, "ecs/cluster": {"settings": unseen}, "cloudwatch/logGroup": {"retentionInDays": unseen},
	"cloudwatch/metricAlarm": {"*": unseen}, "cloudwatch/dashboard": {"*": unseen}, "iam/rolePolicy": {"policy": unseen},
}

// others says what happens when a resource comes, goes or is replaced, by type; by logical name where one of a type is
// special.
var others = map[string]Effect{
	"create database-replica": {Does: "a replica comes, in about 10 minutes", Source: rdsReplica},
	"delete database-replica": {Does: "the replica goes", Source: rdsReplica},

	"create elasticache/replicationGroup": {Does: "an empty cache comes, in 5 to 6 minutes", Source: cacheGroup},
	"delete elasticache/replicationGroup": {Does: "**the cache goes, with all that is in it**", Away: "the cache", Source: cacheGroup},
	"replace elasticache/replicationGroup": {Does: "**a new cache takes the place of the old one; all that is in it is lost**",
		Away: "the cache for about 10 minutes", Source: cacheGroup},

	"create lb/loadBalancer": {Does: "a load balancer comes, in 2 to 3 minutes", Source: balancers},
	"delete lb/loadBalancer": {Does: "the load balancer goes, and its name", Away: "the app at the load balancer's name, for good", Source: balancers},

	"create compute-standby": {Does: "a second service comes, with no task", Source: ecsDeployment},
	"delete compute-standby": {Does: "the second service goes, with the tasks that stand in", Source: ecsDeployment},

	"delete network-tasks-from-internet": {Does: "the port is closed", Away: "the app at its old address, for good", Source: groupRules},

	"replace ecs/taskDefinition": unseen, // the next revision
	"replace rds/parameterGroup": unseen, // that of another major version, before the old one goes
}

// small are types of which one may come or go without anybody noticing.
var small = []string{
	"appautoscaling/policy", "appautoscaling/scheduledAction", "appautoscaling/target", "budgets/budget", "cloudwatch/eventRule", "cloudwatch/eventTarget",
	"cloudwatch/metricAlarm", "ec2/securityGroup", "elasticache/subnetGroup", "iam/role", "iam/rolePolicy", "lb/listener",
	"lb/targetGroup", "scheduler/schedule", "scheduler/scheduleGroup", "sfn/stateMachine", "sns/topic", "sns/topicPolicy", "sns/topicSubscription",
	"ssm/parameter", "vpc/securityGroupEgressRule", "vpc/securityGroupIngressRule",
}
