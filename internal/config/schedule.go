package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	_ "time/tzdata" // a machine may not know the time zones that AWS knows
)

// Schedule says when the app is awake: from WakeAt on each of AwakeDays until SleepAt, which may be on the next day.
type Schedule struct {
	// WakeAt and SleepAt are times of day, in minutes after midnight.
	WakeAt, SleepAt int
	// AwakeDays are the days on which the app wakes, from Sunday to Saturday.
	AwakeDays []time.Weekday
	// TimeZone is an IANA name.
	TimeZone string
	// Database says whether the database stops and starts, too.
	Database bool
}

// AwakeMinutes returns how long the app is awake in a week.
func (s *Schedule) AwakeMinutes() int {
	return (s.SleepAt - s.WakeAt + day) % day * len(s.AwakeDays)
}

// Examples for error messages.
const (
	exampleSleep = "20:00"
	exampleWake  = "07:00"
	exampleDays  = "MON-FRI"
)

func (r *reader) schedule() *Schedule {
	r.refuseCron()
	s := &Schedule{
		WakeAt:    r.timeOfDay("wakeAt", exampleWake),
		SleepAt:   r.timeOfDay("sleepAt", exampleSleep),
		AwakeDays: parseDays(r.match("awakeDays", isWeekdays, "must be days such as MON-FRI or MON,WED,FRI", exampleDays)),
		TimeZone:  r.timeZone(),
		Database:  r.boolean("sleepDatabase"),
	}
	wake, sleep := r.text("wakeAt"), r.text("sleepAt")
	switch {
	case sleep == "" && wake == "":
		if s.Database {
			r.rejectElement("sleepDatabase", `"true"`, "goes with sleepAt and wakeAt only", "pulumi config rm sleepDatabase")
		}
		return nil
	case sleep == "":
		r.rejectElement("sleepAt", "not set", "must be set with wakeAt", "pulumi config set sleepAt "+exampleSleep)
	case wake == "":
		r.rejectElement("wakeAt", "not set", "must be set with sleepAt", "pulumi config set wakeAt "+exampleWake)
	default:
		r.checkTimes(s)
	}
	return s
}

// checkTimes refuses times between which AWS cannot stop and start everything, and times that do not exist on the day on
// which the clocks go forward: EventBridge Scheduler skips those. Source:
// https://docs.aws.amazon.com/scheduler/latest/UserGuide/schedule-types.html#daylist-savings-time
func (r *reader) checkTimes(s *Schedule) {
	awake := (s.SleepAt - s.WakeAt + day) % day
	if awake < 60 || awake > day-60 {
		r.reject("wakeAt", r.text("wakeAt"), "must be an hour or more before and after sleepAt, "+r.text("sleepAt"), exampleWake)
	}
	zone, err := time.LoadLocation(s.TimeZone)
	if err != nil {
		return // already rejected
	}
	for name, at := range map[string]int{"wakeAt": s.WakeAt, "sleepAt": s.SleepAt} {
		if date, isSkipped := skipped(at, zone); isSkipped {
			must := fmt.Sprintf("must stay clear of the change of the clocks in %s: AWS skips times that %s does not have",
				s.TimeZone, date.Format(time.DateOnly))
			r.reject(name, r.text(name), must, "05:00")
		}
	}
}

// skipped returns a day of which the time zone leaves out a time of day, the quarter of an hour before it or the half hour
// after it, in which the schedule acts.
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

// timeOfDay reads 20:00 as minutes after midnight. An empty text is 0.
func (r *reader) timeOfDay(name, example string) int {
	text := r.match(name, func(s string) bool {
		_, err := time.Parse("15:04", s)
		return s == "" || err == nil && len(s) == len("15:04")
	}, "must be a time such as 20:00", example)
	at, err := time.Parse("15:04", text)
	if err != nil {
		return 0
	}
	return at.Hour()*60 + at.Minute()
}

func isWeekdays(text string) bool { return parseDays(text) != nil }

// parseDays reads lists and ranges of days. It returns nil for anything else.
func parseDays(text string) []time.Weekday {
	var days []time.Weekday
	for part := range strings.SplitSeq(text, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := slices.Index(weekdays, strings.ToLower(first)), slices.Index(weekdays, strings.ToLower(last))
		if from < 0 || to < 0 {
			return nil
		}
		for length := (to-from+7)%7 + 1; length > 0; length-- {
			days = append(days, time.Weekday((from+length-1)%7))
		}
	}
	slices.Sort(days)
	return slices.Compact(days)
}

func (r *reader) timeZone() string {
	return r.match("scheduleTimeZone", func(s string) bool {
		_, err := time.LoadLocation(s)
		return err == nil && s != "" && s != "Local"
	}, "must be the IANA name of a time zone", "Europe/Berlin")
}

// simpleCron is a cron expression that means one time on days of the week.
var simpleCron = regexp.MustCompile(`^cron\((\d{1,2}) (\d{1,2}) (?:\? \* (\S+)|\* \* \?) \*\)$`)

// refuseCron refuses the keys that sleepAt, wakeAt and awakeDays have replaced.
func (r *reader) refuseCron() {
	sleep, wake := r.Set[r.Project+":sleepSchedule"], r.Set[r.Project+":wakeSchedule"]
	if sleep == "" && wake == "" {
		return
	}
	sleepAt, _ := translate(sleep, exampleSleep)
	wakeAt, days := translate(wake, exampleWake)
	commands := []string{"pulumi config set sleepAt " + sleepAt, "pulumi config set wakeAt " + wakeAt}
	if days != "" {
		commands = append(commands, "pulumi config set awakeDays "+days)
	}
	for _, name := range []string{"sleepSchedule", "wakeSchedule"} {
		if r.text(name) != "" {
			commands = append(commands, "pulumi config rm "+name)
		}
	}
	r.rejectElement("sleepSchedule and "+r.Project+":wakeSchedule", "set", "sleepAt, wakeAt and awakeDays have replaced them",
		strings.Join(commands, "\n    "))
}

// translate returns the time and the days of a cron expression. For one that is not simple it returns examples.
func translate(cron, example string) (at, days string) {
	fields := simpleCron.FindStringSubmatch(cron)
	if fields == nil {
		return example, exampleDays
	}
	if fields[3] != "*" && fields[3] != "" {
		days = fields[3]
		if !isWeekdays(days) {
			days = exampleDays
		}
	}
	minute, _ := strconv.Atoi(fields[1])
	hour, _ := strconv.Atoi(fields[2])
	return fmt.Sprintf("%02d:%02d", hour, minute), days
}
