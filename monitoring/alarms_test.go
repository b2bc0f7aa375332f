package monitoring

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// describe returns the alarms as lines.
func describe(stack *mocks.Recording) []string {
	var lines []string
	for _, alarm := range stack.OfType(alarmToken) {
		var dimensions []string
		for name, value := range alarm.Value("dimensions").ObjectValue() {
			dimensions = append(dimensions, fmt.Sprintf("%s=%s", name, value.StringValue()))
		}
		slices.Sort(dimensions)
		lines = append(lines, fmt.Sprintf("%s: %s of %s %s %s is %s %.0f for %s periods of %s s; no data: %s; muted: %v",
			alarm.Text("name"), alarm.Text("statistic")+alarm.Text("extendedStatistic"), alarm.Text("namespace"),
			alarm.Text("metricName"), strings.Join(dimensions, ","), alarm.Text("comparisonOperator"),
			alarm.Value("threshold").NumberValue(), alarm.Text("evaluationPeriods"), alarm.Text("period"),
			alarm.Text("treatMissingData"), !alarm.Value("actionsEnabled").BoolValue()))
	}
	return lines
}

// optional matches the lines of what everything adds.
func optional(line string) bool {
	return slices.ContainsFunc([]string{"ApplicationELB", "AWS/Scheduler", "threa-replica", "threa-002"},
		func(part string) bool { return strings.Contains(line, part) })
}

func TestAlarms_MatchGolden(t *testing.T) {
	stack, _ := build(t, arguments(everything))
	all := describe(stack)
	mocks.Golden(t, "alarms.txt", all)
	stack, _ = build(t, arguments(nil))
	required := slices.DeleteFunc(slices.Clone(all), optional)
	assert.Equal(t, required, describe(stack))
	assert.LessOrEqual(t, len(required), 10, "ten alarms are free of charge")
	stack, _ = build(t, arguments(func(a *Args) { a.CacheNodes = 0 }))
	assert.Equal(t, slices.DeleteFunc(required, func(line string) bool { return strings.Contains(line, "ElastiCache") }),
		describe(stack))
}

func TestNoTasksAlarm_CountsFallbackTasks(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.Fallback = true }))
	alarm := stack.Named(t, alarmToken, "monitoring-no-running-tasks")
	want := map[string]string{
		"metricQueries[2].expression": "SUM([own, standby])", "metricQueries[2].returnData": "true",
		"treatMissingData": "breaching", "evaluationPeriods": "3",
	}
	for query, service := range map[string][2]string{
		"metricQueries[0].": {"own", "threa"}, "metricQueries[1].": {"standby", "threa-standby"},
	} {
		want[query+"id"], want[query+"metric.dimensions.ServiceName"] = service[0], service[1]
		want[query+"metric.stat"], want[query+"metric.period"] = "SampleCount", "60"
		want[query+"metric.metricName"] = "CPUUtilization"
	}
	checkProperties(t, alarm, want)
	assert.True(t, alarm.Value("metricName").IsNull(), "CloudWatch accepts either a metric or queries")
}

func TestNoTasksAlarm_IsMuted(t *testing.T) {
	for _, row := range []struct {
		running, asleep, enabled bool
		ignored                  []string
	}{
		{true, false, true, nil},
		{true, true, true, []string{"actionsEnabled"}}, // the schedule has muted it
		{false, false, false, nil},                     // no image yet
		{false, true, false, nil},
	} {
		stack, _ := build(t, arguments(func(a *Args) { a.Running, a.Asleep = row.running, row.asleep }))
		for _, alarm := range stack.OfType(alarmToken) {
			enabled, ignored := true, []string(nil)
			if alarm.Name == "monitoring-no-running-tasks" {
				enabled, ignored = row.enabled, row.ignored
			}
			assert.Equal(t, enabled, alarm.Value("actionsEnabled").BoolValue(), alarm.Name)
			assert.Equal(t, ignored, alarm.Request.GetIgnoreChanges(), alarm.Name)
		}
	}
}

func TestAlarms_ThresholdsFollowDatabaseSize(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.InstanceClass, a.AllocatedStorage = "db.r6g.2xlarge", 400 }))
	threshold := func(name string) float64 {
		return stack.Named(t, alarmToken, "monitoring-"+name).Value("threshold").NumberValue()
	}
	assert.InDelta(t, 20*gibibyte, threshold("db-storage-low"), 1, "5 % of 400 GiB")
	assert.InDelta(t, 64*gibibyte/20, threshold("db-memory-low"), gibibyte/10, "5 % of 64 GiB")
	assert.InDelta(t, 4000, threshold("db-connections-high"), 0, "80 % of 5000, which is PostgreSQL's limit on RDS")
}

// CloudWatch accepts a period of 10, 20, 30 or a multiple of 60 seconds, and at most a day of evaluation.
func TestAlarms_AreValid(t *testing.T) {
	stack, _ := build(t, arguments(everything))
	alarms := stack.OfType(alarmToken)
	require.NotEmpty(t, alarms)
	for _, alarm := range alarms {
		period, periods := int(alarm.Value("period").NumberValue()), int(alarm.Value("evaluationPeriods").NumberValue())
		assert.Zero(t, period%60, alarm.Name)
		assert.LessOrEqual(t, period*periods, 86400, alarm.Name)
		assert.NotEmpty(t, alarm.Text("alarmDescription"), alarm.Name)
		assert.Equal(t, "threa", alarm.Text("tags.Project"), alarm.Name)
		percentile := alarm.Text("extendedStatistic") != ""
		assert.Equal(t, percentile, alarm.Value("statistic").IsNull(), "%s: either statistic or percentile", alarm.Name)
		assert.Equal(t, percentile, alarm.Text("evaluateLowSampleCountPercentiles") == "ignore", alarm.Name)
	}
}
