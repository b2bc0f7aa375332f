package monitoring

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// metric is one time series that AWS sends, as its namespace, its name and where it comes from.
type metric struct {
	namespace string
	name      string
	source    []dimension
}

// dimension has a value that may be known only when AWS has made what it is about.
type dimension struct {
	name  string
	value pulumi.StringInput
}

func serviceMetric(s Service, name string) metric {
	return metric{"AWS/ECS", name, []dimension{{"ClusterName", pulumi.String(s.Cluster)}, {"ServiceName", pulumi.String(s.Name)}}}
}

// serviceMetrics are those of the service and of the one that stands in for it.
func serviceMetrics(s Service, names ...string) []metric {
	var all []metric
	for _, name := range names {
		all = append(all, serviceMetric(s, name))
		if s.Standby != "" {
			all = append(all, standbyMetric(s, name))
		}
	}
	return all
}

// standbyMetric is that of the service whose tasks stand in for those on Spot.
func standbyMetric(s Service, name string) metric {
	s.Name = s.Standby
	return serviceMetric(s, name)
}

func databaseMetric(d Database, name string) metric { return instanceMetric(d.Identifier, name) }

func instanceMetric(identifier, name string) metric {
	return metric{"AWS/RDS", name, []dimension{{"DBInstanceIdentifier", pulumi.String(identifier)}}}
}

func nodeMetric(node, name string) metric {
	return metric{"AWS/ElastiCache", name, []dimension{{"CacheClusterId", pulumi.String(node)}}}
}

// nodeMetrics are the same metric of every node.
func nodeMetrics(c *Cache, name string) []metric {
	all := make([]metric, len(c.Nodes))
	for i, node := range c.Nodes {
		all[i] = nodeMetric(node, name)
	}
	return all
}

func balancerMetric(b *LoadBalancer, name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", b.Suffix}}}
}

// targetMetric is one that the load balancer counts for each group of targets.
func targetMetric(b *LoadBalancer, name string) metric {
	return metric{"AWS/ApplicationELB", name, []dimension{{"LoadBalancer", b.Suffix}, {"TargetGroup", b.TargetGroupSuffix}}}
}

func (m metric) dimensions() pulumi.StringMap {
	all := make(pulumi.StringMap, len(m.source))
	for _, d := range m.source {
		all[d.name] = d.value
	}
	return all
}
