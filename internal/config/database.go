package config

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Database configures the PostgreSQL instance.
type Database struct {
	Password            Secret
	Username            string
	DBName              string
	EngineVersion       string // major version
	InstanceClass       string
	AllocatedStorage    int // GiB
	MaxAllocatedStorage int // GiB
	BackupRetention     int // days
	BackupWindow        string
	MaintenanceWindow   string
	MultiAZ             bool
	ReadReplica         bool
	DeletionProtection  bool
	FinalSnapshot       bool
	RestoreFrom         string // snapshot of a new instance, or latest; empty for an empty database
	Pgvector            bool
}

var (
	instanceClass = regexp.MustCompile(`^db\.[a-z][a-z0-9]+\.(micro|small|medium|large|[0-9]*xlarge)$`)
	// postgresName has no capitals, because PostgreSQL folds unquoted names to lower case.
	postgresName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,62}$`)
	// snapshotName also matches automated snapshots, such as rds:threa-2026-01-31-03-10. Source:
	// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSnapshot.html (DBSnapshotIdentifier)
	snapshotName  = regexp.MustCompile(`^((rds|awsbackup):)?[a-zA-Z][a-zA-Z0-9]*(-[a-zA-Z0-9]+)*$`)
	reservedUsers = []string{"admin", "rdsadmin", "public", "user"}
	// reservedNames include the folders of an image: Bun.SQL before Bun 1.4 treats a database with the name of a folder
	// as a Unix socket. app is the usual working directory, the others are Debian's.
	reservedNames = []string{
		"rdsadmin",
		"template0",
		"template1",
		"app",
		"bin",
		"boot",
		"dev",
		"etc",
		"home",
		"lib",
		"lib64",
		"media",
		"mnt",
		"opt",
		"proc",
		"root",
		"run",
		"sbin",
		"srv",
		"sys",
		"tmp",
		"usr",
		"var",
	}
)

func (r *reader) database(environment string) Database {
	d := Database{
		Password: r.password(),
		Username: r.match(
			"dbUsername",
			isUsername,
			"must be 1 to 63 lower-case letters, digits and underscores, begin with a letter but not with pg_ or rds_, "+
				"and not be a reserved word",
			"threa",
		),
		DBName: r.match(
			"dbName",
			isPostgresName(reservedNames),
			"must be 1 to 63 lower-case letters, digits and underscores, begin with a letter, and be neither a reserved "+
				"word nor a folder at the root of the image, such as app",
			"threa",
		),
		EngineVersion: r.match("dbEngineVersion",
			func(s string) bool { return slices.Contains([]string{"15", "16", "17", "18"}, s) },
			"must be a major version: 15, 16, 17 or 18 (AWS chooses the minor version)", "17"),
		InstanceClass: r.match("dbInstanceClass", instanceClass.MatchString,
			"must be an RDS instance class such as db.t4g.micro", "db.t4g.micro"),
		AllocatedStorage: r.integer("dbAllocatedStorage", 20, 65536, "GiB", 20),
		BackupRetention:  r.integer("dbBackupRetentionDays", 1, 35, "days", 7),
		MultiAZ:          r.boolean("multiAz"),
		ReadReplica:      r.boolean("dbReadReplica"),
		FinalSnapshot:    r.boolean("finalSnapshot"),
		RestoreFrom: r.match("restoreFromSnapshot",
			func(s string) bool { return s == "" || len(s) <= 255 && snapshotName.MatchString(s) },
			"must be latest or the name of a snapshot: letters, digits and single hyphens, with a letter first", "latest"),
		Pgvector: r.boolean("enablePgvector"),
	}
	d.MaxAllocatedStorage = r.maxStorage(d.AllocatedStorage)
	d.BackupWindow, d.MaintenanceWindow = r.windows()
	protection := r.oneOf("deletionProtection", "auto", "true", "false")
	d.DeletionProtection = protection == "true" || protection == "auto" && environment == production
	return d
}

func isUsername(s string) bool {
	return isPostgresName(reservedUsers)(s) && !strings.HasPrefix(s, "pg_") && !strings.HasPrefix(s, "rds_")
}

func isPostgresName(reserved []string) func(string) bool {
	return func(s string) bool { return postgresName.MatchString(s) && !slices.Contains(reserved, s) }
}

// password checks the rules of RDS. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (MasterUserPassword).
func (r *reader) password() Secret {
	const fix = "pulumi config set --secret dbPassword"
	value := r.text("dbPassword")
	printable := strings.IndexFunc(
		value,
		func(c rune) bool { return c <= ' ' || c > '~' || strings.ContainsRune(`/"@`, c) },
	) < 0
	switch {
	case value == "":
		r.rejectElement("dbPassword", "not set", "must be set, 8 to 128 characters", fix)
	case !r.Secret[r.key("dbPassword")]:
		r.rejectElement("dbPassword", "unencrypted",
			"must be stored encrypted; choose another one, because this one is in a file now", fix)
	case len(value) < 8 || len(value) > 128 || !printable:
		r.rejectElement(
			"dbPassword",
			"[secret]",
			`must be 8 to 128 printable ASCII characters without / " @ and space`,
			fix,
		)
	}
	return Secret(value)
}

// maxStorage is at least 10 % above the initial size, a rule of RDS. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_PIOPS.Autoscaling.html
func (r *reader) maxStorage(allocated int) int {
	least := min(allocated+(allocated+9)/10, 65536)
	return r.integer("dbMaxAllocatedStorage", least, 65536,
		fmt.Sprintf("GiB, at least 10 %% above dbAllocatedStorage (%d)", allocated), max(100, least))
}

const (
	day  = 24 * 60 // minutes
	week = 7 * day
)

var (
	clock  = regexp.MustCompile(`^([01][0-9]|2[0-3]):([0-5][0-9])-([01][0-9]|2[0-3]):([0-5][0-9])$`)
	weekly = regexp.MustCompile(
		`^(sun|mon|tue|wed|thu|fri|sat):([01][0-9]|2[0-3]):([0-5][0-9])-(sun|mon|tue|wed|thu|fri|sat):([01][0-9]|2[0-3]):([0-5][0-9])$`,
	)
	weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
)

// span is a time window: its start in minutes since the start of the day or week, and its length in minutes.
type span struct{ start, length int }

// windows checks the format of both windows and that they do not overlap. RDS checks this only when it creates an
// instance.
func (r *reader) windows() (backup, maintenance string) {
	backup, maintenance = r.text("dbBackupWindow"), r.text("dbMaintenanceWindow")
	daily, dailyOK := parseDaily(backup)
	if !dailyOK {
		r.reject("dbBackupWindow", backup, "must be hh:mm-hh:mm in UTC, at least 30 minutes", "03:00-04:00")
	}
	weekly, weeklyOK := parseWeekly(maintenance)
	if !weeklyOK {
		r.reject("dbMaintenanceWindow", maintenance, "must be ddd:hh:mm-ddd:hh:mm in UTC, 30 minutes to 24 hours",
			"mon:04:30-mon:05:30")
	}
	if dailyOK && weeklyOK && overlap(daily, weekly) {
		r.reject("dbMaintenanceWindow", maintenance, "must not overlap dbBackupWindow, "+backup+" every day",
			"mon:04:30-mon:05:30")
	}
	return backup, maintenance
}

func parseDaily(text string) (span, bool) {
	m := clock.FindStringSubmatch(text)
	if m == nil {
		return span{}, false
	}
	start, end := minutes(m[1], m[2]), minutes(m[3], m[4])
	length := (end - start + day) % day
	return span{start, length}, length >= 30
}

func parseWeekly(text string) (span, bool) {
	m := weekly.FindStringSubmatch(text)
	if m == nil {
		return span{}, false
	}
	start := slices.Index(weekdays, m[1])*day + minutes(m[2], m[3])
	end := slices.Index(weekdays, m[4])*day + minutes(m[5], m[6])
	length := (end - start + week) % week
	return span{start, length}, length >= 30 && length <= day
}

// minutes converts digits that a pattern has matched.
func minutes(hours, mins string) int {
	h, _ := strconv.Atoi(hours)
	m, _ := strconv.Atoi(mins)
	return h*60 + m
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
