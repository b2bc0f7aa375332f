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
		look("ecs", "DescribeServices", "ListTagsForResource", "ListServiceDeployments").in("service/{name}/{name}"),
		look("ecs", "DescribeServiceDeployments").in("service-deployment/{name}/{name}/*"),
		look("ecs", "DescribeServiceRevisions").in("service-revision/{name}/{name}/*"),
		change("ecs", "CreateService", "UpdateService", "DeleteService", "TagResource", "UntagResource").in("service/{name}/{name}"),
	},
	"aws:ecs/taskDefinition:TaskDefinition": {
		look("ecs", "DescribeTaskDefinition"),
		look("ecs", "ListTagsForResource").in(taskDefinitions...),
		change("ecs", "RegisterTaskDefinition", "DeleteTaskDefinitions", "TagResource", "UntagResource").in(taskDefinitions...),
		change("ecs", "DeregisterTaskDefinition"), // takes no single one
		handTo("ecs-tasks.amazonaws.com"),
	},
}

var taskDefinitions = []string{"task-definition/{name}:*", "task-definition/{name}-*:*"}
