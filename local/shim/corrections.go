package shim

// correction corrects one action. Either function may be nil.
type correction struct {
	// before sees a call before moto and may change it. A reply answers the call; an *awsError refuses it.
	before func(*call) (*reply, error)
	// after may edit moto's answer to a call that succeeded.
	after func(*call, *reply) error
}

// corrections are the corrections of one service, by action. "*" corrects all actions that are not listed.
type corrections map[string]correction

// check makes a correction of a function that only refuses or changes calls.
func check(f func(*call) error) correction {
	return correction{before: func(c *call) (*reply, error) { return nil, f(c) }}
}

// then adds a correction of moto's answer.
func (r correction) then(after func(*call, *reply) error) correction {
	return correction{before: r.before, after: after}
}

// answerWith makes a correction that answers a JSON call.
func answerWith(body any) correction {
	return correction{before: func(c *call) (*reply, error) { return c.jsonReply(body) }}
}

// answerJSON makes a correction of a function that answers a JSON call. If it returns nil, moto answers.
func answerJSON[In any](answer func(*call, In) (any, error)) correction {
	return correction{before: func(c *call) (*reply, error) {
		var in In
		if err := c.decode(&in); err != nil {
			return nil, err
		}
		body, err := answer(c, in)
		if err != nil || body == nil {
			return nil, err
		}
		return c.jsonReply(body)
	}}
}

// afterJSON makes a correction of a function that reads a JSON call that succeeded, and moto's answer.
func afterJSON[In, Out any](f func(*call, In, Out) error) correction {
	return correction{after: func(c *call, answer *reply) error {
		var in In
		var out Out
		if err := c.decode(&in); err != nil {
			return err
		}
		if err := decodeJSON(answer.body, &out); err != nil {
			return err
		}
		return f(c, in, out)
	}}
}

// newCorrections returns the corrections of each service that needs some, by the service's name in signatures.
func newCorrections(a *account) map[string]corrections {
	return map[string]corrections{
		"application-autoscaling": {
			"RegisterScalableTarget":  afterJSON(a.targetRegistered),
			"DescribeScalableTargets": a.restore("ScalableTargetARN"),
			"ListTagsForResource":     answerJSON(a.tagCall),
			"TagResource":             answerJSON(a.tagCall),
			"UntagResource":           answerJSON(a.tagCall),
		},
		"budgets": {
			"CreateBudget":                       afterJSON(a.budgetChanged),
			"UpdateBudget":                       answerJSON(a.updateBudget),
			"DeleteBudget":                       afterJSON(a.budgetChanged),
			"CreateNotification":                 afterJSON(a.budgetChanged),
			"DeleteNotification":                 afterJSON(a.budgetChanged),
			"DescribeSubscribersForNotification": answerJSON(a.describeSubscribers),
			"ListTagsForResource":                answerJSON(a.tagCall),
			"TagResource":                        answerJSON(a.tagCall),
			"UntagResource":                      answerJSON(a.tagCall),
		},
		"ec2": {
			"CreateVpc":                     check(a.checkVPCQuota),
			"DescribeNetworkInterfaces":     {before: a.describeTaskInterface},
			"DeleteSecurityGroup":           check(a.checkUnreferenced),
			"AuthorizeSecurityGroupIngress": {after: a.keepRuleDescription},
			"AuthorizeSecurityGroupEgress":  {after: a.keepRuleDescription},
			"ModifySecurityGroupRules":      check(setAllPorts).then(a.changeRuleDescriptions),
			"DescribeSecurityGroupRules":    a.restore("securityGroupRuleId"),
		},
		"ecr": {"BatchGetImage": answerJSON(findLocalImage)},
		"ecs": {
			"RegisterTaskDefinition":   check(checkFargate),
			"DescribeTaskDefinition":   answerJSON(a.describeFamily),
			"CreateService":            check(a.checkService).then(a.completeService),
			"UpdateService":            check(a.checkService).then(a.serviceUpdated),
			"DescribeServices":         {after: a.settleServices},
			"DeleteService":            {after: a.settleServices},
			"DeleteCluster":            check(a.checkClusterUnused),
			"ListClusters":             {after: a.hideDeletedClusters},
			"ListTasks":                answerJSON(a.listTasks),
			"DescribeTasks":            answerJSON(a.describeTasks),
			"ListServiceDeployments":   answerJSON(a.listDeployments),
			"DescribeServiceRevisions": answerJSON(a.describeRevisions),
			"RunTask":                  check(refuseTask),
		},
		"elasticache": a.cacheCorrections(),
		"elasticloadbalancing": {
			"CreateLoadBalancer": check(a.checkBalancerSubnets),
			"DeleteLoadBalancer": check(a.checkBalancerProtection),
			"CreateListener":     check(a.checkListenerCertificate),
			"ModifyListener":     check(a.keepListenerPolicy).then(a.restore("ListenerArn").after),
			"DescribeListeners":  a.restore("ListenerArn"),
		},
		"monitoring": {
			"DisableAlarmActions": {before: a.switchAlarms},
			"EnableAlarmActions":  {before: a.switchAlarms},
			"PutMetricAlarm":      {after: a.alarmPut},
			"DescribeAlarms":      a.restore("AlarmName"),
		},
		"rds": {
			"CreateDBInstance":         check(a.checkInstance).then(a.editInstances),
			"ModifyDBInstance":         check(a.checkInstance).then(a.editInstances),
			"DeleteDBInstance":         check(checkFinalSnapshot).then(a.editInstances),
			"DescribeDBInstances":      check(a.findByResourceID).then(a.editInstances),
			"DescribeDBEngineVersions": {before: describeEngineVersions},
			"DescribeDBParameters":     {after: hideDefaultParameters},
			"ModifyDBParameterGroup":   check(modifyParameters),
			"ResetDBParameterGroup":    check(resetParameters).then(renameAnswer("ModifyDBParameterGroup")),
			"CreateDBSubnetGroup":      check(a.checkNewSubnetGroup),
			"ModifyDBSubnetGroup":      check(a.modifySubnetGroup).then(renameAnswer("CreateDBSubnetGroup")),
			"DeleteDBParameterGroup":   a.checkGroupUnused("DBParameterGroupName", "InvalidDBParameterGroupState"),
			"DeleteDBSubnetGroup":      a.checkGroupUnused("DBSubnetGroupName", "InvalidDBSubnetGroupStateFault"),
			"*":                        {after: a.editInstances},

			"DescribeOrderableDBInstanceOptions": {before: describeOrderable},
		},
		"route53": {"*": check(a.checkNewRecords)},
		"s3":      {"*": {before: a.keepVersioning}},
		"servicequotas": {
			"GetServiceQuota":           answerJSON(describeQuota),
			"GetAWSDefaultServiceQuota": answerJSON(describeQuota),
		},
		"sns": {"CreateTopic": check(a.checkNewTopic)},
		"states": {
			"CreateStateMachine":   afterJSON(a.machineCreated),
			"DescribeStateMachine": a.restore("stateMachineArn"),
			// moto has no versions of state machines, and the program publishes none.
			"ListStateMachineVersions": answerWith(map[string]any{"stateMachineVersions": []any{}}),
			// The provider checks a definition with this call, which accepts any.
			"ValidateStateMachineDefinition": answerWith(map[string]any{"result": "OK", "diagnostics": []any{}}),
		},
		"tagging": {"GetResources": {after: a.addCacheNodes}},
	}
}
