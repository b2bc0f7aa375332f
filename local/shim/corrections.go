package shim

import "sync"

// rule corrects the calls of one service.
type rule interface {
	// before sees a call before moto and may change it. A reply answers the call; an *awsError refuses it.
	before(*call) (*reply, error)
	// after may edit moto's answer to a call that succeeded.
	after(*call, *reply) error
	// forget drops all state. A reset of moto calls it.
	forget()
}

// correction corrects one action. Either function may be nil.
type correction struct {
	before func(*call) (*reply, error)
	after  func(*call, *reply) error
}

// corrections are the corrections of one service, by action. "*" corrects all actions that are not listed.
type corrections map[string]correction

// check makes a correction of a function that only refuses or changes calls.
func check(f func(*call) error) correction {
	return correction{before: func(c *call) (*reply, error) { return nil, f(c) }}
}

// newRules returns the rule of each service that needs one, by the service's name in signatures.
func newRules(a *account) map[string]rule {
	rules := map[string]rule{"states": newStatesRule()}
	for service, c := range map[string]corrections{
		"application-autoscaling": {
			"RegisterScalableTarget":  {after: a.targetRegistered},
			"DescribeScalableTargets": {after: addScalingRole},
			"ListTagsForResource":     {before: a.targetTagCall},
			"TagResource":             {before: a.targetTagCall},
			"UntagResource":           {before: a.targetTagCall},
		},
		"budgets": {
			"CreateBudget":                       {after: a.budgetChanged},
			"UpdateBudget":                       {before: a.updateBudget},
			"DeleteBudget":                       {after: a.budgetChanged},
			"CreateNotification":                 {after: a.budgetChanged},
			"DeleteNotification":                 {after: a.budgetChanged},
			"DescribeSubscribersForNotification": {before: a.describeSubscribers},
			"ListTagsForResource":                {before: a.budgetTagCall},
			"TagResource":                        {before: a.budgetTagCall},
			"UntagResource":                      {before: a.budgetTagCall},
		},
		"ec2": {
			"DescribeNetworkInterfaces":     {before: a.describeTaskInterface},
			"DeleteSecurityGroup":           check(a.checkUnreferenced),
			"AuthorizeSecurityGroupIngress": {after: a.keepRuleDescription},
			"AuthorizeSecurityGroupEgress":  {after: a.keepRuleDescription},
			"ModifySecurityGroupRules":      {after: a.changeRuleDescriptions},
			"DescribeSecurityGroupRules":    {after: a.addRuleDescriptions},
		},
		"ecs": {
			"RegisterTaskDefinition":   check(checkFargate),
			"CreateService":            {before: a.checkNewService, after: a.completeService},
			"UpdateService":            {before: a.checkServiceUpdate, after: a.serviceUpdated},
			"DescribeServices":         {after: a.settleServices},
			"DeleteService":            {after: a.settleServices},
			"ListClusters":             {after: a.hideDeletedClusters},
			"ListTasks":                {before: a.listTasks},
			"DescribeTasks":            {before: a.describeTasks},
			"ListServiceDeployments":   {before: a.listDeployments},
			"DescribeServiceRevisions": {before: a.describeRevisions},
			"RunTask":                  check(refuseTask),
		},
		"elasticache": a.cacheCorrections(),
		"elasticloadbalancing": {
			"CreateLoadBalancer": check(a.checkBalancerSubnets),
			"DeleteLoadBalancer": check(a.checkBalancerProtection),
			"ModifyListener":     {before: a.keepListenerPolicy, after: a.addListenerPolicies},
			"DescribeListeners":  {after: a.addListenerPolicies},
		},
		"monitoring": {
			"DisableAlarmActions": {before: a.switchAlarms},
			"EnableAlarmActions":  {before: a.switchAlarms},
			"PutMetricAlarm":      {after: a.alarmPut},
			"DescribeAlarms":      {after: a.addAlarmActions},
		},
		"rds": {
			"CreateDBInstance":         {before: checkNewInstance, after: a.editInstances},
			"ModifyDBInstance":         {before: a.checkInstanceChange, after: a.editInstances},
			"DeleteDBInstance":         {before: checkFinalSnapshot, after: a.editInstances},
			"DescribeDBInstances":      {before: a.findByResourceID, after: a.editInstances},
			"DescribeDBEngineVersions": {before: describeEngineVersions},
			"DescribeDBParameters":     {after: hideDefaultParameters},
			"ModifyDBParameterGroup":   check(modifyParameters),
			"ResetDBParameterGroup":    {before: resetParameters, after: nameReset},
			"DeleteDBParameterGroup":   check(a.checkParameterGroupUnused),
			"DeleteDBSubnetGroup":      check(a.checkSubnetGroupUnused),
			"*":                        {after: a.editInstances},
		},
		"route53": {"*": check(a.checkNewRecords)},
		"s3":      {"*": {before: a.keepVersioning}},
		"tagging": {"GetResources": {after: a.addCacheNodes}},
	} {
		rules[service] = &accountRule{&a.mu, c}
	}
	return rules
}

// accountRule carries out corrections one at a time, as they share the account's state.
type accountRule struct {
	mu          *sync.Mutex
	corrections corrections
}

func (r *accountRule) find(action string) correction {
	if c, ok := r.corrections[action]; ok {
		return c
	}
	return r.corrections["*"]
}

func (r *accountRule) before(c *call) (*reply, error) {
	f := r.find(c.action).before
	if f == nil {
		return nil, nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return f(c)
}

func (r *accountRule) after(c *call, answer *reply) error {
	f := r.find(c.action).after
	if f == nil {
		return nil
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return f(c, answer)
}

func (r *accountRule) forget() {} // the account drops its state itself
