package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

func TestSchedule_HasTimesAndDays(t *testing.T) {
	const sunday, saturday = time.Sunday, time.Saturday
	everyDay, working := []time.Weekday{0, 1, 2, 3, 4, 5, 6}, []time.Weekday{1, 2, 3, 4, 5}
	assert.Equal(t, &Schedule{WakeAt: 7 * 60, SleepAt: 20 * 60, AwakeDays: everyDay, TimeZone: "UTC"},
		with(t, asleep()).Scaling.Schedule)
	for days, want := range map[string][]time.Weekday{
		"MON-FRI": working, "mon,TUE-THU,FRI,FRI": working, "SAT-SUN": {sunday, saturday}, "FRI-MON": {0, 1, 5, 6},
		"SUN-SAT": everyDay, "MON-MON": {time.Monday},
	} {
		assert.Equal(t, want, with(t, asleep("awakeDays", days)).Scaling.Schedule.AwakeDays, days)
	}
	s := with(t, asleep("scheduleTimeZone", "Europe/Berlin", "sleepDatabase", "true", "multiAz", "true")).Scaling.Schedule
	assert.Equal(t, "Europe/Berlin", s.TimeZone)
	assert.True(t, s.Database)
}

func TestSchedule_CountsAwakeMinutes(t *testing.T) {
	for _, row := range []struct {
		wake, sleep, days string
		hours             float64
	}{
		{"08:00", "20:00", "MON-FRI", 60}, {"18:00", "02:30", "FRI,SAT", 17}, {"01:00", "00:00", "MON-SUN", 7 * 23},
	} {
		s := with(t, asleep("wakeAt", row.wake, "sleepAt", row.sleep, "awakeDays", row.days)).Scaling.Schedule
		assert.InDelta(t, row.hours*60, s.AwakeMinutes(), 0, row)
	}
}

func TestSchedule_RefusesCronWithNewKeys(t *testing.T) {
	const remove = "\n    pulumi config rm sleepSchedule\n    pulumi config rm wakeSchedule"
	for _, row := range []struct{ sleep, wake, want string }{
		{
			"cron(0 20 ? * MON-FRI *)", "cron(5 7 ? * MON-FRI *)",
			"set sleepAt 20:00\n    pulumi config set wakeAt 07:05\n    pulumi config set awakeDays MON-FRI" + remove,
		},
		{"cron(0 20 * * ? *)", "cron(0 7 ? * * *)", "set sleepAt 20:00\n    pulumi config set wakeAt 07:00" + remove},
		{
			"cron(0 20 L * ? *)", "cron(0 7,9 ? * 2-6 *)",
			"set sleepAt 20:00\n    pulumi config set wakeAt 07:00\n    pulumi config set awakeDays MON-FRI" + remove,
		},
	} {
		given := map[string]string{
			mocks.Namespaced("sleepSchedule"): row.sleep, mocks.Namespaced("wakeSchedule"): row.wake,
		}
		_, err := Parse(wrongValues(t, given))
		var problems *Problems
		require.ErrorAs(t, err, &problems)
		require.Len(t, problems.List, 1)
		assert.Equal(t, "threa:sleepSchedule and threa:wakeSchedule is set: sleepAt, wakeAt and awakeDays have replaced them\n"+
			"    pulumi config "+row.want, problems.List[0].String())
	}
}
