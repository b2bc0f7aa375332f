package monitoring

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// metric is a CloudWatch metric.
type metric struct {
	namespace, name string
	dimensions      []dimension
}

type dimension struct {
	name  string
	value pulumi.StringInput
}

func serviceMetric(names naming.Stack, service, name string) metric {
	return metric{"AWS/ECS", name, []dimension{
		{"ClusterName", pulumi.String(names.Name)}, {"ServiceName", pulumi.String(service)},
	}}
}

// serviceMetrics returns metrics of the service and, if there is one, of the on-demand fallback.
func (a *Args) serviceMetrics(metricNames ...string) []metric {
	var metrics []metric
	for _, name := range metricNames {
		metrics = append(metrics, serviceMetric(a.Names, a.Names.Name, name))
		if a.Fallback {
			metrics = append(metrics, serviceMetric(a.Names, a.Names.FallbackService(), name))
		}
	}
	return metrics
}

func instanceMetric(identifier, name string) metric {
	return metric{"AWS/RDS", name, []dimension{{"DBInstanceIdentifier", pulumi.String(identifier)}}}
}

func nodeMetric(node, name string) metric {
	return metric{"AWS/ElastiCache", name, []dimension{{"CacheClusterId", pulumi.String(node)}}}
}

// nodeMetrics returns a metric of every cache node.
func (a *Args) nodeMetrics(name string) []metric {
	var metrics []metric
	for node := range a.CacheNodes {
		metrics = append(metrics, nodeMetric(a.Names.CacheNode(node+1), name))
	}
	return metrics
}

func (b *LoadBalancer) metric(name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", b.Suffix}}}
}

// targetMetric returns a metric that the load balancer sends for each target group.
func (b *LoadBalancer) targetMetric(name string) metric {
	m := b.metric(name)
	m.dimensions = append(m.dimensions, dimension{"TargetGroup", b.TargetGroupSuffix})
	return m
}

func (m metric) dimensionMap() pulumi.StringMap {
	dimensions := make(pulumi.StringMap, len(m.dimensions))
	for _, d := range m.dimensions {
		dimensions[d.name] = d.value
	}
	return dimensions
}
