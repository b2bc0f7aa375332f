package database

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/rds"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// instance is the RDS instance before this deployment.
type instance struct {
	version       string // of PostgreSQL, with the minor version
	resourceID    string // random, chosen by RDS
	finalSnapshot string // empty for an instance without the tag
}

// engine is the version of PostgreSQL to set.
type engine struct {
	version string // a major version, of which RDS takes its default minor version, or a complete version
	keep    bool   // keeps the version in the state: the instance runs the configured major version
}

// findInstance looks up the instance. It lists first, because the lookup of an instance that does not exist fails.
func (b *builder) findInstance() error {
	listed, err := rds.GetInstances(b.ctx, &rds.GetInstancesArgs{
		Filters: []rds.GetInstancesFilter{{Name: "db-instance-id", Values: []string{b.Names.Name}}},
	})
	if err != nil {
		return fmt.Errorf("list DB instances: %w", err)
	}
	if len(listed.InstanceIdentifiers) == 0 {
		return nil
	}
	found, err := rds.LookupInstance(b.ctx, &rds.LookupInstanceArgs{DbInstanceIdentifier: &b.Names.Name})
	if err != nil {
		return fmt.Errorf("look up DB instance: %w", err)
	}
	b.existing = &instance{found.EngineVersion, strings.ToLower(found.ResourceId), found.Tags[snapshotTag]}
	return nil
}

// chooseEngine compares the running version with the configuration. A new instance gets the default minor version of
// RDS. An upgrade needs a complete version: RDS refuses the upgrade to a version that is older than the running one.
// Minor upgrades are left to the maintenance window. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/USER_UpgradeDBInstance.PostgreSQL.MajorVersion.html
func (b *builder) chooseEngine() (err error) {
	b.engine.version = b.EngineVersion
	if b.existing == nil {
		return nil
	}
	switch running := major(b.existing.version); compareVersions(running, b.EngineVersion) {
	case 0:
		b.engine.keep = true
	case 1:
		return fmt.Errorf("threa:dbEngineVersion is %s, but the database runs PostgreSQL %s and RDS does not go back to an "+
			"older major version.\n    pulumi config set dbEngineVersion %s", b.EngineVersion, b.existing.version, running)
	default:
		b.engine.version, err = upgradeTarget(b.ctx, b.EngineVersion, b.existing.version)
	}
	return err
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
	problem := fmt.Sprintf(
		"threa:dbEngineVersion is %s, but the database runs PostgreSQL %s and RDS does not upgrade it to "+
			"%s in one step",
		configured,
		running,
		configured,
	)
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
