package translate

// rule is one place where the two sides disagree about a property of a resource.
type rule struct {
	path   string // where pulumi-aws has it: "name", or "configuration.services[].alias" inside nested objects
	bridge string // the bridge's name for it; "" when only the form differs
	form   form
}

// form says how the value itself differs.
type form int

const (
	sameForm   form = iota
	boolText        // a boolean in pulumi-aws, "true" or "false" for the bridge
	numberText      // a number in pulumi-aws, its digits for the bridge
	listOfOne       // a list in pulumi-aws, at most one object for the bridge
	oneOfList       // an object in pulumi-aws, a list of one for the bridge
)

// rules holds the differences by pulumi-aws token; of a property with another name and another form, the form comes
// first. Everything that is not here has one name and one form on both
// sides; TestEveryPropertyHasItsCounterpart holds that against the Go SDK.
var rules = map[string][]rule{
	"aws:appautoscaling/scheduledAction:ScheduledAction": {
		{path: "scalableTargetAction.minCapacity", form: numberText},
		{path: "scalableTargetAction.maxCapacity", form: numberText},
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {{path: "name", bridge: "alarmName"}},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		{path: "ingress", bridge: "ingresses"},
		{path: "egress", bridge: "egresses"},
	},
	"aws:ec2/securityGroup:SecurityGroup": {
		{path: "ingress", bridge: "ingresses"},
		{path: "egress", bridge: "egresses"},
	},
	"aws:ecs/service:Service": {
		{path: "serviceConnectConfiguration.services[].clientAlias", form: listOfOne},
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		{path: "atRestEncryptionEnabled", form: boolText},
		{path: "autoMinorVersionUpgrade", form: boolText},
	},
	"aws:lb/getLoadBalancer:getLoadBalancer": {{path: "accessLogs", form: oneOfList}},
	"aws:lb/targetGroup:TargetGroup":         {{path: "deregistrationDelay", form: numberText}},
	"aws:route53/record:Record": {
		{path: "aliases", form: listOfOne}, {path: "aliases", bridge: "alias"},
		{path: "failoverRoutingPolicies", form: listOfOne}, {path: "failoverRoutingPolicies", bridge: "failoverRoutingPolicy"},
		{path: "geolocationRoutingPolicies", form: listOfOne}, {path: "geolocationRoutingPolicies", bridge: "geolocationRoutingPolicy"},
		{path: "latencyRoutingPolicies", form: listOfOne}, {path: "latencyRoutingPolicies", bridge: "latencyRoutingPolicy"},
		{path: "weightedRoutingPolicies", form: listOfOne}, {path: "weightedRoutingPolicies", bridge: "weightedRoutingPolicy"},
	},
	"aws:sns/topicSubscription:TopicSubscription": {{path: "topic", bridge: "topicArn"}},
}
