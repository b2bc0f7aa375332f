package deployrole

// autoscaler is the AWS service that changes how many tasks there are.
const autoscaler = "ecs.application-autoscaling.amazonaws.com"

// scalingTypes are those that change how many tasks there are.
var scalingTypes = map[string][]right{
	"aws:appautoscaling/policy:Policy": {
		look("application-autoscaling", "DescribeScalingPolicies"),
		change("application-autoscaling", "PutScalingPolicy", "DeleteScalingPolicy").in("scalable-target/*"),
		// The alarms that a target has are made in the name of who makes the policy.
		look("cloudwatch", "DescribeAlarms"),
		change("cloudwatch", "PutMetricAlarm", "DeleteAlarms").in("alarm:TargetTracking-service/{name}/*"),
	},
	"aws:appautoscaling/target:Target": {
		look("application-autoscaling", "DescribeScalableTargets"),
		look("application-autoscaling", "ListTagsForResource").in("scalable-target/*"),
		change("application-autoscaling", "RegisterScalableTarget", "DeregisterScalableTarget", "TagResource", "UntagResource").in("scalable-target/*"),
		ownRole(autoscaler),
		// The provider reads which role the target has, that of the service itself, and hands it over with every change.
		change("iam", "PassRole").global("role/aws-service-role/" + autoscaler + "/*"),
	},
	"aws:cloudwatch/eventRule:EventRule": {
		look("events", "DescribeRule", "ListTagsForResource").in("rule/{name}-*"),
		change("events", "PutRule", "DeleteRule", "EnableRule", "DisableRule", "TagResource", "UntagResource").in("rule/{name}-*"),
	},
	"aws:cloudwatch/eventTarget:EventTarget": {
		look("events", "ListTargetsByRule").in("rule/{name}-*"),
		change("events", "PutTargets", "RemoveTargets").in("rule/{name}-*"),
		handTo("events.amazonaws.com"),
	},
	"aws:ecs/getClusters:getClusters": {look("ecs", "ListClusters")},
	"aws:scheduler/schedule:Schedule": {
		look("scheduler", "GetSchedule").in("schedule/*/{name}-*"),
		change("scheduler", "CreateSchedule", "UpdateSchedule", "DeleteSchedule").in("schedule/*/{name}-*"),
		handTo("scheduler.amazonaws.com"),
	},
	"aws:sfn/stateMachine:StateMachine": {
		look("states", "DescribeStateMachine", "ListStateMachineVersions", "ListTagsForResource").in("stateMachine:{name}-*"),
		look("states", "ValidateStateMachineDefinition"), // is about no machine yet
		change("states", "CreateStateMachine", "UpdateStateMachine", "DeleteStateMachine", "TagResource", "UntagResource").in("stateMachine:{name}-*"),
		handTo("states.amazonaws.com"),
	},
}
