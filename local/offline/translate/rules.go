// Package translate knows what pulumi-aws and Pulumi's bridge to any Terraform provider call the same things, and
// rewrites type tokens, URNs and property names between the two.
//
// The registry in internal/resources lists the types that the local AWS supports. Any other type is refused, because an
// unmapped name would reach the provider half translated. The package does no I/O.
package translate

// Provider is the token of the provider's own configuration. Its objects and lists are JSON.
const Provider = "pulumi:providers:aws"

// rule is a property of a resource for which the two sides differ.
type rule struct {
	path   string // in pulumi-aws: "name", or "scalableTargetAction.minCapacity" in a nested object
	bridge string // the bridge's name. Default: the same name
	form   form
}

// form is the difference between the values.
type form int

const (
	sameForm   form = iota
	boolText        // a boolean in pulumi-aws, "true" or "false" for the bridge
	numberText      // a number in pulumi-aws, its digits for the bridge
	listOfOne       // a list in pulumi-aws, at most one object for the bridge
	oneOfList       // an object in pulumi-aws, a list of one for the bridge
)

// rules holds the differences by pulumi-aws token. Every other property that the program can use has the same name and
// form on both sides. TestProperties_HaveCounterparts holds the rules against the Go SDK.
var rules = map[string][]rule{
	Provider: {{path: "defaultTags", form: oneOfList}, {path: "ignoreTags", form: oneOfList}},
	"aws:appautoscaling/scheduledAction:ScheduledAction": {
		{path: "scalableTargetAction.minCapacity", form: numberText},
		{path: "scalableTargetAction.maxCapacity", form: numberText},
	},
	"aws:cloudwatch/metricAlarm:MetricAlarm": {{path: "name", bridge: "alarmName"}},
	"aws:ec2/defaultSecurityGroup:DefaultSecurityGroup": {
		{path: "ingress", bridge: "ingresses"}, {path: "egress", bridge: "egresses"},
	},
	"aws:ec2/securityGroup:SecurityGroup": {
		{path: "ingress", bridge: "ingresses"}, {path: "egress", bridge: "egresses"},
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": {
		{path: "atRestEncryptionEnabled", form: boolText}, {path: "autoMinorVersionUpgrade", form: boolText},
	},
	"aws:lb/getLoadBalancer:getLoadBalancer":      {{path: "accessLogs", form: oneOfList}},
	"aws:lb/targetGroup:TargetGroup":              {{path: "deregistrationDelay", form: numberText}},
	"aws:route53/record:Record":                   {{path: "aliases", bridge: "alias", form: listOfOne}},
	"aws:sns/topicSubscription:TopicSubscription": {{path: "topic", bridge: "topicArn"}},
}
