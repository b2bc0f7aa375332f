package config

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
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

func TestSchedule_RejectsCron(t *testing.T) {
	_, err := Parse(wrongValues(t, map[string]string{"threa:sleepSchedule": "cron(0 20 * * ? *)"}))
	require.ErrorContains(
		t,
		err,
		"threa:sleepSchedule is \"cron(0 20 * * ? *)\": is replaced by sleepAt, wakeAt and awakeDays",
	)
	require.ErrorContains(t, err, "pulumi config rm sleepSchedule\n    pulumi config set sleepAt 20:00")
}
