package main

import (
	"fmt"

	"threa-infra/internal/cost"
	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
)

// charge says what a resource adds to the parts of a bill. An error is a setting that the prices do not fit.
type charge func(r mocks.Resource) (map[cost.Part]int, error)

// charged are the types that AWS bills.
var charged = map[string]charge{
	"aws:ecs/service:Service": func(r mocks.Resource) (map[cost.Part]int, error) {
		tasks := int(r.Value("desiredCount").NumberValue())
		return map[cost.Part]int{cost.Tasks: tasks, cost.Addresses: tasks},
			wants(r, map[string]string{"networkConfiguration.assignPublicIp": "true"})
	},
	// AWS creates an alarm for each direction.
	"aws:appautoscaling/policy:Policy": func(r mocks.Resource) (map[cost.Part]int, error) {
		return map[cost.Part]int{cost.ScalingAlarms: 2}, wants(r, map[string]string{"policyType": "TargetTrackingScaling"})
	},
	"aws:ecs/cluster:Cluster": func(r mocks.Resource) (map[cost.Part]int, error) {
		insights := map[string]int{"disabled": 0, "enabled": 1}
		count, known := insights[r.Text("settings[0].value")]
		if !known {
			return nil, fmt.Errorf("Container Insights is %q", r.Text("settings[0].value"))
		}
		return map[cost.Part]int{cost.Insights: count}, nil
	},
	"aws:rds/instance:Instance": func(r mocks.Resource) (map[cost.Part]int, error) {
		if r.Text("replicateSourceDb") != "" {
			return map[cost.Part]int{cost.Replica: 1}, wants(r, map[string]string{
				"storageType": "gp3", "multiAz": "", "monitoringInterval": "", "performanceInsightsRetentionPeriod": "7"})
		}
		copies := 1
		if r.Value("multiAz").BoolValue() {
			copies = 2
		}
		storage := copies * int(r.Value("allocatedStorage").NumberValue())
		return map[cost.Part]int{cost.Database: copies, cost.Storage: storage},
			wants(r, map[string]string{
				"storageType": "gp3", "iops": "", "monitoringInterval": "", "performanceInsightsRetentionPeriod": "7",
				"engineLifecycleSupport": "open-source-rds-extended-support-disabled",
			})
	},
	"aws:elasticache/replicationGroup:ReplicationGroup": func(r mocks.Resource) (map[cost.Part]int, error) {
		nodes := int(r.Value("numCacheClusters").NumberValue())
		return map[cost.Part]int{cost.Cache: nodes}, wants(r, map[string]string{"snapshotRetentionLimit": ""})
	},
	"aws:lb/loadBalancer:LoadBalancer": func(r mocks.Resource) (map[cost.Part]int, error) {
		zones := len(r.Value("subnets").ArrayValue())
		parts := map[cost.Part]int{cost.Balancer: 1, cost.BalancerUse: 1, cost.BalancerAddresses: zones}
		return parts, wants(r, map[string]string{
			"loadBalancerType": "application", "internal": "false", "ipAddressType": "", "minimumLoadBalancerCapacity": ""})
	},
	"aws:ecr/repository:Repository":    eachOnce(cost.Images, nil),
	"aws:cloudwatch/logGroup:LogGroup": eachOnce(cost.Logs, map[string]string{"logGroupClass": ""}),
	"aws:cloudwatch/metricAlarm:MetricAlarm": func(r mocks.Resource) (map[cost.Part]int, error) {
		metrics := 0 // each is billed, the expressions on them are not
		for i := 0; r.Text(fmt.Sprintf("metricQueries[%d].id", i)) != ""; i++ {
			if r.Text(fmt.Sprintf("metricQueries[%d].metric.metricName", i)) != "" {
				metrics++
			}
		}
		return map[cost.Part]int{cost.Alarms: max(metrics, 1)}, nil
	},
	"aws:cloudwatch/dashboard:Dashboard": eachOnce(cost.Dashboards, nil),
	"aws:ssm/parameter:Parameter":        eachOnce(cost.Parameters, map[string]string{"tier": "", "keyId": ""}),
}

// eachOnce is the charge for a type of which each resource counts once, with settings that would have another price.
func eachOnce(part cost.Part, settings map[string]string) charge {
	return func(r mocks.Resource) (map[cost.Part]int, error) {
		return map[cost.Part]int{part: 1}, wants(r, settings)
	}
}

// isFree reports whether the registry says that a type costs nothing.
func isFree(r mocks.Resource) bool {
	row, _ := resources.Find(r.Type)
	return row.Free != ""
}

// priced wants a type to have either a price or the reason why it is free.
func priced(r mocks.Resource) error {
	if _, costs := charged[r.Type]; isFree(r) == costs {
		return fmt.Errorf("add %s to internal/cost/lines.go and charged, or the reason why it is free to internal/resources",
			r.Type)
	}
	return nil
}
