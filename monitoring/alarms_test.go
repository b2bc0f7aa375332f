package monitoring

import (
	"regexp"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

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
				// It notifies when its state changes, so it must not be on before tasks are to run.
				assert.Equal(t, map[bool]string{true: "breaching", false: "notBreaching"}[row.running],
					alarm.Text("treatMissingData"))
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
// TestTopic_AcceptsOnlyOwnAlarms covers the alarms of staging: their names begin with the name of prod.
func TestTopic_AcceptsOnlyOwnAlarms(t *testing.T) {
	stack, _ := build(t, arguments(everything))
	policy := stack.Only(t, "aws:sns/topic:Topic").Text("policy")
	own := stack.OfType(alarmToken)
	assert.NotEmpty(t, own)
	for _, alarm := range own {
		name := regexp.MustCompile(`redis-\d-`).ReplaceAllString(alarm.Text("name"), "redis-?-")
		assert.Contains(t, policy, ":alarm:"+name+`"`)
	}
	assert.NotContains(t, policy, "*")
}

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
