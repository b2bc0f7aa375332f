package config

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Database configures the PostgreSQL instance.
type Database struct {
	Password            Secret `key:"dbPassword"`
	Username            string `key:"dbUsername"`
	DBName              string `key:"dbName"`
	EngineVersion       string `key:"dbEngineVersion"` // major version
	InstanceClass       string `key:"dbInstanceClass"`
	AllocatedStorage    int    `key:"dbAllocatedStorage"` // GiB
	MaxAllocatedStorage int    // GiB
	BackupRetention     int    `key:"dbBackupRetentionDays"` // days
	BackupWindow        string `key:"dbBackupWindow"`
	MaintenanceWindow   string `key:"dbMaintenanceWindow"`
	MultiAZ             bool   `key:"multiAz"`
	ReadReplica         bool   `key:"dbReadReplica"`
	DeletionProtection  bool
	FinalSnapshot       bool   `key:"finalSnapshot"`
	RestoreFrom         string `key:"restoreFromSnapshot"` // snapshot of a new instance, latest, or empty for none
	Pgvector            bool   `key:"enablePgvector"`
}

func (r *reader) checkDatabase(d *Database, environment string) {
	d.MaxAllocatedStorage = r.maxStorage(d.AllocatedStorage)
	r.checkWindows(d.BackupWindow, d.MaintenanceWindow)
	protection := r.value("deletionProtection")
	d.DeletionProtection = protection == "true" || protection == "auto" && environment == production
}

// maxStorage is at least 10 % above the initial size, a rule of RDS. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
func (r *reader) maxStorage(allocated int) int {
	least := min(allocated+(allocated+9)/10, 65536)
	return r.between("dbMaxAllocatedStorage", rule{
		Least: least, Most: 65536, Example: strconv.Itoa(max(100, least)),
		Unit: fmt.Sprintf("GiB, at least 10 %% above dbAllocatedStorage (%d)", allocated),
	})
}

const (
	day  = 24 * 60 // minutes
	week = 7 * day
)

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

// span is a time window: its start in minutes since the start of the day or week, and its length in minutes.
type span struct{ start, length int }

// checkWindows checks the lengths of both windows and that they do not overlap. RDS checks this only when it creates an
// instance.
func (r *reader) checkWindows(backup, maintenance string) {
	daily, weekly := parseWindow(backup, day), parseWindow(maintenance, week)
	backupValid := r.isValid("dbBackupWindow")
	if backupValid && daily.length < 30 {
		r.rejectRule("dbBackupWindow", r.rule("dbBackupWindow"))
	}
	switch {
	case !r.isValid("dbMaintenanceWindow"):
	case weekly.length < 30 || weekly.length > day:
		r.rejectRule("dbMaintenanceWindow", r.rule("dbMaintenanceWindow"))
	case backupValid && daily.length >= 30 && overlap(daily, weekly):
		r.rejectValue("dbMaintenanceWindow", "must not overlap dbBackupWindow, "+backup+" every day")
	}
}

// parseWindow parses a window that its rule allows, such as 03:00-04:00 or mon:04:30-mon:05:30.
func parseWindow(text string, period int) span {
	from, to, _ := strings.Cut(text, "-")
	start, end := parseMinutes(from), parseMinutes(to)
	return span{start, (end - start + period) % period}
}

// parseMinutes returns the minutes since the start of the day or week.
func parseMinutes(text string) int {
	days := 0
	if weekday, clock, ok := strings.Cut(text, ":"); ok && slices.Contains(weekdays, weekday) {
		days, text = slices.Index(weekdays, weekday), clock
	}
	at, _ := time.Parse("15:04", text) // the rule has checked it
	return days*day + at.Hour()*60 + at.Minute()
}

// overlap reports whether a weekly window overlaps a daily one on any day.
func overlap(daily, weekly span) bool {
	for d := range len(weekdays) {
		start := d*day + daily.start
		if (start-weekly.start+week)%week < weekly.length || (weekly.start-start+week)%week < daily.length {
			return true
		}
	}
	return false
}
