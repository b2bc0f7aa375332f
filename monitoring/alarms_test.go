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

// sentence is an alarm as a line: when it goes off, and what it is told when there is no data.
func sentence(alarm mocks.Resource) string {
	var source []string
	for name, value := range alarm.Value("dimensions").ObjectValue() {
		source = append(source, fmt.Sprintf("%s=%s", name, value.StringValue()))
	}
	slices.Sort(source)
	return fmt.Sprintf("%s: %s of %s %s %s is %s %.0f for %s periods of %s s; no data: %s; muted: %v",
		alarm.Text("name"), alarm.Text("statistic")+alarm.Text("extendedStatistic"), alarm.Text("namespace"), alarm.Text("metricName"), strings.Join(source, ","),
		alarm.Text("comparisonOperator"), alarm.Value("threshold").NumberValue(), alarm.Text("evaluationPeriods"), alarm.Text("period"),
		alarm.Text("treatMissingData"), !alarm.Value("actionsEnabled").BoolValue())
}

func sentences(stack *mocks.Recording) []string {
	var all []string
	for _, alarm := range stack.OfType(alarmToken) {
		all = append(all, sentence(alarm))
	}
	return all
}

func TestTheseAlarmsGoOff(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	mocks.Golden(t, "alarms.txt", sentences(stack))
}

func TestWithoutACacheItsAlarmsAreLeftOut(t *testing.T) {
	withCache, _ := build(t, arguments(nil))
	without, _ := build(t, arguments(func(a *Args) { a.Cache = nil }))
	rest := slices.DeleteFunc(sentences(withCache), func(s string) bool { return strings.Contains(s, "AWS/ElastiCache") })
	assert.Equal(t, rest, sentences(without))
	assert.Less(t, len(rest), len(sentences(withCache)))
}

func TestEveryNodeOfTheCacheHasTheSameAlarms(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.Cache.Nodes = []string{"the-cache-001", "the-cache-002"} }))
	for name, first := range map[string]string{
		"redis-2-cpu-high": "redis-cpu-high", "redis-2-memory-high": "redis-memory-high", "redis-2-evictions": "redis-evictions",
	} {
		want := sentence(stack.Named(t, alarmToken, "monitoring-"+first))
		want = strings.NewReplacer(first, name, "the-cache-001", "the-cache-002").Replace(want)
		assert.Equal(t, want, sentence(stack.Named(t, alarmToken, "monitoring-"+name)))
	}
}

func TestAReplicaThatFallsBehindIsReported(t *testing.T) {
	without, _ := build(t, arguments(nil))
	with, _ := build(t, arguments(withReplica))
	more := slices.DeleteFunc(sentences(with), func(s string) bool { return slices.Contains(sentences(without), s) })
	assert.Equal(t, []string{
		"threa-db-replica-lag: Average of AWS/RDS ReplicaLag DBInstanceIdentifier=the-replica is GreaterThanThreshold 600 for 3 periods of 300 s; no data: notBreaching; muted: false",
	}, more)
}

// While a task of either service runs, the app does; a minute of which CloudWatch knows nothing yet is no minute without one.
func TestTheTasksThatStandInCountAsRunning(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) { a.Service.Standby = "the-standby" }))
	alarm := stack.Named(t, alarmToken, "monitoring-no-running-tasks")
	for i, service := range []string{"the-service", "the-standby"} {
		query := fmt.Sprintf("metricQueries[%d].", i)
		assert.Equal(t, []string{[]string{"own", "standby"}[i], "SampleCount", "60", "CPUUtilization", service}, []string{
			alarm.Text(query + "id"), alarm.Text(query + "metric.stat"), alarm.Text(query + "metric.period"),
			alarm.Text(query + "metric.metricName"), alarm.Text(query + "metric.dimensions.ServiceName"),
		})
	}
	assert.Equal(t, []string{"SUM([own, standby])", "true", "breaching", "3"}, []string{
		alarm.Text("metricQueries[2].expression"), alarm.Text("metricQueries[2].returnData"),
		alarm.Text("treatMissingData"), alarm.Text("evaluationPeriods"),
	}, "FILL would make a zero of every minute whose samples have not come in yet")
	assert.True(t, alarm.Value("metricName").IsNull(), "CloudWatch takes either a metric or queries")
}

func TestTenAlarmsAreFree(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	assert.LessOrEqual(t, len(stack.OfType(alarmToken)), 10)
}

func TestNobodyIsWokenForTasksThatAreNotMeantToRun(t *testing.T) {
	running, _ := build(t, arguments(nil))
	stopped, _ := build(t, arguments(func(a *Args) { a.Service.Running = false }))
	for _, alarm := range running.OfType(alarmToken) {
		assert.True(t, alarm.Value("actionsEnabled").BoolValue(), alarm.Name)
		want := alarm.Name != "monitoring-no-running-tasks"
		assert.Equal(t, want, stopped.Named(t, alarmToken, alarm.Name).Value("actionsEnabled").BoolValue(), alarm.Name)
	}
}

func TestAnAlarmThatASleepHasMutedIsLeftAloneUntilTheAppWakes(t *testing.T) {
	for asleep, ignored := range map[bool][]string{true: {"actionsEnabled"}, false: nil} {
		stack, _ := build(t, arguments(func(a *Args) { a.Service.Asleep = asleep }))
		alarm := stack.Named(t, alarmToken, "monitoring-no-running-tasks")
		assert.True(t, alarm.Value("actionsEnabled").BoolValue())
		assert.Equal(t, ignored, alarm.Request.GetIgnoreChanges())
	}
}

func TestThresholdsFollowTheSizeOfTheDatabase(t *testing.T) {
	const gibibyte = 1 << 30
	stack, _ := build(t, arguments(func(a *Args) {
		a.Database.InstanceClass, a.Database.AllocatedStorage = "db.r6g.2xlarge", 400
	}))
	threshold := func(name string) float64 {
		return stack.Named(t, alarmToken, "monitoring-"+name).Value("threshold").NumberValue()
	}
	assert.InDelta(t, 20*gibibyte, threshold("db-storage-low"), 1, "5 % of 400 GiB")
	assert.InDelta(t, 64*gibibyte/20, threshold("db-memory-low"), gibibyte/10, "5 % of 64 GiB")
	assert.InDelta(t, 4000, threshold("db-connections-high"), 0, "80 % of 5000, which is PostgreSQL's limit on RDS")
}

// CloudWatch takes a period of 10, 20, 30 or a multiple of 60 seconds, and a day of evaluation at most.
func TestCloudWatchTakesEveryAlarm(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	alarms := stack.OfType(alarmToken)
	require.NotEmpty(t, alarms)
	for _, alarm := range alarms {
		period, periods := int(alarm.Value("period").NumberValue()), int(alarm.Value("evaluationPeriods").NumberValue())
		assert.Zero(t, period%60, alarm.Name)
		assert.LessOrEqual(t, period*periods, 86400, alarm.Name)
		assert.NotEmpty(t, alarm.Text("alarmDescription"), alarm.Name)
		assert.Equal(t, "threa", alarm.Text("tags.Project"), alarm.Name)
	}
}
