package monitoring

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// source is what sends metrics to CloudWatch.
type source struct {
	namespace  string
	dimensions []dimension
}

type dimension struct {
	name  string
	value pulumi.StringInput
}

// sources returns what sends metrics, by the names that alarms.yaml and dashboard.yaml use.
func (a *Args) sources() map[string][]source {
	one := func(namespace, dimensionName, value string) []source {
		return []source{{namespace, []dimension{{dimensionName, pulumi.String(value)}}}}
	}
	service := func(name string) source {
		return source{"AWS/ECS", []dimension{
			{"ClusterName", pulumi.String(a.Names.Name)}, {"ServiceName", pulumi.String(name)},
		}}
	}
	sources := map[string][]source{
		"service":  {service(a.Names.Name)},
		"services": {service(a.Names.Name)}, // with the on-demand fallback
		"database": one("AWS/RDS", "DBInstanceIdentifier", a.Names.Name),
	}
	if a.Fallback {
		sources["services"] = append(sources["services"], service(a.Names.FallbackService()))
		machine := a.Names.FallbackMachine()
		sources["fallbackMachine"] = one("AWS/States", "StateMachineArn", a.Names.MachineARN(machine))
		sources["fallbackRule"] = one("AWS/Events", "RuleName", machine)
	}
	if a.ReadReplica {
		sources["replica"] = one("AWS/RDS", "DBInstanceIdentifier", a.Names.ReadReplica())
	}
	if a.Schedule {
		sources["schedule"] = one("AWS/Scheduler", "ScheduleGroup", a.Names.Name)
	}
	if b := a.LoadBalancer; b != nil {
		balancer := dimension{"LoadBalancer", b.Suffix}
		sources["loadBalancer"] = []source{{"AWS/ApplicationELB", []dimension{balancer}}}
		sources["targetGroup"] = []source{{"AWS/ApplicationELB", []dimension{balancer, {"TargetGroup", b.TargetGroupSuffix}}}}
	}
	for node := range a.CacheNodes {
		id := a.Names.CacheNode(node + 1)
		sources["cacheNode"] = append(sources["cacheNode"], one("AWS/ElastiCache", "CacheClusterId", id)...)
	}
	return sources
}

func (s source) dimensionMap() pulumi.StringMap {
	dimensions := make(pulumi.StringMap, len(s.dimensions))
	for _, d := range s.dimensions {
		dimensions[d.name] = d.value
	}
	return dimensions
}
