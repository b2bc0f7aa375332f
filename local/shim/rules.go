package shim

// rule mends one service.
type rule interface {
	// before sees a call ahead of moto and may change it. A reply ends the call
	// there, and an *awsError is the answer that AWS would give.
	before(*call) (*reply, error)
	// after sees the answer of a call that moto carried out and may change it.
	after(*call, *reply) error
	// forget drops all state, as moto drops its own on a reset.
	forget()
}

// newRules is the table of the services that need mending, by the name that
// signatures use. All other services pass through.
func newRules(up *upstream, spot *spotRoom) map[string]rule {
	tasks := &serviceTasks{addresses: map[string]string{}}
	caches := newCacheRule(up)
	return map[string]rule{
		"application-autoscaling": newScalingRule(up),
		"budgets":                 newBudgetsRule(up),
		"ec2":                     newEC2Rule(up, tasks),
		"ecs":                     &ecsRule{upstream: up, tasks: tasks, spot: spot},
		"elasticache":             caches,
		"tagging":                 &taggingRule{caches},
		"states":                  newStatesRule(),
		"monitoring":              newAlarmsRule(),
		"rds":                     newRDSRule(),
		"elasticloadbalancing":    newELBRule(up),
		"route53":                 &recordsRule{up},
		"s3":                      newBucketsRule(),
	}
}
