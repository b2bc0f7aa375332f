package authorization

// loadBalancing is Elastic Load Balancing, whose ARNs end in ids: a new one has one that nobody knows yet.
var loadBalancing = service{
	tagging: "AddTags",
	actions: all(nil,
		"DescribeCapacityReservation", "DescribeListenerAttributes", "DescribeListeners", "DescribeLoadBalancerAttributes", "DescribeLoadBalancers",
		"DescribeRules", "DescribeTags", "DescribeTargetGroupAttributes", "DescribeTargetGroups", "DescribeTargetHealth",
	).and(all([]string{"{LoadBalancerArn}"},
		"CreateListener", "DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "ModifyCapacityReservation", "SetIpAddressType",
		"SetSecurityGroups", "SetSubnets",
	)).and(all([]string{"{ListenerArn}"}, "DeleteListener", "ModifyListener", "ModifyListenerAttributes")).
		and(all([]string{"{TargetGroupArn}"}, "DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes")).
		and(table{
			"CreateLoadBalancer": {"loadbalancer/app/{Name}/new"}, "CreateTargetGroup": {"targetgroup/{Name}/new"},
			"AddTags": {"{ResourceArns}"}, "RemoveTags": {"{ResourceArns}"},
		}),
}

var certificates = service{
	actions: all([]string{"{CertificateArn}"},
		"AddTagsToCertificate", "DeleteCertificate", "DescribeCertificate", "ListTagsForCertificate", "RemoveTagsFromCertificate",
		"UpdateCertificateOptions",
	).and(table{"RequestCertificate": {}}),
}

// names is Route 53, whose ARNs name neither region nor account.
var names = service{
	paths: []path{
		{"GET /2013-04-01/hostedzone", "ListHostedZones"}, {"GET /2013-04-01/hostedzonesbyname", "ListHostedZonesByName"},
		{"GET /2013-04-01/hostedzone/{Id}", "GetHostedZone"}, {"GET /2013-04-01/hostedzone/{Id}/rrset", "ListResourceRecordSets"},
		{"POST /2013-04-01/hostedzone/{Id}/rrset", "ChangeResourceRecordSets"}, {"GET /2013-04-01/change/{Id}", "GetChange"},
		{"GET /2013-04-01/tags/hostedzone/{Id}", "ListTagsForResource"},
	},
	actions: all([]string{"arn:aws:route53:::hostedzone/{Id}"},
		"GetHostedZone", "ListResourceRecordSets", "ChangeResourceRecordSets", "ListTagsForResource",
	).and(table{"GetChange": {"arn:aws:route53:::change/{Id}"}, "ListHostedZones": {}, "ListHostedZonesByName": {}}),
}

var autoscaling = service{
	prefix: "application-autoscaling", tagging: "TagResource",
	passes: map[string]pass{"RegisterScalableTarget": {[]string{"RoleARN"}, "application-autoscaling.amazonaws.com"}},
	actions: all(nil, "DescribeScalableTargets", "DescribeScalingPolicies", "DescribeScheduledActions").
		and(all([]string{"scalable-target/new"},
			"DeleteScalingPolicy", "DeregisterScalableTarget", "PutScalingPolicy", "RegisterScalableTarget")).
		and(all([]string{"{ResourceARN}"}, "ListTagsForResource", "TagResource", "UntagResource")),
}

var events = service{
	tagging: "TagResource",
	passes:  map[string]pass{"PutTargets": {[]string{"Targets.RoleArn"}, "events.amazonaws.com"}},
	actions: all([]string{"rule/{Name}"}, "PutRule", "DeleteRule", "DescribeRule", "EnableRule", "DisableRule").
		and(all([]string{"rule/{Rule}"}, "ListTargetsByRule", "PutTargets", "RemoveTargets")).
		and(all([]string{"{ResourceARN}"}, "ListTagsForResource", "TagResource", "UntagResource")),
}

// schedules is EventBridge Scheduler. The role that it is handed stands in the body of a REST call, which nobody reads here.
var schedules = service{
	paths: []path{
		{"POST /schedules/{Name}", "CreateSchedule"}, {"PUT /schedules/{Name}", "UpdateSchedule"},
		{"GET /schedules/{Name}", "GetSchedule"}, {"DELETE /schedules/{Name}", "DeleteSchedule"},
	},
	actions: all([]string{"schedule/default/{Name}"}, "CreateSchedule", "UpdateSchedule", "GetSchedule", "DeleteSchedule"),
}

var stateMachines = service{
	tagging: "TagResource",
	passes: map[string]pass{
		"CreateStateMachine": {[]string{"roleArn"}, "states.amazonaws.com"}, "UpdateStateMachine": {[]string{"roleArn"}, "states.amazonaws.com"},
	},
	actions: all([]string{"{stateMachineArn}"},
		"DeleteStateMachine", "DescribeStateMachine", "ListStateMachineVersions", "UpdateStateMachine",
	).and(all([]string{"{resourceArn}"}, "ListTagsForResource", "TagResource", "UntagResource")).
		and(table{"CreateStateMachine": {"stateMachine:{name}"}, "ValidateStateMachineDefinition": {}}),
}
