package scaling

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSchedule_ShiftsDaysAcrossMidnight(t *testing.T) {
	everyDay := []time.Weekday{0, 1, 2, 3, 4, 5, 6}
	working := []time.Weekday{1, 2, 3, 4, 5}
	for _, row := range []struct {
		name        string
		days        []time.Weekday
		wake, sleep int
		want        [4]string // sleep, stop database, start database, wake
	}{
		{"working days", working, 8 * 60, 20 * 60, [4]string{
			"0 20 ? * MON,TUE,WED,THU,FRI", "10 20 ? * MON,TUE,WED,THU,FRI",
			"45 7 ? * MON,TUE,WED,THU,FRI", "0 8 ? * MON,TUE,WED,THU,FRI",
		}},
		{"every day", everyDay, 5, 23*60 + 55, [4]string{"55 23 ? * *", "5 0 ? * *", "50 23 ? * *", "5 0 ? * *"}},
		{"awake across midnight", []time.Weekday{time.Saturday}, 18 * 60, 2 * 60, [4]string{
			"0 2 ? * SUN", "10 2 ? * SUN", "45 17 ? * SAT", "0 18 ? * SAT",
		}},
		{"database starts the day before", []time.Weekday{time.Sunday}, 10, 20 * 60, [4]string{
			"0 20 ? * SUN", "10 20 ? * SUN", "55 23 ? * SAT", "10 0 ? * SUN",
		}},
		{"database stops the day after", []time.Weekday{time.Saturday}, 60, 23*60 + 50, [4]string{
			"50 23 ? * SAT", "0 0 ? * SUN", "45 0 ? * SAT", "0 1 ? * SAT",
		}},
		{"awake from midnight", []time.Weekday{time.Monday}, 0, 12 * 60, [4]string{
			"0 12 ? * MON", "10 12 ? * MON", "45 23 ? * SUN", "0 0 ? * MON",
		}},
		{"awake until midnight", []time.Weekday{time.Monday}, 8 * 60, 0, [4]string{
			"0 0 ? * TUE", "10 0 ? * TUE", "45 7 ? * MON", "0 8 ? * MON",
		}},
	} {
		s := &Schedule{WakeAt: row.wake, SleepAt: row.sleep, AwakeDays: row.days}
		got := []string{s.sleep(0), s.sleep(databaseStop), s.wake(databaseStart), s.wake(0)}
		for i, want := range row.want {
			assert.Equal(t, "cron("+want+" *)", got[i], row.name)
		}
	}
}

// A repeated stop must not follow the start, and a repeated mute must not follow the unmute, even for the shortest
// night or day.
func TestSchedule_RetriesEndBeforeNextCall(t *testing.T) {
	const shortest = 60 // minutes between sleepAt and wakeAt, either way
	assert.Less(t, databaseStop+retryMinutes, shortest+databaseStart)
	assert.Less(t, alarmUnmute+1+retryMinutes, shortest)
	assert.Less(t, databaseStart+retryMinutes, shortest+databaseStop)
}
