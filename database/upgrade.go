package database

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// chooseEngine sets the engine from the running version and the configuration. After an error, its version is empty. A
// new instance gets the default minor version of RDS. An upgrade needs a complete version: RDS refuses the upgrade to a
// version that is older than the running one. Minor upgrades are left to the maintenance window. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
func (l *lookup) chooseEngine() (err error) {
	l.engine.version = l.EngineVersion
	if l.existing == nil {
		return nil
	}
	switch running := major(l.existing.version); compareVersions(running, l.EngineVersion) {
	case 0:
		l.engine.keep = true
	case 1:
		l.engine.version = ""
		return fmt.Errorf("threa:dbEngineVersion is %s, but the database runs PostgreSQL %s and RDS does not go back to an "+
			"older major version.\n    pulumi config set dbEngineVersion %s", l.EngineVersion, l.existing.version, running)
	default:
		l.engine.version, err = upgradeTarget(l.ctx, l.EngineVersion, l.existing.version)
		err = errors.Join(err, l.refuseReplica(running))
	}
	return err
}

// refuseReplica refuses the upgrade of an instance with a read replica. RDS upgrades both at the same time, and refuses
// to give the replica the new parameter group meanwhile. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
func (l *lookup) refuseReplica(running string) error {
	if !l.hasReplica {
		return nil
	}
	return fmt.Errorf("threa:dbEngineVersion is %s, but the database has a read replica, whose parameter group cannot "+
		"change while RDS upgrades both. Delete the replica first, and create it again after the upgrade:\n"+
		"    pulumi config set dbEngineVersion %s && pulumi config set dbReadReplica false && pulumi up", l.EngineVersion,
		running)
}

// upgradeTarget returns the newest version of a major version to which RDS upgrades the running one. RDS may have
// retired the running version: then it still has targets.
func upgradeTarget(ctx *pulumi.Context, configured, running string) (string, error) {
	version, err := rds.GetEngineVersion(ctx, &rds.GetEngineVersionArgs{
		Engine: "postgres", Version: &running, IncludeAll: pulumi.BoolRef(true),
	})
	if err != nil {
		return "", fmt.Errorf("look up the versions to which RDS upgrades PostgreSQL %s: %w", running, err)
	}
	var newest string
	var majors []string
	for _, target := range slices.SortedFunc(slices.Values(version.ValidMajorTargets), compareVersions) {
		majors = append(majors, major(target))
		if major(target) == configured {
			newest = target
		}
	}
	if newest != "" {
		return newest, nil
	}
	problem := fmt.Sprintf("threa:dbEngineVersion is %[1]s, but the database runs PostgreSQL %[2]s and RDS does not "+
		"upgrade it to %[1]s in one step", configured, running)
	majors = slices.Compact(majors)
	if len(majors) == 0 {
		return "", fmt.Errorf("%s, nor to any other major version.\n    pulumi config set dbEngineVersion %s", problem,
			major(running))
	}
	nearest := majors[0]
	for _, version := range majors {
		if compareVersions(version, configured) < 0 {
			nearest = version
		}
	}
	return "", fmt.Errorf("%s. It can go to %s.\n    pulumi config set dbEngineVersion %s", problem,
		strings.Join(majors, ", "), nearest)
}

func major(version string) string {
	number, _, _ := strings.Cut(version, ".")
	return number
}

// compareVersions compares the numbers of versions: 17.10 is newer than 17.9, and 13.23-rds.20260301, of extended
// support, than 13.23.
func compareVersions(a, b string) int { return slices.Compare(numbers(a), numbers(b)) }

func numbers(version string) []int {
	var list []int
	for _, part := range strings.FieldsFunc(version, func(r rune) bool { return r < '0' || r > '9' }) {
		if number, err := strconv.Atoi(part); err == nil {
			list = append(list, number)
		}
	}
	return list
}
