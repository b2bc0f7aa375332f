package monitoring

import (
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
)

func withLoadBalancer(args *Args) {
	args.LoadBalancer = &LoadBalancer{Suffix: pulumi.String("app/the-balancer/1"), TargetGroupSuffix: pulumi.String("targetgroup/the-group/2")}
}

func TestWhatUsersOfALoadBalancerSeeIsReported(t *testing.T) {
	without, _ := build(t, arguments(nil))
	with, _ := build(t, arguments(withLoadBalancer))
	more := slices.DeleteFunc(sentences(with), func(s string) bool { return slices.Contains(sentences(without), s) })
	assert.Equal(t, []string{
		"threa-app-5xx: Sum of AWS/ApplicationELB HTTPCode_Target_5XX_Count LoadBalancer=app/the-balancer/1,TargetGroup=targetgroup/the-group/2" +
			" is GreaterThanThreshold 10 for 1 periods of 300 s; no data: notBreaching; muted: false",
		"threa-latency-high: p95 of AWS/ApplicationELB TargetResponseTime LoadBalancer=app/the-balancer/1,TargetGroup=targetgroup/the-group/2" +
			" is GreaterThanThreshold 2 for 3 periods of 300 s; no data: notBreaching; muted: false",
		"threa-lb-5xx: Sum of AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer=app/the-balancer/1" +
			" is GreaterThanThreshold 10 for 1 periods of 300 s; no data: notBreaching; muted: false",
		"threa-unhealthy-tasks: Minimum of AWS/ApplicationELB UnHealthyHostCount LoadBalancer=app/the-balancer/1,TargetGroup=targetgroup/the-group/2" +
			" is GreaterThanThreshold 0 for 5 periods of 60 s; no data: notBreaching; muted: false",
	}, more)
}

func TestAFewSlowRequestsAreNoAlarm(t *testing.T) {
	stack, _ := build(t, arguments(withLoadBalancer))
	alarm := stack.Named(t, alarmToken, "monitoring-latency-high")
	assert.Equal(t, "ignore", alarm.Text("evaluateLowSampleCountPercentiles"))
	assert.True(t, alarm.Value("statistic").IsNull(), "CloudWatch takes either a statistic or a percentile")
}

func TestTheDashboardShowsTheLoadBalancerFirst(t *testing.T) {
	charts := dashboard(t, arguments(withLoadBalancer))
	assert.Equal(t, []string{
		"AWS/ApplicationELB RequestCount LoadBalancer app/the-balancer/1 Sum",
		"AWS/ApplicationELB TargetResponseTime LoadBalancer app/the-balancer/1 TargetGroup targetgroup/the-group/2 p95",
		"AWS/ApplicationELB HTTPCode_ELB_5XX_Count LoadBalancer app/the-balancer/1 Sum",
		"AWS/ApplicationELB HTTPCode_Target_5XX_Count LoadBalancer app/the-balancer/1 TargetGroup targetgroup/the-group/2 Sum",
		"AWS/ApplicationELB HealthyHostCount LoadBalancer app/the-balancer/1 TargetGroup targetgroup/the-group/2 Minimum",
		"AWS/ApplicationELB UnHealthyHostCount LoadBalancer app/the-balancer/1 TargetGroup targetgroup/the-group/2 Minimum",
	}, shown(charts)[:6])
	assert.Equal(t, shown(dashboard(t, arguments(nil))), shown(charts)[6:], "the rest is as before")
	assert.NotContains(t, strings.Join(shown(dashboard(t, arguments(nil))), ""), "ApplicationELB")
}
