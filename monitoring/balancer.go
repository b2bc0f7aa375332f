package monitoring

import "github.com/pulumi/pulumi/sdk/v3/go/pulumi"

// LoadBalancer is the load balancer to watch, by the parts of ARNs that CloudWatch knows it and its target group by.
type LoadBalancer struct {
	Suffix, TargetGroupSuffix pulumi.StringInput
}

// balancerAlarms are about what users see. Sources:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/load-balancer-cloudwatch-metrics.html
// (a load balancer sends the counts of errors and the response times only when there are any).
func balancerAlarms(b *LoadBalancer) []alarm {
	return []alarm{
		{
			name: "lb-5xx", description: "The load balancer had no answer from a task for more than 10 requests in five minutes",
			metric: balancerMetric(b, "HTTPCode_ELB_5XX_Count"), statistic: "Sum", above: true, threshold: 10,
			period: fiveMinutes, periods: 1, missing: notBreaching,
		},
		{
			name: "app-5xx", description: "The app answered more than 10 requests with an error of its own in five minutes",
			metric: targetMetric(b, "HTTPCode_Target_5XX_Count"), statistic: "Sum", above: true, threshold: 10,
			period: fiveMinutes, periods: 1, missing: notBreaching,
		},
		{
			// The lowest count of a minute, so that a task that is just being replaced is no trouble.
			name: "unhealthy-tasks", description: "A task has been failing the load balancer's health check for five minutes",
			metric: targetMetric(b, "UnHealthyHostCount"), statistic: "Minimum", above: true, threshold: 0,
			period: 60, periods: 5, missing: notBreaching,
		},
		{
			// Ignored while there are too few requests for a 95th percentile: one slow request at night wakes nobody.
			name: "latency-high", description: "One request in twenty has taken more than two seconds for 15 minutes",
			metric: targetMetric(b, "TargetResponseTime"), statistic: "p95", above: true, threshold: 2,
			period: fiveMinutes, periods: 3, missing: notBreaching,
		},
	}
}

// balancerRow is what the dashboard shows of it.
func balancerRow(b *LoadBalancer) []graph {
	return []graph{
		{"Requests", "Sum", fiveMinutes, []metric{balancerMetric(b, "RequestCount")}},
		{"Response time, 95th percentile (seconds)", "p95", fiveMinutes, []metric{targetMetric(b, "TargetResponseTime")}},
		{"Errors 5xx of load balancer and app", "Sum", fiveMinutes, []metric{
			balancerMetric(b, "HTTPCode_ELB_5XX_Count"), targetMetric(b, "HTTPCode_Target_5XX_Count"),
		}},
		{"Healthy and unhealthy tasks", "Minimum", 60, []metric{targetMetric(b, "HealthyHostCount"), targetMetric(b, "UnHealthyHostCount")}},
	}
}
