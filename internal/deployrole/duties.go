package deployrole

// duties are what a pipeline does beside Pulumi's resources, by what it is for.
var duties = map[string][]right{
	"look for an image, or push one": {
		look("ecr", "GetAuthorizationToken"),
		look("ecr", "BatchCheckLayerAvailability", "BatchGetImage", "DescribeImages", "GetDownloadUrlForLayer").in(repositories...),
		change("ecr", "InitiateLayerUpload", "UploadLayerPart", "CompleteLayerUpload", "PutImage").in(repositories...),
	},
	"say whether what was deployed runs, and why not": {
		look("ecs", "ListTasks"),
		look("ecs", "DescribeTasks").in("task/{name}/*"),
		look("logs", "DescribeLogStreams", "FilterLogEvents").in(logGroups...),
		look("logs", "GetLogEvents").in("log-group:/ecs/{name}:log-stream:*"),
		look("ec2", "DescribeNetworkInterfaces"),
	},
	"take over what a killed run left": {
		look("ec2", "DescribeVpcs", "DescribeInternetGateways", "DescribeRouteTables", "DescribeSecurityGroups",
			"DescribeSecurityGroupRules", "DescribeSubnets", "DescribeVpcEndpoints"),
		look("ecs", "ListTaskDefinitions"),
		look("elasticloadbalancing", "DescribeLoadBalancers", "DescribeListeners", "DescribeTargetGroups", "DescribeTags"),
		look("acm", "ListCertificates"),
		look("acm", "ListTagsForCertificate").in("certificate/*"),
		look("sts", "GetCallerIdentity"),
	},
	"look for alarms and a dashboard with the stack's names": {
		look("cloudwatch", "DescribeAlarms", "ListDashboards"),
		look("cloudwatch", "ListTagsForResource").in("alarm:{name}-*"),
		look("sts", "GetCallerIdentity"),
	},
	"say what a destroy leaves": {
		look("rds", "DescribeDBSnapshots"),
		look("ssm", "GetParametersByPath").in("parameter/{name}", "parameter/{name}/*"),
	},
}

// state are the rights on Pulumi's state: {bucket} is the bucket's name and {key} the ARN of the key that encrypts the
// secrets. A preview takes no lock. Source: https://www.pulumi.com/docs/iac/concepts/state-and-backends/#aws-s3
var state = []right{
	look("s3", "ListBucket").public("{bucket}"),
	look("s3", "GetObject").public("{bucket}/*"),
	change("s3", "PutObject", "DeleteObject").public("{bucket}/*"),
	{service: "kms", actions: []string{"Decrypt"}, resources: []string{"{key}"}},
}
