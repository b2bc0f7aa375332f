package deployrole

// runningTypes are those around the service: what runs, what stands in front of it, what starts and stops it.
var runningTypes = map[string][]right{
	"aws:ecs/cluster:Cluster": {
		look("ecs", "DescribeClusters", "ListTagsForResource").in("cluster/{name}"),
		change("ecs", "CreateCluster", "DeleteCluster", "UpdateCluster", "UpdateClusterSettings", "TagResource", "UntagResource").in("cluster/{name}"),
		ownRole("ecs.amazonaws.com"),
	},
	"aws:ecs/clusterCapacityProviders:ClusterCapacityProviders": {
		look("ecs", "DescribeClusters").in("cluster/{name}"),
		change("ecs", "PutClusterCapacityProviders").in("cluster/{name}"),
	},
	"aws:ecs/service:Service": {
		look("ecs", "DescribeServices", "ListTagsForResource", "ListServiceDeployments").in(services...),
		look("ecs", "DescribeServiceDeployments").in("service-deployment/{name}/{name}/*", "service-deployment/{name}/{name}-standby/*"),
		look("ecs", "DescribeServiceRevisions").in("service-revision/{name}/{name}/*", "service-revision/{name}/{name}-standby/*"),
		change("ecs", "CreateService", "UpdateService", "DeleteService", "TagResource", "UntagResource").in(services...),
	},
	"aws:ecs/taskDefinition:TaskDefinition": {
		look("ecs", "DescribeTaskDefinition"),
		look("ecs", "ListTagsForResource").in(taskDefinitions...),
		change("ecs", "RegisterTaskDefinition", "DeleteTaskDefinitions", "TagResource", "UntagResource").in(taskDefinitions...),
		change("ecs", "DeregisterTaskDefinition"), // takes no single one
		handTo("ecs-tasks.amazonaws.com"),
	},
}

// services are the one of the app and the one that stands in for Spot.
var services = []string{"service/{name}/{name}", "service/{name}/{name}-standby"}

var taskDefinitions = []string{"task-definition/{name}:*", "task-definition/{name}-*:*"}
