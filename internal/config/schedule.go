package config

import (
	"fmt"
	"slices"
	"strings"
	"time"
	_ "time/tzdata" // a machine may not know the time zones that AWS knows
)

// Schedule configures when the app is awake: from WakeAt on each of AwakeDays until SleepAt, or until SleepAt of the
// next day.
type Schedule struct {
	// WakeAt and SleepAt are times of day, in minutes after midnight.
	WakeAt, SleepAt int
	AwakeDays       []time.Weekday // sorted from Sunday to Saturday
	TimeZone        string         `key:"scheduleTimeZone"` // IANA name
	// Database stops and starts the database, too.
	Database bool `key:"sleepDatabase"`
}

// AwakeMinutes returns how long the app is awake in a week.
func (s *Schedule) AwakeMinutes() int {
	return (s.SleepAt - s.WakeAt + day) % day * len(s.AwakeDays)
}

func (r *reader) schedule() *Schedule {
	r.rejectCron()
	s := &Schedule{
		WakeAt:  parseMinutes(r.value("wakeAt")),
		SleepAt: parseMinutes(r.value("sleepAt")),
	}
	if days := r.value("awakeDays"); r.isValid("awakeDays") {
		s.AwakeDays = parseDays(days)
	}
	r.fill(s)
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil || s.TimeZone == "" || s.TimeZone == "Local" {
		r.rejectValue("scheduleTimeZone", "must be the IANA name of a time zone")
	}
	isSet := r.text("wakeAt") != "" || r.text("sleepAt") != ""
	switch {
	case !isSet && s.Database:
		r.rejectSet("sleepDatabase", "requires sleepAt and wakeAt")
		return nil
	case !isSet:
		return nil
	case r.bothOrNone("wakeAt", "sleepAt") && r.isValid("wakeAt") && r.isValid("sleepAt") && zone != nil:
		r.checkTimes(s, zone)
	}
	return s
}

// checkTimes rejects times that leave AWS too little time to stop and start everything. It also rejects times that do
// not exist on the day on which daylight saving time begins: EventBridge Scheduler skips them. Source:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
func (r *reader) checkTimes(s *Schedule, zone *time.Location) {
	if awake := (s.SleepAt - s.WakeAt + day) % day; awake < 60 || awake > day-60 {
		r.rejectValue("wakeAt", "must be an hour or more before and after sleepAt, "+r.text("sleepAt"))
	}
	for _, name := range []string{"wakeAt", "sleepAt"} {
		if date, isSkipped := skipped(parseMinutes(r.text(name)), zone); isSkipped {
			r.rejectWithFix(name, fmt.Sprintf("must not be near the change of the clocks in %s: AWS skips times that "+
				"do not exist on %s", s.TimeZone, date.Format(time.DateOnly)), "05:00")
		}
	}
}

// skipped returns a day on which a time of day does not exist. It also checks 15 minutes before and 30 minutes after
// the time, because the schedule acts then, too.
func skipped(at int, zone *time.Location) (date time.Time, isSkipped bool) {
	for yearDay := 1; yearDay <= 366; yearDay++ {
		for _, minute := range []int{at - 15, at, at + 30} {
			minute = (minute + day) % day
			local := time.Date(2026, 1, yearDay, 0, minute, 0, 0, zone)
			if local.Hour()*60+local.Minute() != minute {
				return local, true
			}
		}
	}
	return time.Time{}, false
}

// parseDays parses lists and ranges of days that the rule allows.
func parseDays(text string) []time.Weekday {
	var days []time.Weekday
	for part := range strings.SplitSeq(strings.ToLower(text), ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(weekdays, first), slices.Index(weekdays, last)
		for length := (to-from+7)%7 + 1; length > 0; length-- {
			days = append(days, time.Weekday((from+length-1)%7))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

// replacedKeys are the keys with cron expressions that sleepAt, wakeAt and awakeDays have replaced.
var replacedKeys = []string{"sleepSchedule", "wakeSchedule"}

func (r *reader) rejectCron() {
	for _, name := range replacedKeys {
		if r.text(name) != "" {
			r.reject(name, r.shown(name), "is replaced by sleepAt, wakeAt and awakeDays", "pulumi config rm "+name+
				"\n    pulumi config set sleepAt 20:00\n    pulumi config set wakeAt 07:00")
		}
	}
}
